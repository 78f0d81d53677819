"""What the pages of the site show, made beforehand: by the name of its file, without folder and ending."""

import base64
import zlib
from collections.abc import Callable, Iterator, Mapping

from rnnviz.browser import packed
from rnnviz.experiment.core import Experiment, run
from rnnviz.experiment.training import train_run
from rnnviz.experiment.watch import watch
from rnnviz.export.numpy_script import preamble
from rnnviz.export.site.flow import alike, parts
from rnnviz.notation.ids import PARAMETERS
from rnnviz.scene.build import LONGEST_COMPLETE, build_scene
from rnnviz.scene.training import build_training_scene, played_places
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.teaching.lessons import LESSONS, Setting, lesson, lesson_scene
from rnnviz.teaching.questions import questions
from rnnviz.teaching.quiz import quiz_scene

ROUNDS = 8
"""How many rounds of questions there are of each network that is asked about."""
Made = Iterator[tuple[str, bytes]]


def is_whole(config: RunConfig) -> bool:
    """Return whether one scene holds every parameter."""
    return config.steps <= LONGEST_COMPLETE


def is_taught(name: str) -> bool:
    """Return whether a preset is one of the lecture's networks, which lessons and questions speak of."""
    return name.startswith("lecture")


def lessons_of(name: str) -> list[str]:
    """Return the lessons that are given on a network of the lecture: its own, and those of any network."""
    return [one.id for one in LESSONS.values() if is_taught(name) and one.preset in ("", name)]


def stages(name: str) -> Made:
    """Give the stage of a preset, in detail for every parameter; of a short network an overview of all, too.

    Of a long network what all parameters share is a file, and what each has of its own another one.
    """
    experiment = run(PRESETS[name].config)
    shared = {"preamble": preamble(experiment), "choices": PARAMETERS}
    if is_whole(experiment.config):
        yield f"overview/{name}", packed(build_scene(experiment, detail=False, offline=True))
        yield f"stage/{name}", packed(build_scene(experiment, offline=True) | shared)
        return
    scenes = {one: build_scene(experiment, one, offline=True) | shared for one in PARAMETERS}
    first = scenes[PARAMETERS[0]]
    common = {key: value for key, value in first.items() if all(one[key] == value for one in scenes.values())}
    yield f"stage/{name}", packed(common)
    for parameter, scene in scenes.items():
        yield f"stage/{name}.{parameter}", packed({key: scene[key] for key in scene if key not in common})


def taught(name: str) -> Made:
    """Give the lessons of a preset, as the lecture writes them, and the rounds of questions on it.

    A lesson on another cell has the preset's network with that.
    """
    experiment, listed = run(PRESETS[name].config), [{"id": one.id, "title": one.title} for one in LESSONS.values()]
    scenes: dict[str, tuple[Experiment, dict]] = {}
    for each in lessons_of(name):
        cell = LESSONS[each].cell
        if cell not in scenes:
            written = run(experiment.config.replace(symbols="lecture", cell=cell))
            scenes[cell] = written, build_scene(written, offline=True)
        written, scene = scenes[cell]
        given = lesson_scene(lesson(each, Setting.of(written), experiment.config.parameter)) | {"lessons": listed}
        yield f"lessons/{each}.{name}", packed(scene | {"lesson": given})
    for number in range(ROUNDS if is_taught(name) else 0):
        yield f"questions/{name}.{number}", packed(quiz_scene(questions(experiment, number), number))


def training(name: str) -> Made:
    """Give the player of a training run."""
    experiment = run(PRESETS[name].config)
    config, done = experiment.config, train_run(experiment)
    watched = watch(experiment, done, played_places(done, config), config.sample)
    yield f"training/{name}", packed(build_training_scene(done, watched, experiment.task, config))


def laboratory(name: str) -> Made:
    """Give the parts of Gradient flow."""
    for file, part in parts(name):
        yield file, packed(part)


MAKERS: Mapping[str, Callable[[str], Made]] = {
    "stages": stages,
    "lessons": taught,
    "laboratory": laboratory,
    "training": training,
}


def made(kind: str, name: str) -> dict[str, bytes]:
    """Return the files of one kind of a preset, each a script that hands over what it holds."""
    return dict(_script(file, body) for file, body in MAKERS[kind](name))


def made_once() -> dict[str, bytes]:
    """Return the files of what is the same for every preset."""
    return dict(_script(file, packed(part)) for file, part in alike())


def _script(file: str, body: bytes) -> tuple[str, bytes]:
    return f"scenes/{file}.js", handed_over(file, b"{%b}" % body)


def handed_over(name: str, body: bytes) -> bytes:
    """Return a script that hands over JSON, deflated: a server of plain files sends what there is."""
    packed = base64.b64encode(zlib.compress(body, 9, wbits=-zlib.MAX_WBITS))
    return b'rnnviz.unpack("%b","%b");\n' % (name.encode(), packed)
