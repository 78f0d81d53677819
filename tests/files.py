"""Files as people have them, one of a kind, each with what it is to be read as."""

# ruff: noqa: E501, SIM905
from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

DAYS = [date(2020, 1, 1) + timedelta(n) for n in range(60)]
VALUES = [round(float(10 + 5 * np.sin(n / 5) + (n * 7 % 11) / 10), 1) for n in range(60)]
PAIRS = list(zip(DAYS, VALUES, strict=True))
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
YEAR = [f"{2015 + n // 12}-{n % 12 + 1:02d}" for n in range(60)]


@dataclass(frozen=True)
class Kind:
    """A file, the time axis and the target expected, the first values of columns, units, and words of a note."""

    content: bytes
    time: str | None
    target: str | None
    first: dict[str, list] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    note: str = ""
    rows: int = 60
    name: str = "file.csv"


def kind(rows, time, target, first=None, units=None, note="", count=60, name="file.csv", encoding="utf-8"):
    """Return a kind from the lines of its file."""
    text = rows if isinstance(rows, str) else "\n".join(rows) + "\n"
    content = rows if isinstance(rows, bytes) else text.encode(encoding)
    return Kind(content, time, target, first or {}, units or {}, note, count, name)


def dated(*cells, head="date,temp", join=","):
    """Return lines of a table: a header and rows of a day and what each function of (n, value) gives."""
    return [*([head] if head else []), *(join.join([str(day), *(str(cell(n, value)) for cell in cells)])
            for n, (day, value) in enumerate(PAIRS))]  # fmt: skip


def plain(_, value):
    return value


def german(value) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def sales(n):
    return 850 + 37 * n % 900 + 10 * n + n


ISO = ["2020-01-01", "2020-01-02"]
SERIES = {"date": ISO, "temp": VALUES[:3]}
PRICES = [100 + n % 7 for n in range(60)]

KINDS = {
    "a year and a count": kind(
        ["year,passengers", *(f"{1900 + n},{112 + n * n % 37}" for n in range(60))], "year", "passengers",
        {"passengers": [112, 113, 116], "year": ["1900", "1901"]},
    ),
    "the same without a header": kind(
        [f"{1900 + n},{112 + n * n % 37}" for n in range(60)], "column 1", "column 2", {"column 2": [112, 113]},
        note="could part columns or mark decimals",
    ),
    "codes with leading zeros": kind(
        ["id,plz", *(f"{n},{1000 + 7 * n:05d}" for n in range(60))], None, None, {"plz": ["01000", "01007"]},
        note="leading zeros",
    ),
    "thousands in quotes": kind(
        ["Month,Sales", *(f'{YEAR[n]},"{sales(n):,}"' for n in range(60))], "Month", "Sales",
        {"Sales": [sales(n) for n in range(5)], "Month": ["2015-01-01", "2015-02-01"]},
    ),
    "thousands after semicolons": kind(
        ["Month;Sales", *(f"{YEAR[n]};{900 + 15 * n:,}" for n in range(60))], "Month", "Sales", {"Sales": [900, 915]},
    ),
    "German thousands": kind(
        ["Monat;Einwohner", *(f"{YEAR[n]};{950 + 13 * n:,}".replace(",", ".") for n in range(60))], "Monat",
        "Einwohner", {"Einwohner": [950, 963, 976, 989, 1002]},
    ),
    "thousands that a column cannot tell": kind(
        ["date,v", *(f'{day},"{1011 + n * n % 97:,}"' for n, day in enumerate(DAYS))], "date", "v",
        {"v": [1011, 1012]}, note="it could be 1.011 as well",
    ),
    "comments": kind(
        ["# Station 4711", "# made by a logger", "# units: degC", *dated(plain)], "date", "temp", SERIES,
        note="3 comment lines",
    ),
    "names in a comment": kind(["# t temp", *(f"{n} {v}" for n, v in enumerate(VALUES))], "t", "temp"),
    "two header rows": kind(
        ["Station,Air,Soil", "name,temperature,temperature", *dated(plain, lambda n, v: v + 1, head="")],
        "Station name", "Air temperature", {"Soil temperature": [VALUES[0] + 1]}, note="joined from 2",
    ),
    "a row of units": kind(
        ["Time,Temp,Humidity", "s,°C,%", *(f"{n},{v},{v + 50:.1f}" for n, v in enumerate(VALUES))], "Time", "Temp",
        {"Temp": VALUES[:2]}, {"Time": "s", "Temp": "°C", "Humidity": "%"}, note="row of units",
    ),
    "units in brackets": kind(
        ["Time,Temp,P", "[s],[°C],[kPa]", *(f"{n / 10},{v},{v * 3:.1f}" for n, v in enumerate(VALUES))], "Time", "Temp",
        units={"Temp": "°C", "P": "kPa"},
    ),
    "units in the names": kind(
        dated(plain, lambda n, v: 990 + v, head='"date","T (degC)","p [hPa]"'), "date", "T (degC)",
        units={"T (degC)": "°C", "p [hPa]": "hPa"},
    ),
    "dollars": kind(dated(lambda n, v: f'"${1700 + v * n:,.2f}"', head="date,price"), "date", "price",
                    {"price": [1700.0, 1700 + VALUES[1]]}, {"price": "$"}),
    "euros": kind(dated(lambda n, v: german(1000 + v * n) + " €", head="Monat;Umsatz", join=";"), "Monat", "Umsatz",
                  {"Umsatz": [1000.0]}, {"Umsatz": "€"}),
    "percent": kind(dated(lambda n, v: f"{v}%", head="date,rate"), "date", "rate", {"rate": VALUES[:2]}, {"rate": "%"}),
    "parentheses": kind(
        ["month,profit", *(f"{n},{f'({12 - v:.2f})' if v < 12 else f'{v - 12:.2f}'}" for n, v in enumerate(VALUES))],
        "month", "profit", {"profit": [round(v - 12, 2) for v in VALUES[:4]]},
    ),
    "unicode minus": kind(
        ["t,v", *(f"{n},{v - 12:.2f}".replace("-", "−") for n, v in enumerate(VALUES))], "t", "v",
        {"v": [round(v - 12, 2) for v in VALUES[:3]]},
    ),
    "apostrophes": kind(
        ["Datum;Preis", *(f"{d:%d.%m.%Y};{1000 + n * n % 3700:,}.50".replace(",", "'") for n, d in enumerate(DAYS))],
        "Datum", "Preis", {"Preis": [1000.5, 1001.5], "Datum": ISO},
    ),
    "blanks as thousands": kind(
        ["Datum;Pris", *(f"{d:%d.%m.%Y};{1000 + n * n % 3700:,},50".replace(",", "\u00a0", 1) for n, d in enumerate(DAYS))],
        "Datum", "Pris", {"Pris": [1000.5, 1001.5]},
    ),
    "Fortran's exponents": kind("".join(f"  {n:4d}   {v:10.4E}\n".replace("E", "D") for n, v in enumerate(VALUES)),
                                None, "column 2", {"column 2": VALUES[:3]}),
    "a mark for missing": kind(
        dated(lambda n, v: -9999 if n % 9 == 7 else v), "date", "temp", SERIES, note="-9999 occurs 6 times",
    ),
    "another mark": kind(dated(lambda n, v: "-99.99" if n % 9 == 0 else v), "date", "temp",
                         {"temp": [None, VALUES[1]]}, note="-99.99 occurs 7 times"),
    "a mark inside a wide range": kind(
        dated(lambda n, v: -200 if n % 9 == 0 else 160 + 29 * n, head="date,NOx"), "date", "NOx",
        {"NOx": [None, 189]}, note="-200 occurs 7 times",
    ),
    "stars for missing": kind(dated(lambda n, v: "***" if n % 9 == 0 else v), "date", "temp", {"temp": [None, VALUES[1]]},
                              note="7 entries of “temp” are missing"),
    "seconds since 1970 at the end": kind(
        ["value,timestamp", *(f"{v},{1577836800 + 86400 * n}" for n, v in enumerate(VALUES))], "timestamp", "value",
        {"value": VALUES[:3], "timestamp": ["2020-01-01T00:00:00"]},
    ),
    "milliseconds": kind(["ts,v", *(f"{1577836800000 + 1000 * n},{v}" for n, v in enumerate(VALUES))], "ts", "v",
                         {"ts": ["2020-01-01T00:00:00", "2020-01-01T00:00:01"]}),
    "a spreadsheet's days": kind(["Date,v", *(f"{43831 + n},{v}" for n, v in enumerate(VALUES))], "Date", "v", {"Date": ISO}),
    "a series in a .txt": kind(dated(plain), "date", "temp", SERIES, name="dates.txt"),
    "newest first": kind([dated(plain)[0], *reversed(dated(plain)[1:])], "date", "temp", SERIES, note="turned round"),
    "out of order": kind([dated(plain)[0], *dated(plain)[31:], *dated(plain)[1:31]], "date", "temp", SERIES,
                         note="put in the order"),
    "prices": kind(
        ["Date,Open,High,Low,Close,Adj Close,Volume",
         *(f"{d},{p},{p + 1},{p - 1},{p + 0.5},{p - 2},{900000 + 13 * p}" for d, p in zip(DAYS, PRICES, strict=True))],
        "Date", "Close", {"Volume": [901300]},
    ),
    "a title and a station": kind(
        ["Weather station Berlin", "Elevation: 48 m; lat 52.4", "", *dated(plain)], "date", "temp", SERIES,
        note="2 lines before the table were passed over",
    ),
    "a title among separators": kind(["Station 12,,", *dated(plain, plain, head="date,temp,other")], "date", "temp", SERIES),
    "empty columns and rows at the end": kind(
        ["date,temp,,", *(f"{d},{v},," for d, v in PAIRS), ",,,", ",,,"], "date", "temp", SERIES,
    ),
    "times with points, in a column of their own": kind(
        ["Date;Time;CO;;", *(f"{d:%d/%m/%Y};{h:02d}.00.00;{str(v).replace('.', ',')};;" for d, v in PAIRS for h in (6, 18))],
        "Date", "CO", {"Date": ["2020-01-01T06:00:00", "2020-01-01T18:00:00"], "CO": [VALUES[0], VALUES[0]]},
        count=120,
    ),
    "twelve months across": kind(
        ["Year," + ",".join(MONTHS), *(f"{1990 + y}," + ",".join(f"{10 + m / 2 + y / 10:.1f}" for m in range(12)) for y in range(20))],
        "month", "value", {"month": ["1990-01-01", "1990-02-01"], "value": [10.0, 10.5]}, note="one after another",
        count=240,
    ),
    "Shift_JIS": kind(["日付,平均気温(℃)", *(f"{d:%Y/%m/%d},{v}" for d, v in PAIRS)], "日付", "平均気温(℃)", {"日付": ISO},
                      {"平均気温(℃)": "°C"}, note="Shift_JIS", encoding="cp932"),
    "GB18030": kind(["日期,收盘价,成交量", *(f"{d},{v},{n * n}" for n, (d, v) in enumerate(PAIRS))], "日期", "收盘价",
                    note="GB18030", encoding="gb18030"),
    "Windows-1252": kind(["Datum;Größe", *(f"{d:%d.%m.%Y};{v}" for d, v in PAIRS)], "Datum", "Größe", encoding="cp1252"),
    "UTF-16 without a mark": kind(dated(plain), "date", "temp", SERIES, note="UTF-16", encoding="utf-16-le"),
    "UTF-16, the other way": kind(dated(plain), "date", "temp", SERIES, encoding="utf-16-be"),
    "a line separator inside a field": kind(
        dated(lambda n, v: '"a\u2028b"', plain, head="date,note,temp"), "date", "temp", SERIES,
    ),
    "a line end inside a field": kind(dated(lambda n, v: '"a\nb"', plain, head="date,note,temp"), "date", "temp", SERIES),
    "a footer": kind([*dated(plain), "Total,612.3", "Source: the office"], "date", "temp", SERIES, note="sums up the others"),
    "an id before the date": kind(
        ["id,date,store,sales", *(f"{n + 1},{d},7,{v}" for n, (d, v) in enumerate(PAIRS))], "date", "sales",
        note="“store” is 7 in all rows",
    ),
    "the month first": kind(["date,v", *(f"{d:%m/%d/%Y},{v}" for d, v in PAIRS)], "date", "v", {"date": ISO}),
    "the day first": kind(["date,v", *(f"{d:%d/%m/%Y},{v}" for d, v in PAIRS)], "date", "v", {"date": ISO}),
    "a day that could be a month": kind(["date,v", *(f"{n % 12 + 1:02d}/{n % 11 + 1:02d}/{2000 + n},{v}" for n, v in enumerate(VALUES))],
                                        "date", "v", note="could name the day or the month first"),
    "year, month, day": kind(["Year,Month,Day,Temp", *(f"{d.year},{d.month},{d.day},{v}" for d, v in PAIRS)], "Year", "Temp",
                             {"Year": ISO}, note="together are the time axis"),
    "two-digit years of another century": kind(["Month,n", *(f"{MONTHS[n % 12]}-{49 + n // 12},{v}" for n, v in enumerate(VALUES))],
                                               "Month", "n", {"Month": ["1949-01-01", "1949-02-01"]}),
    "one column of decimal commas": kind(["v", *(str(v).replace(".", ",") for v in VALUES)], None, "v", {"v": VALUES[:3]}),
    "numbers on one line": kind(" ".join(map(str, VALUES)), None, "typed", {"typed": VALUES[:3]}, name="n.txt"),
    "words": kind("It was the best of times, it was the worst of times,\nit was the age of wisdom.\n" * 5, None, "prose.txt",
                  note="read as text", count=10, name="prose.txt"),
    "classes": kind(["a,b,species", *(f"{v},{v / 2:.2f},{'xyz'[n % 3] * 3}" for n, v in enumerate(VALUES))], None, "species",
                    {"species": ["xxx", "yyy"]}),
    "an open quotation mark": kind(dated(lambda n, v: '"abc' if n == 5 else "x", plain, head="date,name,temp"), "date", "temp",
                                   note="never closed"),
    "a hint for spreadsheets": kind(["sep=;", *dated(plain, head="date;temp", join=";")], "date", "temp", SERIES),
    "row numbers without a name": kind(['"date" "temp"', *(f'"{n + 1}" {d} {v}' for n, (d, v) in enumerate(PAIRS))], "date", "temp"),
    "old line ends": kind("\r".join(dated(plain)), "date", "temp", SERIES),
    "an offset from Greenwich": kind(
        ["t,v", *(f"2020-01-{1 + n // 24:02d} {n % 24:02d}:00:00+01:00,{v}" for n, v in enumerate(VALUES))], "t", "v",
        {"t": ["2020-01-01T00:00:00", "2020-01-01T01:00:00"]},
    ),
    "midnights written as days alone": kind(
        ["t,v", *(f"2020-01-{1 + n // 24:02d}{f' {n % 24:02d}:00:00' if n % 24 else ''},{v}" for n, v in enumerate(VALUES))],
        "t", "v", {"t": ["2020-01-01T00:00:00", "2020-01-01T01:00:00"]},
    ),
    "signs that nobody sees": kind(["date,temp", *(f"\u200e{d:%d}\u200e.{d:%m}.\u200e{d:%Y},\u200b{v}" for d, v in PAIRS)], "date", "temp", SERIES),
    "Arabic digits": kind(
        "\n".join(dated(plain)).translate({48 + n: 0x660 + n for n in range(10)}), "date", "temp", SERIES
    ),
    "formulas that keep what stands there": kind(["date,temp", *(f'="{d}",="{v}"' for d, v in PAIRS)], "date", "temp", SERIES),
    "times in the first row, whose corner names them": kind(
        [f"date,{','.join(map(str, DAYS))}", f"temp,{','.join(map(str, VALUES))}", f"rain,{','.join(map(str, VALUES[::-1]))}"],
        "date", "value", {"series": ["temp"], "value": VALUES[:3]}, note="“temp” is read, 60 of 120 rows",
    ),
    "numbered columns, among them numbers of four digits": kind(
        [f"date,{','.join(f'c{n}' for n in range(1490, 1600))}", *(f"{d},{','.join(str((n * k + k) % 97) for n in range(1, 111))}" for k, d in enumerate(DAYS))],
        "date", "c1490", note="There are 111 columns; the first 64 are read.",
    ),
    "several rows at one time": kind(
        ["date,temp", *(f"{d},{v + n}" for d, v in PAIRS[:20] for n in (0, 50, 100))], "date", "temp", note="“date” names 20 times in 60 rows",
    ),
}  # fmt: skip


def workbook() -> bytes:
    """Return a spreadsheet (.xlsx) with days and values, as small as one may be."""
    rows = [
        "<row r='1'><c r='A1' t='inlineStr'><is><t>day</t></is></c><c r='B1' t='inlineStr'><is><t>heat</t></is></c></row>"
    ]
    rows += [f"<row r='{n + 2}'><c r='A{n + 2}' s='1'><v>{43831 + n}</v></c><c r='B{n + 2}'><v>{v}</v></c></row>"
             for n, v in enumerate(VALUES)]  # fmt: skip
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f"<Types xmlns='{package}/content-types'><Default Extension='xml' ContentType='application/xml'/></Types>",
        "_rels/.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='r1' Type='{rel}/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f"<workbook xmlns='{main}' xmlns:r='{rel}'><sheets><sheet name='Data' sheetId='1' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{package}/relationships'><Relationship Id='r1' Type='{rel}/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='r2' Type='{rel}/styles' Target='styles.xml'/></Relationships>",
        "xl/styles.xml": f"<styleSheet xmlns='{main}'><cellXfs count='2'><xf numFmtId='0'/><xf numFmtId='14' applyNumberFormat='1'/></cellXfs></styleSheet>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{main}'><sheetData>{''.join(rows)}</sheetData></worksheet>",
    }  # fmt: skip
    return _zipped(parts)


def open_document() -> bytes:
    """Return a spreadsheet (.ods) with years and values."""
    cell = "<table:table-cell office:value-type='{}' office:value='{}'><text:p>{}</text:p></table:table-cell>"
    rows = ["<table:table-row>" + "".join(
        f"<table:table-cell office:value-type='string'><text:p>{name}</text:p></table:table-cell>" for name in ("year", "v")
    ) + "</table:table-row>"]  # fmt: skip
    rows += [f"<table:table-row>{cell.format('float', 1900 + n, 1900 + n)}{cell.format('float', v, v)}</table:table-row>"
             for n, v in enumerate(VALUES)]  # fmt: skip
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f"<?xml version='1.0'?><office:document-content xmlns:office='{spaces}:office:1.0' xmlns:table='{spaces}:table:1.0' "
        f"xmlns:text='{spaces}:text:1.0'><office:body><office:spreadsheet><table:table table:name='One'>{''.join(rows)}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        "<?xml version='1.0'?><manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
    )
    return _zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content,
        "META-INF/manifest.xml": manifest,
    })  # fmt: skip


def _zipped(parts: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return held.getvalue()


BROKEN = _zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"})
REFUSED = {
    "empty": (b"", "The file is empty."),
    "only blanks": (b"  \n \n\t\n", "The file is empty."),
    "zero bytes": (bytes(500), "it holds 500 zero bytes, the first at byte 1"),
    "a picture": (b"\x89PNG\x00\x01" + bytes(200), "This is a picture"),
    "a PDF": (b"%PDF-1.7 ...", "This is a PDF"),
    "JSON": (b'[{"a": 1, "b": 2}, {"a": 3, "b": 4}]', "This is JSON"),
    "JSON, a record a line": (b'{"a": 1}\n' * 20, "This is JSON"),
    "a page": (b"<!DOCTYPE html><html><body></body></html>", "a page or a document in XML"),
    "a broken spreadsheet": (BROKEN, "a spreadsheet, but it is cut or broken"),
    "a cut spreadsheet": (workbook()[:900], "cut or broken"),
    "an archive": (_zipped({"a.csv": "1"}), "This is an archive"),
    "a document": (_zipped({"word/document.xml": "<w/>"}), "a word processor"),
    "cut UTF-16": (b"\xff\xfe1\x000\x00\n", "UTF-16, but is cut or broken"),
    "a header alone": (b"year,value", "There is 1 row of data; at least 8"),
    "too few rows": (b"v\n1\n2\n3\n4\n5\n6\n7", "There are 7 rows of data; at least 8"),
    "constant": (b"v\n" + b"7\n" * 20, "“v” is 7 in all rows"),
    "dates alone": ("\n".join(dated(head="day")).encode(), "No column holds numbers or classes"),
    "a line without end": (b"1" * 200_000, "at most 100,000 are read"),
}
