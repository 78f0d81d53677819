"""Further reading: full references, and one sentence on why to read each."""

from dataclasses import dataclass

from rnnviz.notation import prose


@dataclass(frozen=True)
class Reference:
    """One publication, as ``content/reading.toml`` has it."""

    id: str
    authors: str
    title: str
    where: str
    year: int
    why: str
    doi: str = ""
    url: str = ""

    @property
    def link(self) -> str:
        """The address under which it is found, or ""."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


TOPICS = prose.groups("reading", Reference)
"""References by the heading under which they stand."""
READING = tuple(one for topic in TOPICS.values() for one in topic)


def reference(name: str) -> Reference:
    """Return the reference of this id; ValueError if there is none."""
    found = {one.id: one for one in READING}
    if name not in found:
        raise ValueError(f"reference: got {name!r}, expected one of {', '.join(found)}")
    return found[name]


def cited(one: Reference) -> str:
    """Return a reference as one line of Markdown, with its link."""
    year = f", {one.year}" if one.year else ""
    named = (one.doi and f"doi:{one.doi}") or one.url.removeprefix("https://")
    link = f" [{named}]({one.link})" if one.link else ""
    return f"{one.authors}. *{one.title}*. {one.where}{year}.{link}"
