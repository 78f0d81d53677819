"""Prose as data: each file of ``rnnviz/content`` is read once and held to the type that it has to have."""

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

FOLDER = Path(__file__).parents[1] / "content"
Kind = TypeVar("Kind")
_END = re.compile(r"(?<=[.!?]) +(?=[A-ZΣβ*])|  \n")
"""Where a sentence ends and another one begins."""


@cache
def read(name: str, kind: type[Kind]) -> Kind:
    """Return what ``content/<name>.toml`` holds; ValueError names file, entry and field.

    `kind` is that of the whole file, made of ``Mapping[str, …]``, ``tuple[…, ...]``, dataclasses, text and
    numbers. The first field of a dataclass is the key under which its table stands.
    """
    path = FOLDER / f"{name}.toml"
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from None
    return held(found, kind, path.name)


def groups(name: str, kind: type[Kind]) -> dict[str, tuple[Kind, ...]]:
    """Return the entries of ``content/<name>.toml``, which are of one kind, by the title of their group."""
    found = read(name, Mapping[str, Mapping[str, Any]])
    where = f"{name}.toml"
    return {
        title: tuple(held(each, kind, f"{where}, {title}, {key}", key) for key, each in entries.items())
        for title, entries in found.items()
    }


def first_sentence(text: str) -> tuple[str, str]:
    """Return the first of some sentences in Markdown as a title, and the others."""
    first, _, rest = _END.sub("\n", text, count=1).partition("\n")
    return first.replace("**", ""), rest


def help_of(part: str) -> Mapping[str, str]:
    """Return what stands behind the question marks of a part of a page."""
    return read("help", Mapping[str, Mapping[str, str]])[part]


def held(value: object, kind: Any, where: str, key: str = "") -> Any:
    """Return a value of TOML as the kind that it has to be, frozen; ``where`` and ``key`` say which it is."""
    outer, inner = get_origin(kind) or kind, get_args(kind)
    if outer is Mapping and isinstance(value, dict):
        return MappingProxyType({k: held(each, inner[1], f"{where}, {k}", k) for k, each in value.items()})
    if outer is tuple and isinstance(value, list):
        return tuple(held(each, inner[0], f"{where}, number {n}") for n, each in enumerate(value, 1))
    if isinstance(outer, type) and dataclasses.is_dataclass(outer) and isinstance(value, dict):
        return _built(value, outer, where, key)
    if outer not in (Mapping, object, Any) and (type(value) is not outer or not str(value).strip()):
        raise ValueError(f"{where}: got {value!r}, expected {getattr(kind, '__name__', kind)} that is not empty")
    return value


def _built(value: dict, kind: type, where: str, key: str) -> Any:
    hints, (_, *fields) = get_type_hints(kind), dataclasses.fields(kind)
    known = {field.name: field.default is field.default_factory is dataclasses.MISSING for field in fields}
    if unknown := value.keys() - known:
        raise ValueError(f"{where}: got a field {min(unknown)}, expected one of {', '.join(known)}")
    if missing := [name for name, needed in known.items() if needed and name not in value]:
        raise ValueError(f"{where}: got no field {missing[0]}, expected {', '.join(missing)}")
    return kind(key, **{name: held(each, hints[name], f"{where}, {name}") for name, each in value.items()})
