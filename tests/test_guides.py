"""Every page says what is to be seen on it."""

from collections.abc import Mapping

from rnnviz import prose
from rnnviz.ui.navigation import PAGES

GUIDES = prose.read("guides", Mapping[str, tuple[str, ...]])


def test_every_page_has_its_guide():
    assert {page.title.replace(" ", "_") for page in PAGES} == set(GUIDES)


def test_guides_are_short():
    for sentences in GUIDES.values():
        assert 2 <= len(sentences) <= 4
        assert all(len(sentence) < 260 for sentence in sentences)
