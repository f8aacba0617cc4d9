"""Formats that are no dataset the app reads: each is known by its first bytes, and named with a way out."""

import re

from data.dataset import DataError

_AS_CSV = "save the table as CSV and choose that file."
_AS_NPZ = 'save its arrays with numpy.savez("digits.npz", x_train=images, y_train=labels) and choose that file.'
_FROM_MATLAB = (
    'run from scipy.io import loadmat; file = loadmat("digits.mat"), then '
    'numpy.savez("digits.npz", x_train=file["X"], y_train=file["y"]) and choose digits.npz.'
)
_FROM_MATLAB_HDF5 = (
    'run import h5py; file = h5py.File("digits.mat"), then '
    'numpy.savez("digits.npz", x_train=file["X"][:].T, y_train=file["y"][:].T) and choose digits.npz.'
)
_FROM_TORCH = (
    'run import torch; images, labels = torch.load("digits.pt"), then '
    'numpy.savez("digits.npz", x_train=images, y_train=labels) and choose digits.npz.'
)
_FROM_JOBLIB = (
    'run import joblib; images, labels = joblib.load("digits.joblib"), then '
    'numpy.savez("digits.npz", x_train=images, y_train=labels) and choose digits.npz.'
)
BY_PACKAGE = {
    "joblib": f"was written by joblib: {_FROM_JOBLIB}",
    "torch": f"holds PyTorch tensors: {_FROM_TORCH}",
}
"""What is said of a pickle that asks for a package, after the name of the file."""
_UNPACK = "unpack it and choose the file in it."
_PICTURE = "a picture", "upload it on the Draw page to have it read; a dataset is a CSV file."

_BY_START: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"GIF8", *_PICTURE),
    (b"RIFF", *_PICTURE),
    (b"II*\0", *_PICTURE),
    (b"MM\0*", *_PICTURE),
    (b"\x89HDF", "an HDF5 file", _AS_NPZ),
    (b"MATLAB 5.0", "a MATLAB file", _FROM_MATLAB),
    (b"MATLAB 7.3", "a MATLAB file", _FROM_MATLAB_HDF5),
    (b"\x93NUMPY", "a single NumPy array", _AS_NPZ),
    (b"PAR1", "a Parquet file", "upload it on the Dataset page, or read it with data.dataset_files."),
    *((start, "compressed by joblib", _FROM_JOBLIB) for start in (b"x\x01", b"x^", b"x\x9c", b"x\xda")),
    (b"ARROW1", "an Arrow file", _AS_CSV),
    (b"FEA1", "a Feather file", _AS_CSV),
    (b"Obj\x01", "an Avro file", _AS_CSV),
    (b"ORC", "an ORC file", _AS_CSV),
    (b"SQLite format 3", "a database", _AS_CSV),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", _AS_CSV),
    (b"%PDF", "a PDF", _AS_CSV),
    (b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ", "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"\0\0\x08\x01", "an IDX file of labels", "choose it together with its images under IDX files."),
    (b"\0\0\x08\x03", "an IDX file of images", "choose it together with its labels under IDX files."),
    (b"{", "a JSON file", _AS_CSV),
    (b"[", "a JSON file", _AS_CSV),
    (b"<?xml", "an XML file", _AS_CSV),
    (b"<!doctype html", "a web page", "download the file itself and choose that."),
    (b"<html", "a web page", "download the file itself and choose that."),
)
_TAR_MAGIC, _TAR_PLACE = b"ustar", 257
_LIBSVM = re.compile(rb"\s*[+-]?\d+(\.\d+)? \d+:\S+ \d+:")
_FROM_LIBSVM = (
    "load it with X, y = sklearn.datasets.load_svmlight_file(…), save it with "
    'numpy.savez("digits.npz", x_train=X.toarray(), y_train=y) and choose that file.'
)

_IN_ZIP: tuple[tuple[bytes, str, str], ...] = (
    (b"xl/workbook.", "an Excel workbook", _AS_CSV),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file", _AS_CSV),
    (b"/data.pkl", "a PyTorch file", _FROM_TORCH),
    (b".npy", "an .npz archive", "upload it on the Dataset page, or read it with data.dataset_files."),
)


def refuse(content: bytes, name: str) -> None:
    """Raise a DataError that names the format of a file and says what to do, if it is one of these."""
    start = content[:512].lstrip().lower()
    for magic, what, way_out in _BY_START:
        if content.startswith(magic) or (magic.startswith(b"<") and start.startswith(magic)):
            raise DataError(f"{name} is {what}: {way_out}")
    if content[_TAR_PLACE : _TAR_PLACE + len(_TAR_MAGIC)] == _TAR_MAGIC:
        raise DataError(f"{name} is a tar archive: {_UNPACK}")
    if _LIBSVM.match(content[:512]):
        raise DataError(f"{name} is a LIBSVM file: {_FROM_LIBSVM}")
    if content.startswith(b"PK"):
        for mark, what, way_out in _IN_ZIP:
            if mark in content:
                raise DataError(f"{name} is {what}: {way_out}")
