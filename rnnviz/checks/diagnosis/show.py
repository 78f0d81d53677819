"""A reader's own network and gradient on the page of the gradient check: brought as a file, judged, told."""

from collections.abc import Mapping
from hashlib import sha256

from rnnviz.checks.diagnosis.diagnose import Diagnosis, diagnose
from rnnviz.notation import prose
from rnnviz.notation.numbers import four
from rnnviz.settings.edits import unmarked
from rnnviz.settings.fields import LABELS
from rnnviz.tasks.networks import archive
from rnnviz.tasks.networks.brought import of_entries
from rnnviz.ui import state
from rnnviz.ui.cache import cached
from rnnviz.ui.choose import choice, file_uploader
from rnnviz.ui.show import code, lazy_fold, note, say, table

HELP = prose.help_of("diagnosis")
SAVING = prose.read("saving", Mapping[str, Mapping[str, str]])


def own_gradient() -> None:
    """Draw the closed fold in which a reader brings a network with its gradient, and say what is wrong with it."""
    place = lazy_fold("Your own network and gradient", "diagnosis")
    if not place.open:
        return
    with place:
        brought = file_uploader("File", "diagnosis.file", ("npz", "safetensors"), state.touched, HELP["file"])
        if brought is not None:
            content = brought.getvalue()
            _told(*_judged(brought.name, sha256(content).hexdigest(), content))
        library = choice("How to save one", list(SAVING), key="diagnosis.library", help=HELP["saving"])
        note(SAVING[library]["before"])
        code(SAVING[library]["code"].strip(), language="python")


def _told(found: Diagnosis | None, notes: tuple[str, ...]) -> None:
    """Say the verdict; without one the notes say why there is none."""
    if found is not None:
        names = f": {', '.join(found.mistakes)}" if found.mistakes else ""
        say(f"**{found.verdict.capitalize()}{names}.** {found.sentence}")
        errors = {LABELS[name]: four(error) for name, error in found.errors.items()}
        table({"gradient": [*errors], "relative error": [*errors.values()]}, key="diagnosis.errors")
    note(unmarked(" ".join(notes)))


@cached
def _judged(name: str, fingerprint: str, _content: bytes) -> tuple[Diagnosis | None, tuple[str, ...]]:
    try:
        came = of_entries(archive.of_bytes(name, _content))
        if came.gradients is None:
            return None, (
                "grad.Wh1: got no gradient, expected arrays named grad. and the name of a parameter",
                *came.notes,
            )
        return diagnose(*came.problem, came.gradients, came.H_init, came.mask, came.C_init), came.notes
    except ValueError as error:
        return None, (str(error),)
