"""Every page says what is to be seen on it."""

from rnnviz.settings.pages import PAGES


def test_guides_are_short():
    for page in PAGES:
        assert 2 <= len(page.guide) <= 4
        assert all(len(sentence) < 260 for sentence in page.guide)
