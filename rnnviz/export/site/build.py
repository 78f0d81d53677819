"""Building the site: every file made, several at a time, and written into a folder."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from rnnviz.export.site.pages import address_of, assets, pages, version_of
from rnnviz.export.site.scenes import MAKERS, made, made_once
from rnnviz.settings.config import PRESETS

Tell = Callable[[int, int, str], None]
"""Is told how many of how many steps are done, and which was the last."""
_MARK = "assets/site.js"
_BAR = 30


def export(target: str, chosen: Sequence[str], app: str) -> int:
    """Write the site into a folder and return the exit code: 0, or 2 after one line on stderr."""
    try:
        folder = _folder(target)
        files = site(chosen or tuple(PRESETS), app, bar if sys.stderr.isatty() else lines)
        for old in (folder / "scenes").rglob("*.js"):
            if old.relative_to(folder).as_posix() not in files:
                old.unlink()
        for name, body in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    except (OSError, ValueError) as error:
        reason = f"{target}: cannot be written: {error.strerror}" if isinstance(error, OSError) else str(error)
        print(f"python -m rnnviz export: {' '.join(reason.split())}", file=sys.stderr)
        return 2
    size = sum(map(len, files.values()))
    print(f"{folder / 'index.html'}: {len(files)} files, {size / 1e6:.1f} MB", file=sys.stderr)
    return 0


def site(presets: Sequence[str], app: str = "", tell: Tell = lambda *_: None) -> dict[str, bytes]:
    """Return the files of a site by their paths.

    Parameters
    ----------
    presets : sequence of str
        The experiments that it shows.
    app : str
        Address of an app that answers where the site cannot; "" if who reads has to start it.
    tell : callable
        Is told how far it is.

    Raises
    ------
    ValueError
        For an unknown preset, or an address that is none.
    """
    if unknown := [name for name in presets if name not in PRESETS]:
        raise ValueError(f"--preset: got {unknown[0][:60]!r}, expected presets that `python -m rnnviz presets` lists")
    app = address_of(app) if app else ""
    files = assets() | made_once()
    for found in _made(presets, tell):
        files |= found
    return files | pages(presets, app, version_of(files))


def _made(presets: Sequence[str], tell: Tell) -> Iterator[dict[str, bytes]]:
    """Make the files of all presets; the longest work is begun first."""
    asked = [(kind, name) for kind in reversed(tuple(MAKERS)) for name in presets]
    if len(presets) == 1:
        yield from (made(*each) for each in asked)
        return
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), get_context("spawn")) as pool:
        waiting = {pool.submit(made, *each): each for each in asked}
        for done, each in enumerate(as_completed(waiting), 1):
            tell(done, len(asked), " of ".join(waiting[each]))
            yield each.result()


def bar(done: int, all: int, what: str) -> None:
    """Draw how far it is on the terminal's last line."""
    full = _BAR * done // all
    end = "\n" if done == all else ""
    print(f"\r[{'#' * full}{'.' * (_BAR - full)}] {done}/{all} {what:<44.44}", end=end, file=sys.stderr, flush=True)


def lines(done: int, all: int, what: str) -> None:
    """Say how far it is where nothing can be drawn over: now and then a line."""
    if done == all or done % max(1, all // 10) == 0:
        print(f"{done}/{all} {what}", file=sys.stderr, flush=True)


def _folder(target: str) -> Path:
    """Return the folder that is written into: a new one, an empty one, or that of a site."""
    if target == "-":
        raise ValueError("-o: got none, expected the folder of the site")
    folder = Path(target)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise ValueError(f"-o: got {target}, expected a folder that is new or empty, or that holds a site")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
