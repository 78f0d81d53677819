"""What a file is, by its bytes: text in some encoding, a spreadsheet, or something that is no table."""

import codecs
import io
import json
import re
import zipfile

from rnnviz.notation.counts import counted

from . import MEGABYTES, MOST_BYTES, DataError
from .vocabulary import WORDS

_SAMPLE, _MOST_UNPACKED = 2**16, 300 * 2**20
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NAMES = WORDS.encodings  # those that a reader may choose, as they are named
_NEUTRAL = frozenset("\u00a0\u202f\u2009€£¥−–—－‐°±×÷·…“”‘’\u3000")


def check_size(size: int) -> None:
    """Raise DataError for a file of too many bytes."""
    if size > MOST_BYTES:
        raise DataError(f"The file has {size / 2**20:.1f} MB; at most {MEGABYTES} MB are read.")


def is_spreadsheet(content: bytes) -> bool:
    """Return whether the bytes are a spreadsheet that can be opened, whatever the file's name says.

    DataError if the file is empty, too large, or something that holds no table as text.
    """
    if not content.strip():
        raise DataError("The file is empty.")
    check_size(len(content))
    if content.startswith(b"PK\x03\x04"):
        return _is_workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return True
    for mark, what in WORDS.signatures.items():
        if content.startswith(mark.encode("latin-1")):
            raise DataError(f"This is {what}, not a table of text. Save the table as CSV.")
    return False


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise DataError(
            "This is a spreadsheet or an archive, but it is cut or broken. Save the table as CSV."
        ) from None
    if sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise DataError("This spreadsheet unpacks to more than 300 MB. Save the table as CSV.")
    names = [entry.filename for entry in entries]
    if any(name.startswith("xl/") for name in names) or "content.xml" in names:
        return True
    if any(name.startswith("word/") for name in names):
        raise DataError("This is a document of a word processor, not a table. Save the table as CSV.")
    raise DataError("This is an archive. Unpack it and bring the table inside.")


def encoding_of(content: bytes) -> str:
    """Return the name of a text's encoding; DataError for bytes that are no text, or a text that holds no table."""
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if marked not in (None, "utf-8-sig") and not _decodes(content, str(marked)):
        raise DataError("The file says it is in UTF-16, but is cut or broken; save it as UTF-8.")
    if marked is None and b"\x00" in content:
        marked = _unmarked_utf16(content)
    found = marked or ("utf-8" if _decodes(content, "utf-8") else _legacy(content))
    _check_kind(content[:_SAMPLE].decode(found, errors="replace").lstrip("\ufeff"), content, found)
    return found


def _unmarked_utf16(content: bytes) -> str:
    """UTF-16 of a table has a zero in every second byte, nearly."""
    sample = content[:_SAMPLE]
    for name, place in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = sample[place::2].count(0), sample[1 - place :: 2].count(0)
        if zeros > 0.4 * (len(sample) // 2) and others == 0 and _decodes(content, name):
            return name
    found, first = counted(content.count(0), "zero byte"), content.index(0) + 1
    raise DataError(
        f"The file is no text: it holds {found}, the first at byte {first:,}. Save the table as CSV or plain text."
    )


def _decodes(content: bytes, name: str) -> bool:
    """Whether all of the bytes are text in this encoding; decoded in pieces, so that little is held."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for start in range(0, len(content), 2**20):
            decoder.decode(content[start : start + 2**20])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _legacy(content: bytes) -> str:
    """The likeliest of the older encodings, judged by the lines that are not plain ASCII."""
    from charset_normalizer import from_bytes

    telling = b"\n".join(re.findall(rb"[^\r\n]*[\x80-\xff][^\r\n]*", content[: 2**20])[:200])[:8000]
    scores = {name: _common(telling, name) for name in ("cp932", "euc_jp", "gb18030", "big5", "euc_kr")}
    asian = max(scores, key=lambda name: scores[name])
    if scores[asian] > 0.55:
        return asian
    words = set(re.findall(rb"[^\x00-\x40\x5b-\x60\x7b-\x7f]+", telling))
    letters = b" ".join(sorted(word for word in words if len(word) > 1))
    known = [name for name in NAMES if not name.startswith("utf")][:5]
    best = from_bytes(letters or telling, cp_isolation=known, threshold=0.6).best()
    usual = best.encoding if best is not None else "cp1252"
    if usual == "cp1250":  # Polish read as French has signs inside words
        inside = "[A-Za-z][œ³¹¿ìõû¼¾]|[œ³¹¿ìõû¼¾][a-z]"
        return usual if re.search(inside, letters.decode("cp1250", "replace")) else "cp1252"
    high = sum(byte > 127 for byte in letters)  # Cyrillic and Greek write whole words beyond ASCII
    return usual if high > 0.6 * len(letters.replace(b" ", b"")) else "cp1252"


def _common(telling: bytes, name: str) -> float:
    """The share of different signs beyond ASCII that are kana, hangul or among the frequent characters."""
    try:
        text = telling.decode(name)
    except UnicodeDecodeError:
        return 0.0
    halves = set("".join(re.findall("[\uff66-\uff9f]{3,}", text)))
    signs = {sign for sign in text if ord(sign) > 127 and sign not in _NEUTRAL} - halves
    high = sum(byte > 127 for sign in signs for byte in sign.encode(name))
    if not signs | halves or (not halves and len(signs) > 0.75 * high):
        return 0.0  # two bytes a sign, all but always
    score = (sum(map(_weight, signs)) + 0.8 * len(halves)) / len(signs | halves)
    return score if len(signs | halves) > 1 or score >= 1 else 0.0


def _weight(sign: str) -> float:
    """How common a sign is in East Asian tables, 0 to 1; by the frequent ones of the national standards."""
    if re.fullmatch("[\u3041-\u30ff\uff01-\uff60\u3000-\u3017℃％]", sign):
        return 1.0
    korean, chinese, japanese, big5 = (
        sign.encode(name, "ignore")[:1] for name in ("euc_kr", "gb2312", "cp932", "big5")
    )
    if "\uac00" <= sign <= "\ud7a3":
        return 0.9 if korean else 0.0
    if not "\u4e00" <= sign <= "\u9fff":
        return 0.0
    usual = b"\x88" <= japanese <= b"\x97" if japanese else b"" < big5 <= b"\xc6"
    return 1.0 if sign in WORDS.frequent_signs else 0.6 if b"\xb0" <= chinese <= b"\xd7" or usual else 0.0


def _check_kind(start: str, content: bytes, encoding: str) -> None:
    """Raise DataError where the text is a form of its own that holds no table of rows."""
    text = start.lstrip()
    if text.startswith(("{", "[")) and _is_json(text, content, encoding):
        raise DataError("This is JSON, not a table of rows. Save the table as CSV.")
    if re.match(r"(?i)<(!doctype|html|\?xml|svg|table)", text):
        raise DataError("This is a page or a document in XML, not a table of rows. Save the table as CSV.")
    controls = sum(sign < " " and sign not in "\t\n\r\f\v" for sign in start)
    if controls > 0.02 * len(start):
        raise DataError("The file is no text: it holds many control signs. Save the table as CSV.")


def _is_json(text: str, content: bytes, encoding: str) -> bool:
    """Whether the text is JSON: as a whole, by its first line, or by how a large one begins."""
    candidates = [text.splitlines()[0]]
    if len(content) < _SAMPLE:
        candidates.insert(0, content.decode(encoding, errors="replace").lstrip("\ufeff"))
    for candidate in candidates:
        try:
            return isinstance(json.loads(candidate), dict | list)
        except (ValueError, RecursionError):
            continue
    return bool(re.match(r'[\[{\s]+"[^"\n]*"\s*:\s*[\[{"\d-]', text))
