"""Command line: `python -m rnnviz presets`, `… export KIND --preset NAME -o FILE`, `… read FILE`."""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from rnnviz.settings.config import PRESETS

KINDS = {
    "html": "the stage as one page that plays offline in any browser",
    "pytorch": "a script that checks the experiment against autograd; needs torch only",
    "numpy": "a script that checks the experiment against differences; needs NumPy only",
    "notebook": "the same with the equations between the steps, as a Jupyter notebook",
    "scene": "one training step as JSON: every number, and the products of every frame",
    "xlsx": "one training step of a small network as a spreadsheet with live formulas",
    "tikz": "the network, the equation and the matrices of one term, for LaTeX",
    "session": "a file from which the app goes on; settings, start values and data",
}


def presets(_: argparse.Namespace) -> int:
    """Print one preset a line, its name first."""
    width = max(map(len, PRESETS))
    for preset in PRESETS.values():
        print(f"{preset.name:<{width}}  {preset.sentence}")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write an experiment to a file; 2 and one line on stderr if that is not possible."""
    from rnnviz.export.command import export as write  # it imports the engine, which `presets` does without

    return write(options.kind, options.preset, options.set, options.output)


def read(options: argparse.Namespace) -> int:
    """Print what a file of data is understood to mean, as JSON; 1 if nothing can be learned from it."""
    import json

    from rnnviz.tasks.reading.proposal import of_path

    record = of_path(Path(options.file)).record()
    print(json.dumps(record, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=1, allow_nan=False))
    return 0 if record["problem"] is None else 1


def parser() -> argparse.ArgumentParser:
    """The command line; each command is a function from the parsed arguments to an exit code."""
    root = argparse.ArgumentParser(prog="python -m rnnviz", description="Backpropagation through time, explored.")
    commands = root.add_subparsers(title="commands", required=True)
    command = commands.add_parser("presets", help="list the named experiments, one a line, the name first")
    command.set_defaults(run=presets)
    _add_export(commands)
    command = commands.add_parser("read", help="say how a file of data would be read, as JSON; nothing is trained")
    command.add_argument("file", metavar="FILE")
    command.set_defaults(run=read)
    return root


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    kinds = "\n".join(f"  {kind:<9} {words}" for kind, words in KINDS.items())
    command = commands.add_parser(
        "export",
        help="write an experiment as a page, a script, a notebook or a session file",
        description=f"Write an experiment to a file that can be taken along.\n\nkinds:\n{kinds}",
        epilog="example: python -m rnnviz export html --preset echo --set steps=5 --set lag=2 -o echo.html",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("kind", choices=KINDS, help="what to write")
    command.add_argument("--preset", required=True, metavar="NAME", help="see `python -m rnnviz presets`")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="a setting as it stands in the app's link; may be repeated",
    )
    command.add_argument("-o", "--output", default="-", metavar="FILE", help="- (the default) prints it")
    command.set_defaults(run=export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (by default those of the process) name."""
    options = parser().parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without “” or ₂ gets "?", no traceback
    raise SystemExit(main())
