"""One browser tab's side of Streamlit's protocol, without a browser: the messages alone.

A ``Reader`` opens a page by its link, changes widgets by their key, follows the links of the page, and keeps
what a browser keeps: the values of the widgets, the large messages it has seen, the address bar, the cookies.
It draws nothing, so what it times is the server and the way to it.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

XSRF = "_streamlit_xsrf"
BROKEN_OFF = ForwardMsg.FINISHED_EARLY_FOR_RERUN
LARGEST = 60 * 2**20
KEPT_RUNS = 2
"""A large message that so many runs did not use is forgotten (Streamlit: ``global.maxCachedMessageAge``)."""

INTERNAL = "$$STREAMLIT_INTERNAL_KEY_"


class LostError(Exception):
    """The connection was closed or the server did not answer in time."""


@dataclass
class Answer:
    """What one run of the page sent.

    Attributes
    ----------
    seconds : float
        From sending the wish to the message that the run is finished.
    query : str
        What the address bar shows afterwards.
    elements : list
        ``Element`` and ``Block`` messages of the page, in the order in which they came.
    size : int
        Bytes that came over the line.
    """

    seconds: float
    query: str
    elements: list
    size: int

    def of(self, kind: str) -> list:
        """Return the elements of one kind, such as ``"slider"``."""
        return [getattr(one, kind) for one in self.elements if one.WhichOneof("type") == kind]

    @property
    def exceptions(self) -> list[str]:
        """What the page shows of errors that nobody caught."""
        return [f"{one.type}: {one.message}" for one in self.of("exception")]

    @property
    def errors(self) -> list[str]:
        """What the app itself says that it cannot do."""
        return [one.body for one in self.of("alert") if one.format == one.ERROR]

    @property
    def title(self) -> str:
        """The page's title."""
        return next((one.body for one in self.of("heading") if one.tag == "h1"), "")

    def scenes(self) -> dict[str, str]:
        """Return the fingerprint of every scene on the page, by the key of its stage."""
        found = {}
        for one in self.of("bidi_component"):
            if one.bytes.startswith(b'{"id":"'):
                found[key_of(one.id)] = one.bytes[7:23].decode()
        return found


@dataclass
class Reader:
    """A tab. ``address`` is that of the server, such as ``"http://127.0.0.1:8501"``."""

    address: str
    patience: float = 60.0
    cookies: dict[str, str] = field(default_factory=dict)
    session: str = ""
    page: str = ""
    query: str = ""
    path: str = ""
    widgets: dict[str, WidgetState] = field(default_factory=dict)
    known: dict[str, tuple[int, ForwardMsg]] = field(default_factory=dict)
    runs: int = 0
    answer: Answer | None = None
    line: object = None

    async def __aenter__(self) -> Reader:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, path: str = "", query: str = "") -> Answer:
        """Open a link cold: the page's own files, the two questions about the server, then the line."""
        await self.close()
        self.path, self.query, self.page, self.session = path, query, "", ""
        self.widgets, self.known = {}, {}
        await self._greet()
        await self._connect()
        return await self.rerun(page_name=path)

    async def reload(self) -> Answer:
        """Open what stands in the address bar again, as F5 does: a new session, the same link."""
        return await self.open(self.path, self.query)

    async def resume(self) -> Answer:
        """Come back after the line broke, as the browser does by itself: the same session if it is there."""
        await self.close()
        await self._greet(only_health=True)
        await self._connect()
        return await self.rerun()

    async def close(self) -> None:
        """Leave."""
        if self.line is not None:
            await self.line.close()
            self.line = None

    async def change(self, key: str, value: object) -> Answer:
        """Set a widget to a value, as its own state holds it: number, text, bool or list of text."""
        widget = self.find(key)
        self._set(widget, value)
        return await self.rerun()

    async def press(self, key: str) -> Answer:
        """Press a button."""
        return await self.rerun(WidgetState(id=self.find(key).id, trigger_value=True))

    async def tell(self, key: str, event: str, value: object) -> Answer:
        """Let a component report an event, such as the stage the choice of a parameter."""
        told = json.dumps([{"event": event, "value": value}])
        name = f"{INTERNAL}{self.find(key).id}__events"
        return await self.rerun(WidgetState(id=name, json_trigger_value=told))

    async def follow(self, label: str) -> Answer:
        """Click the link to another page of the app, which its toolbar draws."""
        toolbar = next(one for one in self.answer.of("bidi_component") if key_of(one.id) == "toolbar")
        address = next(address for address, title, *_ in json.loads(toolbar.json)["pages"] if title == label)
        self.path, _, self.query = address.removeprefix("./").partition("?")
        self.page = ""
        return await self.rerun(page_name=self.path, keep=False)

    def values(self) -> dict[str, object]:
        """Return what the widgets show, by their key, but for the numbers of the answers."""
        shown = {key_of(name): _value(state) for name, state in self.widgets.items()}
        return {key: value for key, value in shown.items() if not key.startswith("answer.")}

    def find(self, key: str) -> object:
        """Return the widget with a key; KeyError if the page has none."""
        for widget in _widgets(self.answer.elements):
            if key_of(widget.id) == key:
                return widget
        raise KeyError(f"{key}; {self.answer.title}?{self.query} has {sorted(self.values())}")

    async def rerun(self, *triggers: WidgetState, page_name: str = "", keep: bool = True) -> Answer:
        """Ask for a run and wait for its end; ``keep=False`` tells no widgets, as when the page changes."""
        start = time.perf_counter()
        try:
            await self.ask(*triggers, page_name=page_name, keep=keep)
            self.answer = await asyncio.wait_for(self._listen(start), self.patience)
        except (OSError, websockets.ConnectionClosed, TimeoutError) as error:
            raise LostError(f"{type(error).__name__}: {error}") from error
        return self.answer

    async def ask(self, *triggers: WidgetState, page_name: str = "", keep: bool = True) -> None:
        """Ask for a run, as ``rerun`` does, and do not wait."""
        wish = BackMsg()
        state = wish.rerun_script
        state.query_string, state.page_script_hash, state.page_name = self.query, self.page, page_name
        state.widget_states.widgets.extend([*(self.widgets.values() if keep else ()), *triggers])
        state.cached_message_hashes.extend(self.known)
        about = state.context_info
        about.timezone, about.locale, about.color_scheme = "Europe/Berlin", "en", "light"
        about.url = f"{self.address}/{self.path}"
        await self.line.send(wish.SerializeToString())

    async def _listen(self, start: float) -> Answer:
        """Read until the run is finished; an earlier run that was broken off for it does not count."""
        tree, size, started = {}, 0, False
        while True:
            data = await self.line.recv()
            size += len(data)
            message = self._resolved(ForwardMsg.FromString(data))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                tree, started = {}, True
                self.page = message.new_session.page_script_hash
                self.session = message.new_session.initialize.session_id
            elif kind == "navigation":
                self.page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta":
                self._place(tree, message)
            elif kind == "script_finished" and started and message.script_finished != BROKEN_OFF:
                seconds = time.perf_counter() - start
                return self._finished(Answer(seconds, self.query, [*tree.values()], size))

    def _resolved(self, message: ForwardMsg) -> ForwardMsg:
        """Return the message itself, or the one from memory to which it refers."""
        if message.WhichOneof("type") == "ref_hash":
            known = ForwardMsg()
            known.CopyFrom(self.known[message.ref_hash][1])
            self.known[message.ref_hash] = (self.runs, known)
            known.metadata.CopyFrom(message.metadata)
            return known
        if message.metadata.cacheable:
            self.known[message.hash] = (self.runs, message)
        return message

    def _place(self, tree: dict, message: ForwardMsg) -> None:
        """Put an element in its place; what stood there or below it is gone."""
        path = tuple(message.metadata.delta_path)
        new = message.delta.new_element if message.delta.HasField("new_element") else message.delta.add_block
        for other in [other for other in tree if other[: len(path)] == path]:
            del tree[other]
        tree[path] = new

    def _finished(self, answer: Answer) -> Answer:
        """Keep the widgets that are still there and the large messages that were used lately."""
        shown = {}
        for widget, value in _shown(answer.elements):
            moved = getattr(widget, "set_value", False) or widget.DESCRIPTOR.name == "Expandable"
            if widget.id not in self.widgets or moved:
                self._set(widget, value)
            if widget.id in self.widgets:
                shown[widget.id] = self.widgets[widget.id]
        self.widgets, self.runs = shown, self.runs + 1
        self.known = {name: one for name, one in self.known.items() if self.runs - one[0] <= KEPT_RUNS}
        return answer

    def _set(self, widget: object, value: object) -> None:
        state = WidgetState(id=widget.id)
        kind = widget.DESCRIPTOR.name
        if value is None:
            self.widgets.pop(widget.id, None)
            return
        if kind == "ButtonGroup" or (kind == "Slider" and widget.options):
            state.string_array_value.data.extend(value)
        elif kind == "Slider":
            state.double_array_value.data.extend(value if isinstance(value, list) else [value])
        elif kind == "NumberInput":
            state.double_value = value
        elif kind in ("Selectbox", "TextArea", "TextInput"):
            state.string_value = str(value)
        else:
            state.bool_value = value
        self.widgets[widget.id] = state

    async def _greet(self, only_health: bool = False) -> None:
        """Ask what a browser asks before it opens the line; cookies are kept."""
        paths = ["_stcore/health", "_stcore/host-config"]
        for path in paths[:1] if only_health else [self.path, *paths]:
            try:
                await asyncio.to_thread(self._fetch, path)
            except OSError as error:
                raise LostError(f"{type(error).__name__}: {error}") from error

    def _fetch(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self.address}/{path}", headers=self._headers())
        with urllib.request.urlopen(request, timeout=self.patience) as answer:
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
            return answer.read()

    def _headers(self) -> dict[str, str]:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": jar} if jar else {}

    async def _connect(self) -> None:
        token = self.cookies.get(XSRF, "PLACEHOLDER_AUTH_TOKEN")
        names = ["streamlit", token, *([self.session] if self.session else [])]
        host = urllib.parse.urlsplit(self.address).netloc
        try:
            self.line = await connect(
                f"ws://{host}/_stcore/stream",
                subprotocols=names,
                origin=self.address,
                additional_headers=self._headers(),
                max_size=LARGEST,
                compression=None,
                open_timeout=self.patience,
                ping_interval=None,
            )
        except (OSError, TimeoutError, websockets.InvalidHandshake) as error:
            raise LostError(f"{type(error).__name__}: {error}") from error


def key_of(name: str) -> str:
    """Return the key that the app gave to a widget, from its id ``$$ID-<hash>-<key>``."""
    return name.split("-", 2)[-1]


def _value(state: WidgetState) -> object:
    """Return what a state holds."""
    kind = state.WhichOneof("value")
    value = getattr(state, kind)
    if kind == "double_array_value":
        return value.data[0] if len(value.data) == 1 else list(value.data)
    return list(value.data) if kind == "string_array_value" else value


def _optional(widget: object, name: str) -> object:
    return getattr(widget, name) if widget.HasField(name) else None


def _widgets(elements: list) -> Iterator[object]:
    """Give everything that has an id."""
    for one in elements:
        kind = one.WhichOneof("type")
        inner = getattr(one, kind) if kind else None
        if getattr(inner, "id", ""):
            yield inner


def _shown(elements: list) -> Iterator[tuple[object, object]]:
    """Give each widget with the value that it shows as long as nobody moves it."""
    for widget in _widgets(elements):
        kind, given = widget.DESCRIPTOR.name, getattr(widget, "set_value", False)
        if kind == "Slider" and widget.options:
            start = [widget.options[int(place)] for place in widget.default]
            yield widget, list(widget.raw_value) if given else start
        elif kind == "Slider":
            yield widget, list(widget.value if given else widget.default)
        elif kind == "NumberInput":
            start = widget.default if widget.HasField("default") else None
            yield widget, _optional(widget, "value") if given else start
        elif kind == "Selectbox":
            start = widget.options[widget.default] if widget.HasField("default") else None
            yield widget, _optional(widget, "raw_value") if given else start
        elif kind == "ButtonGroup":
            start = [widget.options[place].content for place in widget.default]
            yield widget, list(widget.raw_values) if given else start
        elif kind in ("TextArea", "TextInput"):
            yield widget, widget.value if given else widget.default
        elif kind == "Expandable":
            yield widget, widget.expanded
