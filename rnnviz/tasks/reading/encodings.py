"""What a file is, by its bytes: text in some encoding, a spreadsheet, or something that is no table."""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile

from rnnviz.notation.counts import counted

from .errors import MEGABYTES, MOST_BYTES, DataError
from .vocabulary import WORDS

_SAMPLE = 2**16
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MOST_UNPACKED = 300 * 2**20
NAMES = WORDS.encodings
"""Encodings that a reader may choose, as they are named."""
_LEGACY = tuple(name for name in NAMES if not name.startswith("utf"))


def is_spreadsheet(content: bytes) -> bool:
    """Return whether the bytes are a spreadsheet that can be opened, whatever the file's name says.

    Raises
    ------
    DataError
        If the file is empty, too large, or something that holds no table as text.
    """
    if not content.strip():
        raise DataError("The file is empty.")
    if len(content) > MOST_BYTES:
        raise DataError(f"The file has {len(content) / 2**20:.1f} MB; at most {MEGABYTES} MB are read.")
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
    names = {entry.filename for entry in entries}
    if sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise DataError("This spreadsheet unpacks to more than 300 MB. Save the table as CSV.")
    if any(name.startswith("xl/") for name in names) or "content.xml" in names:
        return True
    if any(name.startswith("word/") for name in names):
        raise DataError("This is a document of a word processor, not a table. Save the table as CSV.")
    raise DataError("This is an archive. Unpack it and bring the table inside.")


def encoding_of(content: bytes) -> str:
    """Return the name of the encoding of a text.

    Raises
    ------
    DataError
        If the bytes are no text, or a kind of text that holds no table.
    """
    found = _unicode(content)
    if found is None:
        found = _legacy(content)
    _check_kind(content[:_SAMPLE].decode(found, errors="replace").lstrip("\ufeff"), content, found)
    return found


def _unicode(content: bytes) -> str | None:
    for mark, name in _MARKS.items():
        if content.startswith(mark):
            _check_whole(content, name)
            return name
    if b"\x00" in content:
        return _unmarked_utf16(content)
    return "utf-8" if _decodes(content, "utf-8") else None


def _unmarked_utf16(content: bytes) -> str:
    """UTF-16 of a table has a zero in every second byte, nearly."""
    sample = content[:_SAMPLE]
    for name, place in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = sample[place::2].count(0), sample[1 - place :: 2].count(0)
        if zeros > 0.4 * (len(sample) // 2) and others == 0 and _decodes(content, name):
            return name
    where = content.index(0)
    raise DataError(
        f"The file is no text: it holds {counted(content.count(0), 'zero byte')}, "
        f"the first at byte {where + 1:,}. "
        "Save the table as CSV or plain text."
    )


def _check_whole(content: bytes, name: str) -> None:
    if not name.startswith("utf-8") and not _decodes(content, name):
        raise DataError("The file says it is in UTF-16, but is cut or broken; save it as UTF-8.")


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
    asian = _asian(telling)
    if asian:
        return asian
    words = set(re.findall(rb"[^\x00-\x40\x5b-\x60\x7b-\x7f]+", telling))
    letters = b" ".join(sorted(word for word in words if len(word) > 1))
    best = from_bytes(letters or telling, cp_isolation=list(_LEGACY[:5]), threshold=0.6).best()
    usual = best.encoding if best is not None else "cp1252"
    return usual if _fits(letters, usual) else "cp1252"


def _fits(letters: bytes, name: str) -> bool:
    """Cyrillic and Greek write whole words beyond ASCII; Polish read as French has signs inside words."""
    if name == "cp1250":
        return bool(re.search("[A-Za-z][œ³¹¿ìõû¼¾]|[œ³¹¿ìõû¼¾][a-z]", letters.decode("cp1252", "replace")))
    high = sum(byte > 127 for byte in letters)
    return high > 0.6 * len(letters.replace(b" ", b""))


def _asian(telling: bytes) -> str | None:
    """The East Asian encoding whose decoding consists of common signs, if there is one."""
    scores = {name: _common(telling, name) for name in ("cp932", "euc_jp", "gb18030", "big5", "euc_kr")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0.55 else None


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


_NEUTRAL = frozenset("\u00a0\u202f\u2009€£¥−–—－‐°±×÷·…“”‘’\u3000")


def _weight(sign: str) -> float:
    code = ord(sign)
    if 0x3041 <= code <= 0x30FF or 0xFF01 <= code <= 0xFF60 or 0x3000 <= code <= 0x3017 or sign in "℃％":
        return 1.0
    if 0xAC00 <= code <= 0xD7A3:
        return 0.9 if _in(sign, "euc_kr") else 0.0
    if 0x4E00 <= code <= 0x9FFF:
        return 1.0 if sign in _FREQUENT else 0.6 if _first_level(sign) else 0.0
    return 0.0


def _in(sign: str, name: str) -> bool:
    try:
        return bool(sign.encode(name))
    except UnicodeEncodeError:
        return False


def _first_level(sign: str) -> bool:
    """Whether a character is among the frequent ones of the Chinese or the Japanese standard."""
    try:
        if 0xB0 <= sign.encode("gb2312")[0] <= 0xD7:
            return True
    except UnicodeEncodeError:
        pass
    try:
        return 0x88 <= sign.encode("cp932")[0] <= 0x97
    except UnicodeEncodeError:
        return _in(sign, "big5") and sign.encode("big5")[0] <= 0xC6


_FREQUENT = frozenset(
    "年月日時时分秒期間间値值温溫度気气湿濕雨雪風风速量数數金額銷额价格售売销賣上下最高低平均合計计総总人口名称号號番"
    "地点點区區市県县省国國東东京北南西海山川水電电力気圧压日付曜春夏秋冬前後后比率型種类類天气客量产產品入出収支"
    "株価開开盘盤收終终始値成交観観测測站局部大小中新本社会會体體重長长身億亿万萬千百十一二三四五六七八九円元銭"
)


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
    if len(content) < _SAMPLE:
        whole = content.decode(encoding, errors="replace").lstrip("\ufeff")
        candidates = [whole, text.splitlines()[0]]
    else:
        candidates = [text.splitlines()[0]]
    for candidate in candidates:
        try:
            return isinstance(json.loads(candidate), dict | list)
        except (ValueError, RecursionError):
            continue
    return bool(re.match(r'[\[{\s]+"[^"\n]*"\s*:\s*[\[{"\d-]', text))
