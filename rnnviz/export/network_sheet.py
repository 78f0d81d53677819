"""A reader's own network in a session file: its arrays and texts, as a file of it would have them."""

import numpy as np

from rnnviz.export.reading import Check, DamageError, Reader, array, mapping, several, text
from rnnviz.settings.fields import OWN_NETWORK
from rnnviz.tasks.networks.archive import MOST_ENTRIES, MOST_NUMBERS
from rnnviz.tasks.networks.brought import Brought, of_entries
from rnnviz.tasks.networks.kept import settings_of

_LONGEST_NOTE = 400


def network_record(came: Brought) -> dict:
    """Return a network as JSON can carry it, with its fingerprint."""
    return {
        "task": OWN_NETWORK,
        "source": came.source,
        "texts": came.texts,
        "notes": list(came.notes),
        "arrays": {name: values.tolist() for name, values in came.arrays.items()},
        "fingerprint": came.fingerprint(),
    }


def read_network(value: object, where: str, reader: Reader) -> Brought:
    """Return the network of a record, checked as one that comes in a file; DamageError for what is none."""
    checks: dict[str, Check] = {"source": text(80), "fingerprint": text(32, 32)}
    checks |= {"task": text(40), "texts": mapping(text(40), text(40), 20), "notes": several(text(_LONGEST_NOTE), 100)}
    checks["arrays"] = mapping(text(60), _array, MOST_ENTRIES)
    found = reader.record(value, where, checks)
    try:
        came = of_entries(found["arrays"] | found["texts"], found["source"], found["notes"])
        settings_of(came)
    except ValueError as error:
        raise DamageError(f"{where}, {error}.") from None
    if came.fingerprint() != found["fingerprint"]:
        raise DamageError(f"{where}: a number or a name was changed; its fingerprint does not fit.")
    return came


def _array(value: object, where: str) -> np.ndarray:
    """An array of so many dimensions as its first entries have."""
    dimensions, first = 0, value
    while isinstance(first, list) and first and dimensions < 3:
        dimensions, first = dimensions + 1, first[0]
    found: np.ndarray = array(max(dimensions, 1), MOST_NUMBERS)(value, where)
    return found
