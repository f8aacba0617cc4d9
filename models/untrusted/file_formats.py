"""Tell the format of an untrusted file from its content, and read its arrays and plain values."""

import json
import re
import zlib

from data.file_io import GZIP_MAGIC
from data.untrusted import npz_archive, restricted_pickle, zip_members
from data.untrusted.raw_arrays import MAX_FILE_BYTES, UnusableFileError
from language.translation import N_, _
from models.untrusted import (
    conversions,
    hdf5_file,
    keras_archive,
    onnx_layers,
    safetensors_file,
    sklearn_pickle,
    torch_archive,
)

READ = N_(".npz, .npy, .safetensors, .pkl, .pt, .onnx, .h5, .keras and .json")
"""What is read, for messages; docs/formats.md has the details."""

MAX_JSON_BYTES = 4 * 2**20
"""Parsing takes up to twenty times as much memory."""


def read(data: bytes) -> object:
    """Return the arrays and plain values of a file as it nests them; of an ONNX model, a DenseChain.

    Raises:
        UnusableFileError: It is of an unknown format, damaged, or too large when decompressed.
    """
    if data.startswith(GZIP_MAGIC):
        data = _decompressed(data)
    if onnx_layers.is_onnx(data) and not safetensors_file.is_safetensors(data):
        return onnx_layers.read(data)
    for start, way_out in conversions.BY_START.items():
        if data.startswith(start):
            raise UnusableFileError(_(way_out))
    if data.startswith(b"PK"):
        return _parsed_archive(zip_members.read(data))
    if data.startswith(npz_archive.MAGIC):
        # Translators: The subject of a sentence: the only array in a file.
        return npz_archive.read_array(data, _("its array"))
    if safetensors_file.is_safetensors(data):
        tensors, metadata = safetensors_file.read(data)
        return tensors | {name: metadata[name] for name in ("activation", "about") if name in metadata}
    if data.startswith(hdf5_file.MAGIC):
        return hdf5_file.read(data)
    if re.match(rb"\s*[\[{]", data):
        return _parsed_json(data)
    if data.startswith(conversions.ZLIB):
        raise UnusableFileError(_(conversions.JOBLIB))
    # Protocols 2 to 5 begin with 0x80; 0 and 1 have no magic number, but every pickle ends with STOP, a full stop.
    if data.startswith(b"\x80") or data.endswith(b"."):
        return restricted_pickle.loads(data, sklearn_pickle.NAMES)
    raise UnusableFileError(_("it is not a file of weights; {formats} are read", formats=_(READ)))


def _decompressed(data: bytes) -> bytes:
    """Return the content of a gzip file."""
    try:
        content = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, MAX_FILE_BYTES + 1)
    except zlib.error:
        raise UnusableFileError(_("it is a damaged gzip file")) from None
    if len(content) > MAX_FILE_BYTES:
        raise UnusableFileError(_("it would decompress to more than {megabytes} MB", megabytes=MAX_FILE_BYTES >> 20))
    return content


def _parsed_json(data: bytes) -> object:
    """Return the lists of numbers of a JSON file, as in Nielsen's *Neural Networks and Deep Learning*."""
    if len(data) > MAX_JSON_BYTES:
        raise UnusableFileError(
            _(
                "it is JSON of more than {megabytes} MB; save its arrays with np.savez instead",
                megabytes=MAX_JSON_BYTES >> 20,
            )
        )
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UnusableFileError(_("it is not JSON")) from None


def _parsed_archive(members: dict[str, bytes]) -> object:
    """Return the content of a zip archive: an .npz file, or one of PyTorch or Keras."""
    for member in members:
        way_out = conversions.BY_MEMBER.get(member.rpartition("/")[2])
        if way_out is not None:
            raise UnusableFileError(_(way_out))
    if torch_archive.is_torch(members):
        return torch_archive.read(members)
    return keras_archive.read(members) if keras_archive.is_keras(members) else npz_archive.arrays_in(members)
