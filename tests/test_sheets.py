"""Spreadsheets whose sheets reach far, and those with several."""

from __future__ import annotations

import io
import zipfile

import pytest

from rnnviz.tasks.reading.proposal import propose
from tests.files import open_document, workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
MORE = {
    "xl/workbook.xml": ("</sheets>", "<sheet name='More' sheetId='2' r:id='r3'/>"),
    "xl/_rels/workbook.xml.rels": (
        "</Relationships>", f"<Relationship Id='r3' Type='{RELATION}' Target='worksheets/sheet2.xml'/>"
    ),
    "xl/styles.xml": ("</cellXfs>", "<xf numFmtId='22' applyNumberFormat='1'/>"),
}  # fmt: skip


def with_parts(content, parts):
    """Return a spreadsheet with a second sheet, named More."""
    for part, (end, extra) in MORE.items():
        content = with_more(content, extra, end, part)
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w") as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts.get(name) or old.read(name))
    return held.getvalue()


def with_more(content, extra, end, part):
    """Return a spreadsheet with more XML before the end of its table."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, text.replace(end, extra + end) if name == part else text)
    return held.getvalue()


FAR = {
    "a cell far away": "<row r='100000'><c r='ZZ100000'><v>1</v></c></row>",
    "a cell in the last corner": "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    "many rows without places": "<row>" + 5000 * "<c><v>1</v></c>" + "</row><row r='90000'><c><v>1</v></c></row>",
    "more cells than are read": 420 * ("<row>" + 5000 * "<c><v>1</v></c>" + "</row>"),
}


@pytest.mark.parametrize("name", FAR)
def test_a_sheet_that_reaches_too_far_is_refused_before_it_is_opened(name, monkeypatch):
    monkeypatch.setattr("python_calamine.CalamineWorkbook.from_filelike", None)  # it would hold gigabytes, or die
    content = with_more(workbook(), FAR[name], "</sheetData>", "xl/worksheets/sheet1.xml")
    assert "at most 2,100,000 are read" in propose(content, "a.xlsx").problem


@pytest.mark.parametrize("rows", [1_000_000, 100])
def test_repeated_cells_of_an_open_document_are_counted(rows, monkeypatch):
    monkeypatch.setattr("python_calamine.CalamineWorkbook.from_filelike", None)
    cell = "<table:table-cell office:value-type='float' office:value='1' table:number-columns-repeated='40000'/>"
    extra = f"<table:table-row table:number-rows-repeated='{rows}'>{cell}</table:table-row>"
    content = with_more(open_document(), extra, "</table:table>", "content.xml")
    assert "at most 2,100,000 are read" in propose(content, "a.ods").problem


def test_empty_cells_with_a_style_far_away_cost_nothing():
    extra = "<row r='1048576'><c r='XFD1048576' s='1'/></row>"
    content = with_more(workbook(), extra, "</sheetData>", "xl/worksheets/sheet1.xml")
    assert propose(content, "a.xlsx").record()["rows"] == 60
    cell = "<table:table-cell table:number-columns-repeated='16384'/>"
    extra = f"<table:table-row table:number-rows-repeated='1048000'>{cell}</table:table-row>"
    content = with_more(open_document(), extra, "</table:table>", "content.xml")
    assert propose(content, "a.ods").record()["rows"] == 60


def test_hours_keep_their_midnights_and_a_sheet_that_only_explains_is_passed_over():
    hours = "".join(
        f"<row><c s='2'><v>{43831 + n / 24:.10f}</v></c><c><v>{n * 7 % 11}</v></c></row>" for n in range(60)
    )
    sheet = f"<worksheet xmlns='{MAIN}'><sheetData>{hours}</sheetData></worksheet>"
    told = "<row><c t='inlineStr'><is><t>What this is</t></is></c></row>" * 3
    parts = {"xl/worksheets/sheet1.xml": f"<worksheet xmlns='{MAIN}'><sheetData>{told}</sheetData></worksheet>",
             "xl/worksheets/sheet2.xml": sheet}  # fmt: skip
    found = propose(with_parts(workbook(), parts), "a.xlsx").record()
    assert found["rows"] == 60
    assert found["columns"][0]["first"][:2] == ["2020-01-01T00:00:00", "2020-01-01T01:00:00"]
    assert "sheet “More”" in found["notes"][0]
