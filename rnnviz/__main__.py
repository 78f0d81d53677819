"""Command line: `python -m rnnviz presets`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rnnviz.config import PRESETS


def presets(_: argparse.Namespace) -> int:
    """Print one preset a line, its name first."""
    width = max(map(len, PRESETS))
    for preset in PRESETS.values():
        print(f"{preset.name:<{width}}  {preset.sentence}")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; each command is a function from the parsed arguments to an exit code."""
    root = argparse.ArgumentParser(
        prog="python -m rnnviz", description="Backpropagation through time, explored."
    )
    commands = root.add_subparsers(title="commands", required=True)
    command = commands.add_parser("presets", help="list the named experiments, one a line, the name first")
    command.set_defaults(run=presets)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (by default those of the process) name."""
    options = parser().parse_args(arguments)
    return options.run(options)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a terminal without “” or ₂ gets "?" instead of a traceback
    raise SystemExit(main())
