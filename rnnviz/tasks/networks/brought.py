"""A file with a network, a batch and perhaps a gradient, as the engine takes them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np

from rnnviz.engine import LOSSES, Architecture, Parameters, forward
from rnnviz.engine.validation import checked_initial_states, checked_inputs, checked_mask, checked_targets
from rnnviz.engine.values import checked_name
from rnnviz.settings.fields import OWN_NETWORK
from rnnviz.tasks.networks import archive
from rnnviz.tasks.networks.names import CELLS, Weights, is_of_network, understood
from rnnviz.tasks.task import OUTPUT_PAIRS

_TEXTS = ("cell", "activation", "output", "loss", "mode", "layout")
_DATA = ("X", "Y", "H_init", "C_init", "mask")
_UPSTREAM = "dH"
_BY_STEP = ("A", "H")
_GRADIENT = "grad."
MOST_STATES = 2**21
"""So many states and outputs has a pass over what is brought; a small file could ask for many more."""
_LOSS_OF = dict(reversed(OUTPUT_PAIRS.values()))
"""The loss that usually goes with an output."""
_OUTPUT_OF = {loss: output for output, loss in _LOSS_OF.items()}


@dataclass(frozen=True, eq=False)
class Brought:
    """What a file holds.

    Attributes
    ----------
    architecture : Architecture
    parameters : Parameters
    X : (T, m, n0) array
    Y : (T, m, n2) array, or (m, n2) in sequence_to_vector
    gradients : Parameters or None
        The gradient to be checked, None for what did not come.
    H_init, C_init : (m, n1) array or None
    mask : (T, m) array or None
        Factors of each sample's loss at each step; (m,) in sequence_to_vector.
    by_step : dict
        Gradients by step to be checked: "A" (T, m, g n1), ∂L/∂A_t, and "H" (T, m, n1), ∂L/∂H_t of all later losses.
    notes : tuple of str
        What was done to what came, each a sentence with shapes.
    source : str
        The name of the file, "" for what was pasted.
    known : str
        The name of a network whose numbers somebody has printed, "" for a reader's own.
    """

    architecture: Architecture
    parameters: Parameters
    X: np.ndarray
    Y: np.ndarray
    gradients: Parameters | None = None
    H_init: np.ndarray | None = None
    C_init: np.ndarray | None = None
    mask: np.ndarray | None = None
    by_step: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source: str = ""
    known: str = ""

    @property
    def task(self) -> str:
        """The task that is made of it."""
        return OWN_NETWORK

    @property
    def title(self) -> str:
        """What it is called where it came in no file."""
        return self.source or "pasted network"

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All that came as numbers, by the names of this house; a gradient as in a file."""
        found = {name: value for name in _DATA if (value := getattr(self, name)) is not None}
        given = {} if self.gradients is None else self.gradients._asdict()
        given = {name: value for name, value in given.items() if value is not None} | {**self.by_step}
        return self.parameters._asdict() | found | {_GRADIENT + name: value for name, value in given.items()}

    @property
    def texts(self) -> dict[str, str]:
        """What a file says beside its arrays, so that it is understood as this was."""
        of = self.architecture
        given = of.cell, of.hidden_activation, of.output_activation, of.loss, of.mode, "time_first"
        return dict(zip(_TEXTS, given, strict=True))

    @property
    def held_bytes(self) -> int:
        """How much memory its numbers take."""
        return sum(array.nbytes for array in self.arrays.values())

    def fingerprint(self) -> str:
        """Return 32 hexadecimal digits that tell it from all others; those of a known one say its name alone."""
        if self.known:
            return hashlib.sha256(f"known network {self.known}".encode()).hexdigest()[:32]
        found = hashlib.sha256(repr((self.texts, self.notes, self.source)).encode())
        for name, array in self.arrays.items():
            found.update(repr((name, array.shape)).encode() + np.ascontiguousarray(array).tobytes())
        return found.hexdigest()[:32]

    @property
    def problem(self) -> tuple[Architecture, Parameters, np.ndarray, np.ndarray]:
        """What the functions of the engine begin with."""
        return self.architecture, self.parameters, self.X, self.Y


def load(path: str | Path) -> Brought:
    """Read a network of one's own, with its batch, from a .npz or .safetensors file.

    Arrays are named as here (W1 Wh1 b1 W2 b2), as PyTorch names them (weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0
    and a linear layer's weight and bias, with whatever before them) or as Keras does (kernel recurrent_kernel bias and
    a dense layer's kernel and bias); beside them X and Y, perhaps H_init, C_init, mask, and gradients under "grad."
    and the array's name. Texts may say cell, activation, output, loss, mode and layout ("time_first", "batch_first").
    With dH, ∂L/∂H as some other loss has sent it, in the place of Y no output is needed; grad.A and grad.H, ∂L/∂A_t and
    ∂L/∂H_t, are gradients by step.

    Parameters
    ----------
    path : str or Path
        A file of at most 12 MB that unpacks to no more; nothing in it is run.

    Returns
    -------
    Brought

    Raises
    ------
    ValueError
        It names the entry, what came and what was expected.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from rnnviz import load
    >>> arrays = {"rnn.weight_ih_l0": np.ones((4, 3)), "rnn.weight_hh_l0": np.eye(4), "fc.weight": np.ones((2, 4))}
    >>> with tempfile.NamedTemporaryFile(suffix=".npz") as file:
    ...     np.savez(file.name, **arrays, X=np.ones((5, 1, 3)), Y=np.ones((5, 1, 2)))
    ...     came = load(file.name)
    >>> came.parameters.W1.shape, came.architecture.loss
    ((3, 4), 'squared_error')
    >>> came.notes[0]
    'rnn.weight_ih_l0 came as (4, 3) and was turned: W1 is (3, 4).'
    """
    return of_entries(archive.of_path(path), Path(path).name)


def of_entries(entries: archive.Entries, source: str = "", said: Sequence[str] | None = None) -> Brought:
    """`load` of what a file of this name holds; of what was once understood with the notes `said` then."""
    texts = {name: value for name, value in entries.items() if isinstance(value, str)}
    arrays = {name: value for name, value in entries.items() if isinstance(value, np.ndarray)}
    for name in texts:
        if name in (*_DATA, _UPSTREAM) or is_of_network(name.removeprefix(_GRADIENT)):
            _wrong(name, "a text", "an array")
    for name in arrays.keys() & {*_TEXTS}:
        _wrong(name, f"an array of shape {arrays[name].shape}", "a text")
    data = {name: arrays.pop(name) for name in (*_DATA, _UPSTREAM) if name in arrays}
    given = {name.removeprefix(_GRADIENT): arrays.pop(name) for name in [*arrays] if name.startswith(_GRADIENT)}
    by_step = {name: given.pop(name) for name in _BY_STEP if name in given}
    weights = understood(arrays)
    upstream = data.pop(_UPSTREAM, None)
    if upstream is not None:
        texts = texts | _read_as_it_is(weights, data, upstream)
    notes = [*weights.notes, *_left_out(weights.rest, texts)]
    parameters, made_up = _parameters(weights)
    layout = checked_name("layout", texts.get("layout", "time_first"), ("time_first", "batch_first"))
    data, classes = _written_out(data, parameters.W2.shape[1], layout == "batch_first")
    data, turned = _time_first(data, layout)
    data, last = _last_of_mask(data)
    architecture, assumed = _architecture(weights, parameters, data, texts)
    _check(architecture, weights, parameters, data)
    if upstream is not None:
        data["Y"], of_loss = _targets_of(architecture, parameters, data)
        assumed = [*assumed, of_loss]
    gradients, of_gradient = _gradients(given, weights.style, architecture)
    by_step, of_steps = _by_step(by_step, architecture, data["X"], layout)
    H_init, C_init, mask = (data.get(name) for name in ("H_init", "C_init", "mask"))
    notes = [*notes, *made_up, *classes, *turned, *assumed, *last, *of_gradient, *of_steps] if said is None else [*said]
    return Brought(
        architecture, parameters, data["X"], data["Y"], gradients, H_init, C_init, mask,
        by_step=by_step, notes=tuple(notes), source=source[:80],
    )  # fmt: skip


def _left_out(rest: tuple[str, ...], texts: Mapping[str, str]) -> list[str]:
    names = [*rest, *(name for name in texts if name not in _TEXTS)]
    return [f"{name[:60]} was left out: a network has nothing of that name." for name in names]


def _wrong(name: str, came: object, expected: str) -> NoReturn:
    raise ValueError(f"{name}: got {came}, expected {expected}")


Data = dict[str, np.ndarray]


def _read_as_it_is(weights: Weights, data: Data, upstream: np.ndarray) -> dict[str, str]:
    """Read the state as the output, where ∂L/∂H is given instead of a loss; Y holds it until the pass is done."""
    if "Y" in data:
        _wrong(_UPSTREAM, "a gradient of H beside Y", "one of both")
    n1 = len(weights.arrays["Wh1"]) if "Wh1" in weights.arrays else 0
    if upstream.ndim not in (2, 3) or upstream.shape[-1] != n1:
        _wrong(_UPSTREAM, f"shape {upstream.shape}", f"(T, m, {n1}), or (m, {n1}) for the last step alone")
    weights.arrays.update(W2=np.eye(n1), b2=np.zeros(n1))
    data["Y"] = upstream
    return {"output": "identity", "loss": "squared_error"}


def _targets_of(architecture: Architecture, parameters: Parameters, data: Data) -> tuple[np.ndarray, str]:
    """The targets with which half the squared error has the gradient of the state that is given."""
    H = forward(architecture, parameters, data["X"], data.get("H_init"), data.get("C_init")).H
    given, (_, m, _) = data["Y"], data["X"].shape
    note = (
        f"{_UPSTREAM}, {given.shape}, is ∂L/∂H of a loss that is not here. The state itself is read, W2 = 1, and Y is "
        f"put where half the squared error has this gradient{f', times {m} samples' if m > 1 else ''}."
    )
    return (H if given.ndim == 3 else H[-1]) - m * given, note


def _written_out(data: Data, n2: int, batch_first: bool) -> tuple[Data, list[str]]:
    """Targets that are numbers of classes, (T, m) or (m,), as rows with a single 1."""
    if not {"X", "Y"} <= data.keys() or data["X"].ndim != 3:
        return data, []
    Y, sizes = data["Y"], data["X"].shape[:2]
    m = sizes[0 if batch_first else 1]
    mask = data.get("mask")
    padding = mask == 0 if mask is not None and mask.shape == Y.shape else np.zeros(Y.shape, dtype=bool)
    if Y.shape not in (sizes, (m,)) or Y.shape == (m, n2) or not (np.isin(Y, np.arange(n2)) | padding).all():
        return data, []
    if Y.size * n2 > MOST_STATES:
        _wrong("Y", f"{Y.size:,} classes of {n2:,}", f"at most {MOST_STATES:,} numbers when they are written out")
    rows = (Y[..., None] == np.arange(n2)).astype(np.float64)
    return data | {"Y": rows}, [f"Y came as numbers of classes, {Y.shape}, and was written out: it is {rows.shape}."]


def _last_of_mask(data: Data) -> tuple[Data, list[str]]:
    """Where the last step alone has a loss, the last row alone of a mask counts."""
    if data["Y"].ndim == 3 or data.get("mask", np.zeros(0)).shape != data["X"].shape[:2]:
        return data, []
    mask = data["mask"][-1]
    return data | {"mask": mask}, [f"mask came for every step; the last one alone has a loss: it is {mask.shape}."]


def _time_first(data: dict[str, np.ndarray], layout: str) -> tuple[dict[str, np.ndarray], list[str]]:
    """The data with the steps before the samples, and what was turned; X and Y have to be there."""
    for name, sizes in (("X", "(T, m, n0)"), ("Y", "(T, m, n2), or (m, n2) for the last step alone")):
        if name not in data:
            _wrong(name, "nothing", f"an array {sizes}")
        if data[name].ndim not in ((3,) if name == "X" else (2, 3)) or 0 in data[name].shape:
            _wrong(name, f"shape {data[name].shape}", sizes)
    found, notes = dict(data), []
    for name in ("X", "Y", "mask"):
        if layout == "batch_first" and name in data and data[name].ndim == (2 if name == "mask" else 3):
            found[name] = np.ascontiguousarray(data[name].swapaxes(0, 1))
            came, now = data[name].shape, found[name].shape
            notes.append(f"{name} came batch first, {came}, and was turned: it is {now}.")
    for name in ("H_init", "C_init"):
        if name in data and data[name].ndim == 3 and len(data[name]) == 1:
            found[name] = data[name][0]
            notes.append(f"{name} came as {data[name].shape}, of one layer: it is {found[name].shape}.")
    return found, notes


def _parameters(weights: Weights) -> tuple[Parameters, list[str]]:
    """All five arrays; a layer without a bias has zeros for it."""
    arrays, notes = dict(weights.arrays), []
    for name, what in (("W1", "the input"), ("Wh1", "the state"), ("W2", "the outputs")):
        if name not in arrays:
            _wrong(name, "nothing", f"the matrix of {what}")
    for name, matrix in (("b1", "W1"), ("b2", "W2")):
        if name not in arrays:
            blocks = 4 / 3 if (name, weights.style, weights.cell) == ("b1", "PyTorch", "gru") else 1  # d_c is apart
            arrays[name] = np.zeros(round(blocks * arrays[matrix].shape[1]))
            notes.append(f"There is no {name}: it is zeros, {arrays[name].shape}.")
    return Parameters(**arrays), notes


def _architecture(
    weights: Weights, parameters: Parameters, data: Mapping[str, np.ndarray], texts: Mapping[str, str]
) -> tuple[Architecture, list[str]]:
    """What network it is, and in words what nothing in the file said."""
    cell = checked_name("cell", texts.get("cell", weights.cell), tuple(CELLS.values()))
    if cell != weights.cell:
        _wrong("cell", repr(cell), f"{weights.cell!r}, which the shape of {weights.names.get('Wh1')} says")
    vector = data["Y"].ndim == 2
    mode = texts.get("mode", "sequence_to_vector" if vector else "sequence_to_sequence")
    output, loss, notes = _loss(texts, _rows_with_a_loss(data))
    if "activation" not in texts and cell == "plain":
        notes.append("No activation was named: tanh is taken.")
    activation = checked_name("activation", texts.get("activation", "tanh"), ("tanh", "relu", "sigmoid", "identity"))
    sizes = len(parameters.W1), len(parameters.Wh1), parameters.W2.shape[1]
    reset, said = _reset(parameters) if cell == "gru" else ("before", [])
    return Architecture(*sizes, activation, output, loss, mode, cell, reset), notes + said


def _reset(parameters: Parameters) -> tuple[str, list[str]]:
    """Where a GRU's reset gate acts: with a bias of its own for H U_c it stands after the product."""
    reset = "after" if len(parameters.b1) == 4 * len(parameters.Wh1) else "before"
    return reset, [f"The reset gate acts {reset} the product with U_c."]


def _rows_with_a_loss(data: Mapping[str, np.ndarray]) -> np.ndarray:
    """The targets without those that a mask takes out; all of them where it takes out every one."""
    Y, mask = data["Y"], data.get("mask")
    return Y if mask is None or mask.shape != Y.shape[:-1] or not mask.any() else Y[mask != 0]


def _loss(texts: Mapping[str, str], Y: np.ndarray) -> tuple[str, str, list[str]]:
    """Output activation and loss: as named, one from the other, or from the targets."""
    output, loss, notes = texts.get("output"), texts.get("loss"), []
    if loss is not None:
        checked_name("loss", loss, LOSSES)
    if output is not None:
        checked_name("output", output, tuple(_LOSS_OF))
    if output is None and loss is None:
        classes = Y.shape[-1] > 1 and (Y >= 0).all() and np.allclose(Y.sum(axis=-1), 1, rtol=0, atol=1e-6)
        output = "softmax" if classes else "identity"
        why = "the rows of Y are distributions" if classes else "the rows of Y are no distributions"
        notes = [f"No output and no loss were named: {output} with {_LOSS_OF[output]} is taken, as {why}."]
    return output or _OUTPUT_OF[loss or ""], loss or _LOSS_OF[output or ""], notes


def _check(
    architecture: Architecture, weights: Weights, parameters: Parameters, data: Mapping[str, np.ndarray]
) -> None:
    """Every shape, under the names of the file; the engine says the rest."""
    for name, array, shape in zip(Parameters._fields, parameters, architecture.shapes, strict=True):
        if array.shape != shape:
            _wrong(weights.names.get(name, name), f"{name} with shape {array.shape}", f"{shape}")
    T, m, _ = checked_inputs(architecture, data["X"]).shape
    if T * m * (architecture.n_hidden + architecture.n_outputs) > MOST_STATES:
        _wrong("X", f"{T * m:,} steps of {architecture.n_hidden:,} units", f"at most {MOST_STATES:,} numbers in a pass")
    checked_initial_states(architecture, data.get("H_init"), data.get("C_init"), m)
    checked_targets(architecture, data["Y"], T, m, checked_mask(architecture, data.get("mask"), T, m))


def _gradients(
    given: Mapping[str, np.ndarray], style: str, architecture: Architecture
) -> tuple[Parameters | None, list[str]]:
    if not given:
        return None, []
    try:
        found = understood(given, gradient=True)
    except ValueError as error:
        raise ValueError(f"{_GRADIENT}{error}") from None
    if found.style != style:
        _wrong(
            _GRADIENT + next(iter(found.names.values())), f"a name of {found.style}", f"one of {style}, as the weights"
        )
    for name, shape in zip(Parameters._fields, architecture.shapes, strict=True):
        if name in found.arrays and found.arrays[name].shape != shape:
            _wrong(f"{_GRADIENT}{found.names[name]}", f"{name} with shape {found.arrays[name].shape}", f"{shape}")
    notes = [f"{_GRADIENT}{note}" for note in [*found.notes, *_left_out(found.rest, {})]]
    return Parameters(*(found.arrays.get(name) for name in Parameters._fields)), notes  # type: ignore[arg-type]


def _by_step(came: Data, architecture: Architecture, X: np.ndarray, layout: str) -> tuple[Data, list[str]]:
    """Gradients by step with the steps before the samples."""
    found, notes = dict[str, np.ndarray](), list[str]()
    for name, array in came.items():
        width = (len(architecture.layer.blocks) if name == "A" else 1) * architecture.n_hidden
        turned = layout == "batch_first" and array.ndim == 3
        found[name] = np.ascontiguousarray(array.swapaxes(0, 1)) if turned else array
        if found[name].shape != (*X.shape[:2], width):
            _wrong(_GRADIENT + name, f"shape {array.shape}", f"{(*X.shape[:2], width)} for the steps and samples of X")
        if turned:
            notes.append(
                f"{_GRADIENT}{name} came batch first, {array.shape}, and was turned: it is {found[name].shape}."
            )
    return found, notes
