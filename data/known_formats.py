"""Formats that the app does not read as datasets: each is recognized by its first bytes, and a way out is suggested."""

import re

from data.dataset import DataError
from language.translation import N_, _

_AS_CSV = N_("save the table as CSV and choose that file.")
_AS_NPZ = N_('save its arrays with numpy.savez("digits.npz", x_train=images, y_train=labels) and choose that file.')
_FROM_MATLAB = N_(
    'run from scipy.io import loadmat; file = loadmat("digits.mat"), then '
    'numpy.savez("digits.npz", x_train=file["X"], y_train=file["y"]) and choose digits.npz.'
)
_FROM_MATLAB_HDF5 = N_(
    'run import h5py; file = h5py.File("digits.mat"), then '
    'numpy.savez("digits.npz", x_train=file["X"][:].T, y_train=file["y"][:].T) and choose digits.npz.'
)
_FROM_TORCH = N_(
    'run import torch; images, labels = torch.load("digits.pt"), then '
    'numpy.savez("digits.npz", x_train=images, y_train=labels) and choose digits.npz.'
)
_FROM_JOBLIB = N_(
    'run import joblib; images, labels = joblib.load("digits.joblib"), then '
    'numpy.savez("digits.npz", x_train=images, y_train=labels) and choose digits.npz.'
)
_FROM_LIBSVM = N_(
    "load it with X, y = sklearn.datasets.load_svmlight_file(…), save it with "
    'numpy.savez("digits.npz", x_train=X.toarray(), y_train=y) and choose that file.'
)
_UNPACK = N_("unpack it and choose the file in it.")
_UPLOAD = N_("upload it on the Dataset page, or read it with data.dataset_files.")
_PICTURE = (
    N_("{name} is a picture: {way_out}"),
    N_("upload it on the Draw page to have it read; a dataset is a CSV file."),
)
BY_PACKAGE = {
    "joblib": (N_("{name} was written by joblib: {way_out}"), _FROM_JOBLIB),
    "torch": (N_("{name} holds PyTorch tensors: {way_out}"), _FROM_TORCH),
}
"""What `refused` says of a pickle that asks for one of these packages."""

_BY_START: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", *_PICTURE),
    (b"\xff\xd8\xff", *_PICTURE),
    (b"GIF8", *_PICTURE),
    (b"RIFF", *_PICTURE),
    (b"II*\0", *_PICTURE),
    (b"MM\0*", *_PICTURE),
    (b"\x89HDF", N_("{name} is an HDF5 file: {way_out}"), _AS_NPZ),
    (b"MATLAB 5.0", N_("{name} is a MATLAB file: {way_out}"), _FROM_MATLAB),
    (b"MATLAB 7.3", N_("{name} is a MATLAB file: {way_out}"), _FROM_MATLAB_HDF5),
    (b"\x93NUMPY", N_("{name} is a single NumPy array: {way_out}"), _AS_NPZ),
    (b"PAR1", N_("{name} is a Parquet file: {way_out}"), _UPLOAD),
    *(
        (start, N_("{name} is compressed by joblib: {way_out}"), _FROM_JOBLIB)
        for start in (b"x\x01", b"x^", b"x\x9c", b"x\xda")
    ),
    (b"ARROW1", N_("{name} is an Arrow file: {way_out}"), _AS_CSV),
    (b"FEA1", N_("{name} is a Feather file: {way_out}"), _AS_CSV),
    (b"Obj\x01", N_("{name} is an Avro file: {way_out}"), _AS_CSV),
    (b"ORC", N_("{name} is an ORC file: {way_out}"), _AS_CSV),
    (b"SQLite format 3", N_("{name} is a database: {way_out}"), _AS_CSV),
    (b"\xd0\xcf\x11\xe0", N_("{name} is an Excel workbook: {way_out}"), _AS_CSV),
    (b"%PDF", N_("{name} is a PDF: {way_out}"), _AS_CSV),
    (b"7z\xbc\xaf", N_("{name} is a 7z archive: {way_out}"), _UNPACK),
    (b"Rar!", N_("{name} is a RAR archive: {way_out}"), _UNPACK),
    (b"BZh", N_("{name} is a bzip2 file: {way_out}"), _UNPACK),
    (b"\xfd7zXZ", N_("{name} is an xz file: {way_out}"), _UNPACK),
    (b"\x28\xb5\x2f\xfd", N_("{name} is a Zstandard file: {way_out}"), _UNPACK),
    (
        b"\0\0\x08\x01",
        N_("{name} is an IDX file of labels: {way_out}"),
        N_("choose it together with its images under IDX files."),
    ),
    (
        b"\0\0\x08\x03",
        N_("{name} is an IDX file of images: {way_out}"),
        N_("choose it together with its labels under IDX files."),
    ),
    (b"{", N_("{name} is a JSON file: {way_out}"), _AS_CSV),
    (b"[", N_("{name} is a JSON file: {way_out}"), _AS_CSV),
    (b"<?xml", N_("{name} is an XML file: {way_out}"), _AS_CSV),
    (b"<!doctype html", N_("{name} is a web page: {way_out}"), N_("download the file itself and choose that.")),
    (b"<html", N_("{name} is a web page: {way_out}"), N_("download the file itself and choose that.")),
)
_TAR_MAGIC, _TAR_PLACE = b"ustar", 257
_LIBSVM = re.compile(rb"\s*[+-]?\d+(\.\d+)? \d+:\S+ \d+:")
_IN_ZIP: tuple[tuple[bytes, str, str], ...] = (
    (b"xl/workbook.", N_("{name} is an Excel workbook: {way_out}"), _AS_CSV),
    (b"mimetypeapplication/vnd.oasis", N_("{name} is an OpenDocument file: {way_out}"), _AS_CSV),
    (b"/data.pkl", N_("{name} is a PyTorch file: {way_out}"), _FROM_TORCH),
    (b".npy", N_("{name} is an .npz archive: {way_out}"), _UPLOAD),
)


def refused(name: str, sentence: str, way_out: str) -> DataError:
    """Return the error that says what a file is, in a sentence of these tables, and what to do."""
    return DataError(_(sentence, name=name, way_out=_(way_out)))


def refuse(content: bytes, name: str) -> None:
    """Raise a DataError that names the format of a file and says what to do, if it is one of these."""
    start = content[:512].lstrip().lower()
    for magic, *said in _BY_START:
        if content.startswith(magic) or (magic.startswith(b"<") and start.startswith(magic)):
            raise refused(name, *said)
    if content[_TAR_PLACE : _TAR_PLACE + len(_TAR_MAGIC)] == _TAR_MAGIC:
        raise refused(name, N_("{name} is a tar archive: {way_out}"), _UNPACK)
    if _LIBSVM.match(content[:512]):
        raise refused(name, N_("{name} is a LIBSVM file: {way_out}"), _FROM_LIBSVM)
    if content.startswith(b"PK"):
        for mark, *said in _IN_ZIP:
            if mark in content:
                raise refused(name, *said)
