"""Fast hands: a change that leaves before the last one's answer has come takes nothing back."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from time import monotonic
from urllib.parse import parse_qs, parse_qsl

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.reader import INTERNAL, Reader, _shown, _widgets, key_of
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.settings.edits import read, with_edit

CHAIN, LINK = "Chain_rule", "preset=echo&steps=5&hidden=7"
SESSIONS = int(os.environ.get("RNNVIZ_HANDS", "0"))
"""Random sessions, when asked for: of 200 some four end with a wish taken for an answer on its way."""

TITLES = {PRESETS[name].title: name for name in ("adding", "echo", "vanishing", "exploding")}


def ran(coroutine):
    """Return what a coroutine gives; the browser tests keep a loop running in this thread."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, coroutine).result()


class Hands(Reader):
    """A reader who goes on before the answer: each message is taken in when it comes, as a browser does."""

    async def open(self, path="", query=""):
        self.there, self.new, self.coming = {}, {}, []
        await super().open(path, query)
        self.there = {key_of(one.id): one for one in _widgets(self.answer.elements)}
        self.fold = self.there["words"]

    async def look(self, seconds: float) -> None:
        """Take in what comes meanwhile, after what has come before."""
        self.see(1)
        await self._wait(seconds)
        self.see(1)

    async def answered(self, seconds: float) -> None:
        """Wait until the server has taken the last change over, and a little more; see nothing of it yet."""
        begun = False
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self.line.recv(), 30))
            self.coming.append(message)
            kind = message.WhichOneof("type")
            begun = begun or kind == "new_session"
            if begun and kind == "delta":
                return await self._wait(seconds)

    async def _wait(self, seconds: float) -> None:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            with suppress(TimeoutError):
                self.coming.append(ForwardMsg.FromString(await asyncio.wait_for(self.line.recv(), left)))

    async def heard(self, kind: str) -> None:
        """Wait until a message of a kind has come that was not there before; of no kind: do not wait."""
        while kind and not any(one.WhichOneof("type") == kind for one in self.coming):
            await self._receive()

    async def calm(self, opened: bool) -> None:
        """Open or close a fold, which the link then says, and take in all until the end of that answer."""
        self._set(self.fold, opened)
        await self.ask()
        self.see(1)
        here = False
        while not here or self.coming[-1].WhichOneof("type") != "script_finished":
            await self._receive()
            last = self.coming[-1]
            if last.WhichOneof("type") == "page_info_changed":
                here = ("words:1" in parse_qs(last.page_info_changed.query_string).get("see", [""])[0]) == opened
        self.see(1)

    async def say(self, key: str, event: str, value: str) -> None:
        """Let a component report an event and do not wait."""
        told = json.dumps([{"event": event, "value": value}])
        await self.ask(WidgetState(id=f"{INTERNAL}{self.there[key].id}__events", json_trigger_value=told))

    async def _receive(self) -> None:
        self.coming.append(ForwardMsg.FromString(await asyncio.wait_for(self.line.recv(), 30)))

    def see(self, part: float) -> None:
        """Take in the first part of what has come."""
        count = round(part * len(self.coming))
        for message in self.coming[:count]:
            self._take(message)
        del self.coming[:count]

    def _take(self, message) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.page, self.new = message.new_session.page_script_hash, {}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            element = getattr(message.delta, message.delta.WhichOneof("type"))
            self.new |= {key_of(one.id): one for one in _widgets([element])}
            self.there |= self.new
            for widget, value in _shown([element]):
                if widget.id not in self.widgets or getattr(widget, "set_value", False):
                    self._set(widget, value)
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.there = self.new
            ids = {one.id for one in self.there.values()}
            self.widgets = {name: one for name, one in self.widgets.items() if name in ids}

    async def turn(self, key: str, value: object) -> None:
        """Change a widget and do not wait."""
        self._set(self.there[key], value)
        await self.ask()

    async def push(self, key: str) -> None:
        """Press a button and do not wait."""
        await self.ask(WidgetState(id=self.there[key].id, trigger_value=True))

    @property
    def config(self) -> RunConfig:
        """What the address bar says."""
        return RunConfig.from_query(dict(parse_qsl(self.query)))[0]


async def _unseen(address, *acts):
    """Do one thing after the other, each when the server has answered and nothing of it has come."""
    async with Hands(address) as hands:
        await hands.open(CHAIN, LINK)
        for key, value in acts:
            await (hands.push(key) if value is None else hands.turn(key, value))
            await hands.answered(0.3)
        await hands.look(1.0)
        answered = hands.config
        await hands.ask()
        await hands.look(0.6)
        assert hands.config == answered, "what is shown is what was answered"
        return answered, hands.values()


PRESET = ("setting.preset", "Adding")
SECOND = {
    "another setting": ([PRESET, ("setting.seed", "5")], {"seed": 5}),
    "a setting that the first one set": ([PRESET, ("setting.hidden", 9.0)], {"hidden": 9}),
    "a third": ([PRESET, ("setting.hidden", 9.0), ("setting.seed", "5")], {"hidden": 9, "seed": 5}),
}


@pytest.mark.parametrize("what", SECOND)
def test_a_change_before_the_answer_takes_no_part_of_a_preset_back(address, what):
    acts, wished = SECOND[what]
    config, shown = ran(_unseen(address, *acts))
    assert config == PRESETS["adding"].config.replace(**wished)
    assert shown["setting.hidden"] == config.hidden


def test_a_change_before_the_answer_takes_no_undo_back(address):
    acts = [("setting.hidden", 9.0), ("sidebar.Undo", None), ("setting.seed", "5")]
    assert ran(_unseen(address, *acts))[0] == RunConfig.from_query(dict(parse_qsl(LINK)))[0].replace(seed=5)


async def _back_again(address):
    async with Reader(address) as reader:
        await reader.open(CHAIN, LINK)
        await reader.change("setting.preset", "Adding")
        await reader.change("setting.hidden", 7.0)
        first = reader.query
        await reader.press("sidebar.Undo")
        await reader.change("setting.hidden", 7.0)
        return first, reader.query


def test_what_was_seen_can_be_set_to_the_value_of_before(address):
    assert set(ran(_back_again(address))) == {"preset=adding&hidden=7"}


def _changed(config, history, **changes):
    """Change settings as the app does; the configuration of before can be gone back to."""
    return _kept(config, history, config.replace(**changes).reconciled()[0])


def _kept(config, history, new):
    if new != config:
        history.append(config)
    return new


async def _hurry(address, seed):
    """Do random things, each when a part of the last answer has come; return what is there, and wished."""
    random, wished, history, done = Random(seed), RunConfig.from_query(dict(parse_qsl(LINK)))[0], [], []
    async with Hands(address) as hands:
        await hands.open(CHAIN, LINK)
        for _ in range(6):
            act, value, wished = _wish(random, hands, wished, history, done)
            done.append((act, value))
            await _do(hands, act, value)
            await hands.heard(random.choice(("", "new_session", "delta", "script_finished")))
            hands.see(random.choice((0, 0.1, 0.5, 0.8, 1)))
            done.append(len(hands.coming))
        await hands.calm(opened=True)
        await hands.calm(opened=False)
        shown = {name: hands.values()[f"setting.{name}"] for name in ("hidden", "seed")}
        return (hands.config, shown), wished, done


async def _do(hands, act, value):
    if act == "edit":
        return await hands.say("chain.stage", "edit", value)
    return await (hands.push(act) if value is None else hands.turn(act, value))


def _wish(random, hands, config, history, done):
    """Return a change that the reader can make of what is shown, and what it makes of the configuration."""
    shown, last = hands.values(), done[-2][0] if done else ""
    able = [name for name in ("Undo", "Reset") if not hands.there[f"sidebar.{name}"].disabled]
    act = random.choice([act for act in ("preset", "hidden", "seed", "edit", *able) if act not in last])
    if act == "preset":
        title = random.choice([title for title in TITLES if title != shown["setting.preset"]])
        return "setting.preset", title, _kept(config, history, PRESETS[TITLES[title]].config)
    if act == "Reset":
        return "sidebar.Reset", None, _kept(config, history, PRESETS[config.preset].config)
    if act == "Undo":
        return "sidebar.Undo", None, history.pop() if history else config
    if act == "edit":
        wish = f"Wh1.{random.randrange(3)}.{random.randrange(3)}:{random.choice((0.25, -0.5, 2))}"
        return "edit", wish, _changed(config, history, edits=with_edit(config.edits, read(wish)[0]))
    tell = {"hidden": float, "seed": str}[act]
    # Not what a preset sets: a wish equal to what an answer on its way sets is taken for that answer.
    here = {"hidden": (6, 7, 9, 10), "seed": (5, 6, 7)}[act]
    value = random.choice([one for one in here if tell(one) != shown[f"setting.{act}"]])
    return f"setting.{act}", tell(value), _changed(config, history, **{act: value})


@pytest.mark.parametrize("seed", range(SESSIONS))
def test_every_wish_counts_and_nothing_else_changes(address, seed):
    (config, shown), wished, done = ran(_hurry(address, seed))
    assert config == wished, done
    assert shown == {"hidden": config.hidden, "seed": str(config.seed)}, done
