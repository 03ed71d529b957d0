"""Events that N.I.N.A. emitted against those that Home Assistant has told."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from custom_components.nina_observatory.api.events.decoder import snake_case
from custom_components.nina_observatory.api.events.types import MEANINGS, EventType

# Local times of N.I.N.A.'s computer: Home Assistant makes them absolute.
_LOCAL_TIMES: Final = frozenset({"wait_end_time", "target_end_time"})
# Types of events that come from N.I.N.A., unlike those of the integration itself.
NINA_TYPES: Final = frozenset(each.value for each in EventType)

type Key = tuple[str, frozenset[tuple[str, Any]]]


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event of N.I.N.A.: what it says, and whether Home Assistant must have told it.

    `owed` is true where N.I.N.A. could still be asked for it, or where it was delivered.
    """

    key: Key
    run: int
    recorded: bool
    owed: bool = False


@dataclass(frozen=True)
class Balance:
    """The events of one night: how many there were, and what became of them."""

    emitted: int = 0
    told: int = 0
    replayed: int = 0
    lost: Counter[Key] = field(default_factory=Counter)
    twice: Counter[Key] = field(default_factory=Counter)
    # Sent while nobody listened, and never written into N.I.N.A.'s history.
    unrecorded: int = 0
    # Gone with the history of an N.I.N.A. that crashed while it could not be reached.
    forgotten: int = 0


def key_of_message(message: Any) -> Key:
    """Return what a message on the wire says that both ends have, whichever way it came."""
    if isinstance(message, str):
        return "custom", frozenset({("text", message)})
    payload = {snake_case(name): value for name, value in message.items() if name != "Event"}
    meaning = MEANINGS.get(message["Event"])
    if meaning is None:
        return _key(f"other {message['Event']}", payload)
    return _key(meaning.type.value, payload)


def key_of_told(data: Mapping[str, Any]) -> Key:
    """Return the same for an event on the bus of Home Assistant."""
    kind = data["type"]
    if kind == EventType.OTHER:
        kind = f"other {data['name']}"
    return _key(kind, data["data"])


def _key(kind: str, payload: Mapping[str, Any]) -> Key:
    """Return the kind with the values that are not nested, and the file of a frame."""
    plain = {
        (name, value)
        for name, value in payload.items()
        if isinstance(value, str | int | float) and name not in _LOCAL_TIMES
    }
    statistics = payload.get("image_statistics")
    if kind == EventType.IMAGE_SAVED:
        plain = set()
        if isinstance(statistics, Mapping):
            names = {snake_case(name): value for name, value in statistics.items()}
            plain = {("filename", names["filename"])} if "filename" in names else set()
    return kind, frozenset(plain)


def balance(emitted: Iterable[Emitted], told: Iterable[tuple[Key, bool]]) -> Balance:
    """Return what became of events; those told are given with whether they were replayed."""
    emitted, told = list(emitted), list(told)
    owed = Counter(each.key for each in emitted if each.owed)
    every, heard = _counted(emitted, told)
    missing, twice = every - heard, heard - every
    lost: Counter[Key] = Counter()
    unrecorded = 0
    never = {each.key for each in emitted if not each.recorded}
    for key, number in missing.items():
        gone = max(0, min(number, owed[key] - heard[key]))
        if gone:
            lost[key] = gone
        unrecorded += (number - gone) * (key in never)
    return Balance(
        emitted=len(emitted),
        told=len(told),
        replayed=sum(replayed for _, replayed in told),
        lost=lost,
        twice=twice,
        unrecorded=unrecorded,
        forgotten=missing.total() - lost.total() - unrecorded,
    )


def untold(emitted: Iterable[Emitted], told: Iterable[tuple[Key, bool]]) -> Counter[Key]:
    """Return the events that were not told yet."""
    every, heard = _counted(emitted, told)
    return every - heard


def _counted(
    emitted: Iterable[Emitted], told: Iterable[tuple[Key, bool]]
) -> tuple[Counter[Key], Counter[Key]]:
    """Return how often each event was emitted and told."""
    every, heard = Counter(each.key for each in emitted), Counter(key for key, _ in told)
    _match_unnamed(every, heard)
    return every, heard


def _match_unnamed(every: Counter[Key], heard: Counter[Key]) -> None:
    """Take frames that were reported without their file for those of which none was reported."""
    unnamed: Key = (EventType.IMAGE_SAVED.value, frozenset())
    for key in every:
        if not heard[unnamed]:
            break
        if key[0] == unnamed[0] and not heard[key]:
            heard[key] += 1
            heard[unnamed] -= 1
    for key in [key for key, number in heard.items() if not number]:
        del heard[key]
