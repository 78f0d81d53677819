"""The arrays and texts of a file, .npz or .safetensors, each bounded before it is unpacked.

Nothing in a file is run: arrays of Python objects are refused.
"""

import ast
import json
import math
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rnnviz.engine.validation import kind_of

Entries = dict[str, np.ndarray | str]
"""What a file holds, by name."""

MOST_BYTES = 12 * 2**20
MOST_NUMBERS = MOST_BYTES // 8
MOST_ENTRIES = 64
MOST_HEADER, MOST_JSON, MOST_TEXT = 2048, 2**16, 64
_DIRECTORY_ENTRY, _END = 512, 22
_KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
_STORED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
_TENSORS = {
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    **{f"{sign}{8 * size}": f"<{kind}{size}" for sign, kind in (("I", "i"), ("U", "u")) for size in (1, 2, 4, 8)},
    "BOOL": "|b1",
    "BF16": "<u2",
}
"""The types of .safetensors; the upper half of a single float, BF16, comes as it lies there."""


def of_path(path: str | Path) -> Entries:
    """Return the entries of a file; ValueError says which of them, or what about the file, is wrong."""
    path = _checked_path(path)
    name = path.name or str(path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device has no end that is known
            raise ValueError(
                f"{name}: got a {_KINDS.get(stat.S_IFMT(found.st_mode), 'device')}, expected a file that can be read"
            )
        if found.st_size > MOST_BYTES:
            raise ValueError(f"{name}: got {_size(found.st_size)}, expected at most {_size(MOST_BYTES)}")
        with path.open("rb") as file:
            return of_bytes(name, file.read(MOST_BYTES + 1))
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror or error}, expected a file that can be read") from None


def _checked_path(path: Any) -> Path:
    """No file has a name with a null character, or with signs that the system's names cannot hold."""
    try:
        checked = Path(path)
    except TypeError:
        raise ValueError(f"path: got {kind_of(path)}, expected a str or a Path") from None
    try:
        encoded = os.fsencode(checked)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise ValueError(f"path: got {str(path)!r:.80}, expected the name of a file")
    return checked


def of_bytes(name: str, content: bytes) -> Entries:
    """`of_path` of what stands in a file of this name."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"{name}: got {_size(len(content))}, expected at most {_size(MOST_BYTES)}")
    read = _npz if content[:2] == b"PK" else _safetensors if name.lower().endswith(".safetensors") else None
    if read is None:
        raise ValueError(f"{name}: got another kind of file, expected .npz or .safetensors")
    found, numbers = Entries(), 0
    for entry, value in read(name, content):
        if entry in found:
            raise ValueError(f"{entry}: got it twice, expected one array of this name")
        numbers += value.size if isinstance(value, np.ndarray) else 0
        if numbers > MOST_NUMBERS:
            raise ValueError(f"{name}: got more than {MOST_NUMBERS:,} numbers, expected no more")
        found[entry] = value if isinstance(value, str) else _finite(entry, value)
    return found


def _size(count: int) -> str:
    return f"{count / 2**20:.4g} MB" if count < 2**30 else f"{count / 2**30:.4g} GB"


@np.errstate(over="ignore")
def _finite(name: str, array: np.ndarray) -> np.ndarray:
    """The numbers as the engine takes them: a wider float may have been finite and be so no more."""
    numbers = array.astype(np.float64)
    finite = np.isfinite(numbers)
    if not finite.all():
        where = np.unravel_index(int(finite.argmin()), array.shape)
        raise ValueError(
            f"{name}: got {array[where]!s} at [{', '.join(map(str, where))}], expected finite numbers of 64 bits"
        )
    return numbers


def _npz(name: str, content: bytes) -> Iterator[tuple[str, np.ndarray | str]]:
    _check_directory(name, content)
    for filename, data in _members(name, content):
        entry = filename.removesuffix(".npy")
        yield entry, _npy(entry, data)


def _members(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """What stands in an archive, unpacked if all of it is small: no more is unpacked than a member says of itself."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            known = all(member.compress_type in _STORED for member in members)
            if known and total <= MOST_BYTES:
                return [(member.filename, _unpacked(archive, member)) for member in members]
    except _BROKEN:
        raise ValueError(f"{name}: got a damaged archive, expected what numpy.savez writes") from None
    if known:
        raise ValueError(f"{name}: unpacks to {_size(total)}, expected at most {_size(MOST_BYTES)}")
    raise ValueError(f"{name}: got an unusual archive, expected what numpy.savez writes")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        return stream.read(member.file_size + 1)  # without a number it unpacks all before it cuts


def _check_directory(name: str, content: bytes) -> None:
    """The list of contents stands at the end, and is short: it is read whole before anything is known of it."""
    end = content[-_END:]
    if end[:4] != b"PK\x05\x06" or end[-2:] != b"\x00\x00" or content[-_END - 20 :].startswith(b"PK\x06\x07"):
        raise ValueError(f"{name}: got a damaged or unusual archive, expected what numpy.savez writes")
    count, size = struct.unpack("<HI", end[10:16])
    if count > MOST_ENTRIES or size > MOST_ENTRIES * _DIRECTORY_ENTRY:
        raise ValueError(f"{name}: got {count} entries in {size:,} bytes, expected at most {MOST_ENTRIES} entries")


def _npy(name: str, content: bytes) -> np.ndarray | str:
    start = 12 if content[6:7] > b"\x01" else 10
    length = int.from_bytes(content[8:start], "little")
    if content[:6] != b"\x93NUMPY" or length > MOST_HEADER:
        raise ValueError(f"{name}: got a wrong header, expected that of an array of NumPy")
    data = content[start + length :]
    try:
        fields = ast.literal_eval(content[start : start + length].decode("latin-1").strip())
        dtype, shape = np.dtype(fields["descr"]), tuple(fields["shape"])
        order: Literal["C", "F"] = "F" if fields["fortran_order"] else "C"
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise ValueError(f"{name}: got a wrong header, expected that of an array of NumPy") from None
    if dtype.kind in "US" and shape == () and len(data) == dtype.itemsize <= 4 * MOST_TEXT:
        return _text(data, dtype)
    return _array(name, data, dtype, shape).reshape(shape, order=order)


def _text(data: bytes, dtype: np.dtype) -> str:
    """Decoded here: NumPy breaks at what is no sign of Unicode."""
    wide = "utf-32-be" if dtype.str.startswith(">") else "utf-32-le"
    return data.decode("utf-8" if dtype.kind == "S" else wide, "replace").rstrip("\0")


def _array(name: str, data: bytes, dtype: np.dtype, shape: tuple[object, ...]) -> np.ndarray:
    """The numbers, in a row; there have to be as many as the shape says."""
    if dtype.hasobject:
        raise ValueError(f"{name}: got Python objects, expected numbers: nothing in a file is run")
    if dtype.kind not in "fiub":
        raise ValueError(f"{name}: got {str(dtype)[:40]}, expected real numbers or one short text")
    if len(shape) > 4 or not all(type(size) is int and 0 <= size <= MOST_NUMBERS for size in shape):
        raise ValueError(f"{name}: got the shape {str(shape)[:60]}, expected at most four sizes up to {MOST_NUMBERS:,}")
    count = math.prod(size for size in shape if isinstance(size, int))
    if count * dtype.itemsize != len(data):
        raise ValueError(f"{name}: got {len(data):,} bytes, expected {count * dtype.itemsize:,} for the shape {shape}")
    return np.frombuffer(data, dtype)


def _safetensors(name: str, content: bytes) -> Iterator[tuple[str, np.ndarray | str]]:
    """Eight bytes with the length of a header of JSON, the header, the numbers."""
    length = int.from_bytes(content[:8], "little")
    if length > min(MOST_JSON, len(content) - 8):
        raise ValueError(f"{name}: got a wrong length of the header, {length:,}, expected at most {MOST_JSON:,}")
    try:
        header = json.loads(content[8 : 8 + length])
        texts = dict(header.pop("__metadata__", None) or {})
        entries = [(key, each["dtype"], each["shape"], each["data_offsets"]) for key, each in header.items()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError(f"{name}: got a wrong header, expected that of .safetensors") from None
    if len(entries) + len(texts) > MOST_ENTRIES:
        raise ValueError(f"{name}: got {len(entries) + len(texts)} entries, expected at most {MOST_ENTRIES}")
    yield from ((key, str(value)[:MOST_TEXT]) for key, value in texts.items() if key != "format")
    for key, dtype, shape, offsets in entries:
        yield key, _tensor(key, content[8 + length :], dtype, shape, offsets)


def _tensor(name: str, data: bytes, dtype: object, shape: object, offsets: object) -> np.ndarray:
    if not isinstance(dtype, str) or dtype not in _TENSORS:
        raise ValueError(f"{name}: got {str(dtype)[:40]}, expected one of {', '.join(_TENSORS)}")
    ends = offsets if isinstance(offsets, list) and len(offsets) == 2 else [None]
    if not isinstance(shape, list) or not all(type(end) is int and 0 <= end <= len(data) for end in ends):
        raise ValueError(f"{name}: got offsets {str(offsets)[:60]}, expected two places in {len(data):,} bytes")
    sizes = tuple(shape)
    flat = _array(name, data[ends[0] : ends[1]], np.dtype(_TENSORS[dtype]), sizes)
    if dtype == "BF16":
        flat = (flat.astype(np.uint32) << 16).view(np.float32)
    return flat.reshape(sizes)
