"""The pages in their order, as ``content/pages.toml`` has them, and their addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig


@dataclass(frozen=True)
class Page:
    """A page: its file, the short title of its link, the question it answers, what is to be seen there."""

    path: str
    title: str
    question: str
    guide: tuple[str, ...]
    rare: bool = False

    @property
    def name(self) -> str:
        """How the page is called in an address; the home page has no name."""
        return "" if self.path == "app.py" else Path(self.path).stem.split("_", 1)[1]

    def address(self, config: RunConfig, ending: str = "") -> str:
        """Return the page's address with an experiment, relative to any other page's.

        With an ``ending``, such as ``".html"``, pages are files.
        """
        file = (self.name or "index") + ending if ending else self.name or "./"
        query = _query(config)
        return file + (f"?{query}" if query else "")


@lru_cache(maxsize=64)
def _query(config: RunConfig) -> str:
    """A page links to all others with the same experiment."""
    return urlencode(config.to_query())


PAGES = tuple(prose.read("pages", Mapping[str, Page]).values())


def page_of(name: str) -> Page:
    """Return the page whose file is called ``name``, without its ending."""
    return next(page for page in PAGES if page.path.endswith(f"{name}.py"))
