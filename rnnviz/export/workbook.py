"""One training step as a spreadsheet with live formulas, in the colours of the app."""

import io
from collections.abc import Sequence
from itertools import zip_longest

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import absolute_coordinate, get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from rnnviz.charts.theme import ground, role
from rnnviz.experiment.core import Experiment
from rnnviz.export.blocks import Block, Sheet
from rnnviz.export.spreadsheet import sheets

YELLOW = "#FFF2A8"
"""The fill of what a reader may change."""
_WIDTH, _FEWEST = 12.0, 2
"""Of a column, in characters; and how many columns a block takes, so that its title has room."""


def workbook(experiment: Experiment) -> bytes:
    """Return one training step of a small network as a workbook (.xlsx), computed anew when it is opened.

    ValueError says what came and what was expected where the network is too large for it.
    """
    book, made = Workbook(), sheets(experiment)
    book.remove(book.worksheets[0])
    for sheet in made:
        _draw(book, sheet)
    _contents(book.worksheets[0], made[1:])
    book.calculation.fullCalcOnLoad = True
    book.properties.creator, book.properties.title = "rnnviz", made[0].title
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _draw(book: Workbook, sheet: Sheet) -> None:
    """Title and words at the head, then the bands, one below the other."""
    page = book.create_sheet(sheet.name)
    page.sheet_view.showGridLines = False
    _text(page["A1"], sheet.title, ground("light").ink, bold=True, size=14)
    for row, line in enumerate(sheet.words, 2):
        _text(page.cell(row, 1), line, ground("light").muted)
    row, columns = len(sheet.words) + 3, _columns(sheet.bands)
    for column in range(1, columns[-1] + 1):
        page.column_dimensions[get_column_letter(column)].width = _WIDTH
    for band in sheet.bands:
        for block, column in zip(band, columns, strict=False):
            _matrix(book, page, block, row, column)
        row += max(block.shape[0] for block in band) + 2


def _columns(bands: Sequence[Sequence[Block]]) -> list[int]:
    """The first column of each place in a band, and the one behind the last: places stand below each other."""
    widths = zip_longest(*([max(_FEWEST, block.shape[1]) + 1 for block in band] for band in bands), fillvalue=0)
    found = [1]
    for each in widths:
        found.append(found[-1] + max(each))
    return found


def _matrix(book: Workbook, page: Worksheet, block: Block, row: int, column: int) -> None:
    """A block: its title with its name, and below it its numbers or its formula."""
    shades, (height, width) = role(block.role, "light"), block.shape
    name = "" if block.title == block.name else f"  {block.name}"
    _text(page.cell(row, column), f"{block.title}{name}", shades.text, bold=True)
    first, last = (f"{get_column_letter(column + j)}{row + 1 + i}" for i, j in ((0, 0), (height - 1, width - 1)))
    fill = PatternFill("solid", start_color=_hex(YELLOW if block.changeable else shades.area))
    for i in range(height):
        for j in range(width):
            cell = page.cell(row + 1 + i, column + j)
            cell.fill, cell.font = fill, Font(color=_hex(ground("light").ink))
            if not isinstance(block.content, str):
                cell.value = float(block.content[i, j])
    if isinstance(block.content, str):
        page[first] = ArrayFormula(first if first == last else f"{first}:{last}", f"={block.content}")
    place = f"{quote_sheetname(page.title)}!{absolute_coordinate(f'{first}:{last}')}"
    book.defined_names[block.name] = DefinedName(block.name, attr_text=place)


def _contents(page: Worksheet, others: Sequence[Sheet]) -> None:
    """Below what the first sheet shows, a link to each of the others."""
    for row, sheet in enumerate(others, page.max_row + 2):
        cell = page.cell(row, 1)
        _text(cell, f"{sheet.name}: {sheet.title}", role("forward", "light").text)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(sheet.name)}!A1")


def _text(cell: Cell, text: str, colour: str, bold: bool = False, size: int = 11) -> None:
    """Text, also where it begins like a formula or holds what no sheet can."""
    cell.value, cell.font = ILLEGAL_CHARACTERS_RE.sub("�", text), Font(color=_hex(colour), bold=bold, size=size)
    cell.data_type = "s"


def _hex(colour: str) -> str:
    return colour.removeprefix("#")
