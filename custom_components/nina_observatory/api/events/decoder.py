"""Events from the websocket and from the history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from math import isfinite
import re
from typing import Final
import unicodedata

from ..clocks import is_certain, zone_at
from ..models.base import decode_optional, model_config, without_zeros
from ..models.enums import Unknown
from ..models.equipment import Role
from ..models.frames import Frame
from ..models.wire import mapping, moment, text
from ..plain_data import plain
from ..plugin_version import NEWEST, PluginVersion
from .types import MEANINGS, OLD_SEQUENCE_MEANINGS, UNKNOWN_MEANING, EventType, Meaning, Topic

_SCHEDULER: Final = "TS-"
_DEEPEST: Final = 8
_NOT_A_NUMBER: Final = frozenset({"NaN", "Infinity", "-Infinity"})
# Times inside an event, local and often without an offset. The server's own description misnames
# the first, and so may some release.
_END_OF_WAIT: Final = ("wait_start_time", "wait_end_time")
_LOCAL_TIMES: Final = ("wait_end_time", "target_end_time")
_NO_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)
# Longer keys are not in N.I.N.A., and not kept.
_LONGEST_KNOWN: Final = 100
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class NinaEvent:
    """Something that happened.

    `type` is independent of the plugin's version, `name` the name on the wire, or the text of a
    custom event. `time` is that of arrival for a live event, which carries none, and that of the
    history for a replayed one. `data` is the whole payload with keys in snake_case and units as on
    the wire; times in it carry an offset where that is known. `frame` is the saved frame of a live
    event.
    """

    type: EventType
    name: str
    role: Role | None = None
    time: datetime | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    replayed: bool = False
    topics: frozenset[Topic] = frozenset()
    frame: Frame | None = None


class EventDecoder:
    """Decode events of one server, and derive its local time from those that include an offset.

    `likely` is the assumed zone of its computer, unless an offset contradicts it.
    """

    def __init__(
        self,
        plugin: PluginVersion = NEWEST,
        likely: tzinfo | None = None,
        computer_time: datetime | None = None,
    ) -> None:
        """Create a decoder; `computer_time` is a time that the computer sent with its offset."""
        self.plugin = plugin
        self.likely = likely
        self.zone = zone_at(computer_time, likely)
        # The last time that it sent with its offset.
        self._computer_time = computer_time

    def note_computer_time(self, computer_time: datetime) -> None:
        """Record a time that the computer sent with its offset; keep the zone if that matches."""
        self._computer_time = computer_time
        if (
            self.zone is None
            or computer_time.astimezone(self.zone).utcoffset() != computer_time.utcoffset()
        ):
            self.zone = zone_at(computer_time, self.likely)

    def live(self, response: object, arrived: datetime) -> NinaEvent | None:
        """Decode a message from the websocket; None if it is not an event."""
        if isinstance(response, str):
            return _custom(text(response.strip()), arrived)
        block = mapping(response)
        name = text(block.get("Event"))
        if name is None:
            return None
        statistics = block.get("ImageStatistics")
        self._note_zone(mapping(statistics).get("Date"), block.get("WaitEndTime"))
        frame = decode_optional(Frame, statistics)
        if frame is not None and self.plugin.loses_nan:
            frame = without_zeros(frame)
        return self._event(name, block, time=arrived, frame=frame, replayed=False)

    def history(self, entries: Iterable[object]) -> tuple[NinaEvent, ...]:
        """Decode the history without entries that are not events, in order of arrival."""
        blocks = [mapping(entry) for entry in entries]
        # An entry without an offset may precede the first that has one.
        self._note_zone(*(block.get("Time") for block in blocks))
        return tuple(event for block in blocks if (event := self._recorded(block)) is not None)

    def _recorded(self, block: Mapping[str, object]) -> NinaEvent | None:
        """Decode an entry of the history."""
        name = text(block.get("Event"))
        if name is None:
            return None
        self._note_zone(block.get("Time"))
        # Three kinds of time: with an offset; from the scheduler, in UTC without one; from the log, in
        # local time without one.
        raw = block.get("Time")
        time = moment(raw, UTC) if name.startswith(_SCHEDULER) else self._moment(raw)
        return self._event(name, block, time=time, frame=None, replayed=True)

    def _event(
        self,
        name: str,
        block: Mapping[str, object],
        *,
        time: datetime | None,
        frame: Frame | None,
        replayed: bool,
    ) -> NinaEvent:
        meaning = self._meaning(name)
        return NinaEvent(
            type=meaning.type,
            name=name,
            role=meaning.role,
            time=time,
            data=self._data(block),
            replayed=replayed,
            topics=meaning.topics,
            frame=frame,
        )

    def _meaning(self, name: str) -> Meaning:
        if name in OLD_SEQUENCE_MEANINGS and not self.plugin.at_least(2, 2, 1):
            return OLD_SEQUENCE_MEANINGS[name]
        return MEANINGS.get(name, UNKNOWN_MEANING)

    def _data(self, block: Mapping[str, object]) -> Mapping[str, object]:
        """Return the payload with absolute times."""
        read = None if self.zone is None else self._moment
        data = {
            snake_case(key): _readable(value, 1, read)
            for key, value in block.items()
            if key not in ("Event", "Time")
        }
        wrong, right = _END_OF_WAIT
        if wrong in data:
            data.setdefault(right, data.pop(wrong))
        for key in _LOCAL_TIMES:
            if (time := moment(data.get(key))) is not None:
                data[key] = plain(time)
        return data

    def _moment(self, raw: object) -> datetime | None:
        """Decode a time of the computer; None if it is ambiguous."""
        if self.zone is None or (time := moment(raw)) is not None:
            return moment(raw)
        time = moment(raw, self.zone)
        if time is None or not is_certain(
            time.replace(tzinfo=None), self.zone, self._computer_time
        ):
            return None
        return time

    def _note_zone(self, *times: object) -> None:
        """Record the first time that has an offset."""
        computer_time = next((found for time in times if (found := moment(time)) is not None), None)
        if computer_time is not None:
            self.note_computer_time(computer_time)


def _custom(words: str | None, arrived: datetime) -> NinaEvent | None:
    """Return an event for the text from an instruction in the user's sequence."""
    if words is None:
        return None
    return NinaEvent(type=EventType.CUSTOM, name=words, time=arrived, data={"text": words})


def decode_history(
    entries: Iterable[object],
    plugin: PluginVersion = NEWEST,
    likely: tzinfo | None = None,
    computer_time: datetime | None = None,
) -> tuple[NinaEvent, ...]:
    """Decode the event history of a server; for `likely` and `computer_time` see `EventDecoder`."""
    return EventDecoder(plugin, likely, computer_time).history(entries)


def newest_of(history: Sequence[NinaEvent]) -> datetime | None:
    """Return the time of the newest event; the scheduler's times are always in UTC."""
    dated = (event.time for event in reversed(history) if not event.name.startswith(_SCHEDULER))
    return next((time for time in dated if time is not None), None)


def with_frame(event: NinaEvent, frame: Frame) -> NinaEvent:
    """Add the statistics of a frame to its saved event, as live events include them."""
    known = {
        snake_case(key): getattr(frame, name) for name, key in model_config(Frame).aliases.items()
    }
    kind = frame.image_type
    known["image_type"] = kind.raw if isinstance(kind, Unknown) else kind and kind.wire_name
    return replace(event, data={**event.data, "image_statistics": plain(known)})


def snake_case(name: str) -> str:
    """Convert a key of the wire to snake_case."""
    return _known_snake_case(name) if len(name) <= _LONGEST_KNOWN else _snake_case(name)


def _snake_case(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _WORD.sub("_", plain).lower()


# Events have the same keys again and again.
_known_snake_case = lru_cache(maxsize=512)(_snake_case)


def _readable(value: object, depth: int, read: Callable[[str], datetime | None] | None) -> object:
    """Return a value of a payload, with keys in snake_case and None for missing values.

    `read` decodes times without an offset, if the zone is known. The history replaces each member of
    a nested object with an empty list (2.2.13 and newer): such an object is unknown, not empty.
    """
    if isinstance(value, str):
        if value in _NOT_A_NUMBER:
            return None
        return value if read is None else _localized(value, read)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if not isinstance(value, (dict, list)):
        return value
    if depth > _DEEPEST:
        return None
    if isinstance(value, list):
        return [_readable(item, depth + 1, read) for item in value]
    if value and all(item == [] for item in value.values()):
        return None
    return {snake_case(key): _readable(item, depth + 1, read) for key, item in value.items()}


def _localized(value: str, read: Callable[[str], datetime | None]) -> object:
    """Replace a time without an offset by the decoded one; None if it is ambiguous."""
    if not _NO_OFFSET.fullmatch(value) or moment(value, UTC) is None:
        return value
    time = read(value)
    return plain(time)
