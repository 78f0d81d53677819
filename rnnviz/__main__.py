"""Command line: `rnnviz` starts the app; `rnnviz presets`, `… export KIND …`, `… read FILE`, `… diagnose FILE`."""

import argparse
import io
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rnnviz import __version__
from rnnviz.charts.theme import THEMES
from rnnviz.settings.config import PRESETS
from rnnviz.settings.places import APP

KINDS = {
    "html": "the stage as one page that plays offline in any browser",
    "pytorch": "a script that checks the experiment against autograd; needs torch only",
    "numpy": "a script that checks the experiment against differences; needs NumPy only",
    "notebook": "the same with the equations between the steps, as a Jupyter notebook",
    "scene": "one training step as JSON: every number, and the products of every frame",
    "xlsx": "one training step of a small network as a spreadsheet with live formulas",
    "tikz": "the network, the equation and the matrices of one term, for LaTeX",
    "svg": "a frame of the stage as one drawing, for slides and papers",
    "site": "the app as a static web site, a folder of pages that need no server",
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
    if options.kind == "site":
        from rnnviz.export.site.build import export as build

        return build(options.output, options.preset, options.app)
    from rnnviz.export.command import export as write  # it imports the engine, which `presets` does without

    given = {"theme": options.theme, "frame": options.frame}
    wishes = {name: value for name, value in given.items() if value and options.kind == "svg"}
    return write(options.kind, options.preset[-1] if options.preset else "", options.set, options.output, **wishes)


def read(options: argparse.Namespace) -> int:
    """Print what a file of data is understood to mean, as JSON; 1 if nothing can be learned from it."""
    import json

    from rnnviz.tasks.reading.proposal import of_path

    record = of_path(Path(options.file)).record()
    print(json.dumps(record, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=1, allow_nan=False))
    return 0 if record["problem"] is None else 1


def diagnose(options: argparse.Namespace) -> int:
    """Say whether the gradient in a file is right, and what is wrong; 0 if right, 1 if not, 2 if it cannot be said."""
    import rnnviz  # it loads NumPy, which `presets` does without

    try:
        came = rnnviz.load(options.file)
        found = rnnviz.diagnose(*came.problem, came.gradients, came.H_init, came.mask, came.C_init)
    except ValueError as error:
        print(f"diagnose: {error}", file=sys.stderr)
        return 2
    print(f"{found.verdict}{': ' + ', '.join(found.mistakes) if found.mistakes else ''}\n{found.sentence}")
    print("\n".join([*(f"{name:<4} {error:.3g}" for name, error in found.errors.items()), *came.notes]))
    return 0 if found.verdict == "right" else 1


def parser() -> argparse.ArgumentParser:
    """The command line; each command is a function from the parsed arguments to an exit code."""
    root = argparse.ArgumentParser(
        prog="rnnviz",
        description="Backpropagation through time, explored.",
        epilog="Without a command it starts the app; options such as --server.port 8600 are Streamlit's.",
    )
    root.add_argument("--version", action="version", version=f"rnnviz {__version__}")
    commands = root.add_subparsers(title="commands", required=True)
    command = commands.add_parser("presets", help="list the named experiments, one a line, the name first")
    command.set_defaults(run=presets)
    _add_export(commands)
    command = commands.add_parser("read", help="say how a file of data would be read, as JSON; nothing is trained")
    command.add_argument("file", metavar="FILE")
    command.set_defaults(run=read)
    command = commands.add_parser(
        "diagnose",
        help="say whether a gradient of your own is right, and which known mistake it has if not",
        description="The file, .npz or .safetensors, holds a network, X, Y, and its gradient as grad. and each name. "
        "Printed: the verdict, the sentence, the relative error of each parameter, what was done to what came.",
    )
    command.add_argument("file", metavar="FILE")
    command.set_defaults(run=diagnose)
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
    words = "see `python -m rnnviz presets`; a site has all of them, or those named with one --preset each"
    command.add_argument("--preset", action="append", default=[], metavar="NAME", help=words)
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="a setting as it stands in the app's link; may be repeated",
    )
    command.add_argument("-o", "--output", default="-", metavar="FILE", help="- (the default) prints it")
    command.add_argument("--theme", choices=THEMES, default="", help="svg: on a light page (the default) or a dark one")
    command.add_argument("--frame", default="", metavar="ID", help="svg: such as term-2-1; else the farthest term")
    words = "site: where an app answers that its links open; else they say how to start one"
    command.add_argument("--app", default="", metavar="ADDRESS", help=words)
    command.set_defaults(run=export)


def start(options: Sequence[str]) -> int:
    """Start the app with Streamlit's options, as `python -m streamlit run` does."""
    sys.argv = ["streamlit", "run", str(APP / "app.py"), *options]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (by default those of the process) name; start the app if they name none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        return start(given)
    options = parser().parse_args(given)
    return int(options.run(options))


def command() -> NoReturn:
    """Run the command of the process."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without “” or ₂ gets "?", no traceback
    raise SystemExit(main())


if __name__ == "__main__":
    command()
