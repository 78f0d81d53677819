"""The lines of a cell's backward loop, as they run: without the mistakes, and as the conventions write them."""

import ast
import re
from functools import cache

from rnnviz.experiment.gated_loops import COPIES
from rnnviz.experiment.plain_loop import backward_through_time, loop_code, source_of
from rnnviz.notation.conventions import PARAMETER_NAMES, PLAIN, Conventions
from rnnviz.notation.ids import PARAMETERS
from rnnviz.settings.fields import cell_form

_WEIGHTS = {"W1", "Wh1", "W2", "U_r", "U_z", "U_c"}
_LAID = {"hstack": "vstack", "vstack": "hstack"}


@cache
def loop_lines(conventions: Conventions = PLAIN, cell: str = "plain", reset: str = "before") -> tuple[str, ...]:
    """Return the lines of a cell's loop in the given conventions; the plain cell's own are the function that runs.

    The others are written from them, so that a line keeps its place. Time from 1 keeps the start state as ``H[0]`` and
    the inputs from ``X[1]`` on.
    """
    if conventions == PLAIN and cell == "plain":
        return tuple(loop_code())
    form = cell_form(cell, reset)
    tree: ast.AST = ast.parse("\n".join(source_of(COPIES.get(cell, backward_through_time))))
    for change in (_Right({"after": form == "gru after"}), _Written(conventions)):
        tree = change.visit(tree)
    text = ast.unparse(ast.fix_missing_locations(tree)).replace("_copy(made, ", "_through_time(")
    return tuple(
        re.sub(r"def _|yield \((.*)\)", lambda found: f"yield {found[1]}" if found[1] else "def ", text).splitlines()
    )


def line_of(role: str, cell: str, reset: str) -> int:
    """Return where a line of the loop stands: a parameter's, or that of "start", "dh", "da" or "dh_next"."""
    starts = {"start": r"dh_next(, dc_next)? = \(?np\.zeros", "dh_next": "dh_next = d"}
    start = re.compile(starts.get(role, f"d{role} \\+= " if role in PARAMETERS else f"{role}(, da_h)? = "))
    return next(at for at, line in enumerate(loop_lines(PLAIN, cell, reset)) if start.match(line.lstrip()))


class _Right(ast.NodeTransformer):
    """A copy in which no mistake is made, of one form: what is decided by that is worked out and left out."""

    def __init__(self, known: dict[str, bool]) -> None:
        self.known = known

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Nothing is in ``made``."""
        if "made" in map(_name, node.comparators):
            return ast.Constant(isinstance(node.ops[0], ast.NotIn))
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """What is known of the form."""
        known = self.known.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if known is None else ast.Constant(known)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """All of it is known."""
        values = [each.value for each in self.generic_visit(node).values]  # type: ignore[attr-defined]
        return ast.Constant((all if isinstance(node.op, ast.And) else any)(values))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """``made & …`` is empty, and 1 times something is that."""
        if _name(node.left) == "made":
            return ast.Constant(False)
        node = ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))
        return node.right if isinstance(node.left, ast.Constant) and node.left.value == 1 and _is_times(node) else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """One side, where the test is known."""
        test = self.visit(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """What a mistake alone does."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """A name that stands for what is known goes, as a name for itself does."""
        name = _name(node.targets[0])
        if name in self.known:
            return None
        node.value = self.visit(node.value)
        if isinstance(node.value, ast.Constant):
            self.known[name] = bool(node.value.value)
        return None if isinstance(node.value, ast.Constant) or (name and _name(node.value) == name) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The mean over the batch."""
        if _name(node.func) == "averaged":
            return ast.BinOp(node.args[1], ast.Div(), node.args[2])
        return self.generic_visit(node)


class _Written(ast.NodeTransformer):
    """The loop of rows and of weights (inputs, outputs) as the conventions have both."""

    def __init__(self, conventions: Conventions) -> None:
        self.conventions, names = conventions, (*PARAMETERS, "X", "H", "H_init")
        called = {} if conventions.is_ours else PARAMETER_NAMES[conventions.names]
        self.names = {
            name: name if conventions.is_ours else called.get(name, name.lower()).replace(".", "_") for name in names
        }
        self.names |= {f"d{name}": f"d{self.names[name]}" for name in PARAMETERS}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """By its name; a weight that is kept transposed is turned where it is read."""
        flipped = self.conventions.flips_weights and node.id in _WEIGHTS and isinstance(node.ctx, ast.Load)
        found = ast.Name(self.names.get(node.id, node.id), node.ctx)
        return ast.Attribute(found, "T", ast.Load()) if flipped else found

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """By its name."""
        return ast.arg(self.names.get(node.arg, node.arg))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Turned twice is not turned."""
        return _turned(self.visit(node.value)) if node.attr == "T" else self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A product of columns runs from right to left."""
        node = ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))
        if isinstance(node.op, ast.MatMult) and self.conventions.is_column:
            return ast.BinOp(node.right, node.op, node.left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Where samples and units stand."""
        column, flips, name = self.conventions.is_column, self.conventions.flips_weights, _name(node.func)
        what, first = _name(node.args[0]) if node.args else "", self.names
        if name == "len" and ((column and what == "H_init") or ((column or flips) and what == "Wh1")):
            return ast.parse(f"{first[what]}.shape[1]", mode="eval").body
        if name == "reversed" and self.conventions.first:
            return ast.parse(f"range(len({first['X']}) - 1, 0, -1)", mode="eval").body
        if name == "split" and (column or (flips and what == "Wh1")):
            return ast.parse(
                ast.unparse(node).replace("axis=1", "axis=0").replace("Wh1", first["Wh1"]), mode="eval"
            ).body
        self.generic_visit(node)
        if column and name == "sum":
            node.keywords = [ast.keyword("axis", ast.Constant(1)), ast.keyword("keepdims", ast.Constant(True))]
        return _turned(node, inside=False) if column and name in _LAID else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """The gradient of a weight is laid out as the weight is."""
        weight = _name(node.target)[1:] in _WEIGHTS
        found = self.generic_visit(node)
        if self.conventions.flips_weights and weight:
            node.value = _turned(node.value)
        return found

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Counted from 1 a step before the first is held with the others."""
        found = self.generic_visit(node)
        return node.body if self.conventions.first else found

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """The mean over time stands beside that over the batch."""
        found = self.generic_visit(node)
        if self.conventions.is_mean and _name(node.targets[0]) == "dZ":
            node.value = ast.BinOp(node.value, ast.Div(), ast.Name("losses"))
        return found


def _turned(node: ast.expr, inside: bool = True) -> ast.expr:
    """The transposed of a product, of blocks side by side, or of anything else."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return ast.BinOp(_turned(node.right), node.op, _turned(node.left))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LAID:
        (blocks,) = node.args
        parts = [_turned(each) if inside else each for each in blocks.elts]  # type: ignore[attr-defined]
        laid = ast.Attribute(node.func.value, _LAID[node.func.attr], ast.Load())
        return ast.Call(laid, [ast.List(parts, ast.Load())], [])
    return ast.Attribute(node, "T", ast.Load())


def _name(node: ast.AST) -> str:
    """The name, or of a dotted one its last part."""
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _is_times(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Mult)
