"""The newest night: kept over restarts of both sides, and reported once it is over."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import EventType, Frame, ImageType, NinaError, NinaEvent
from ..api.models.quantities import positive_within, within
from ..const import DOMAIN, LOGGER
from ..events.bus import async_fire_own
from ..events.listener import EventListener
from ..events.own_types import OwnEventType
from ..events.reconciler import History
from ..helpers.listeners import Listeners
from ..helpers.storage import SaveWithin, absolute, async_load_kept
from ..plots.night_data import data_at
from ..readings.frame_statistics import noon_of
from ..readings.frames import FramesCoordinator
from ..readings.night_marks import CONNECTION_FOUND, CONNECTION_LOST, Mark
from ..readings.sequence import SequenceCoordinator, SequenceState
from .report import Report, make_report
from .report_text import report_texts

VERSION: Final = 1
# Another sequence may follow one that finished; one that was stopped may be resumed later.
GRACE: Final = timedelta(minutes=10)
GRACE_STOPPED: Final = timedelta(hours=1)
FINISHED: Final = (SequenceState.FINISHED, SequenceState.FAILED)
# How long after its end a night is still reported if Home Assistant was not running then.
LATEST: Final = timedelta(days=1)
# Frames of a past night arrive many at once: report it once for all of them.
CALM: Final = timedelta(seconds=3)
# Delay in seconds until changes are saved: this much of a night is lost in a power cut.
SAVE_WITHIN: Final = 50.0
# More than the frames of any night need, in bytes.
LARGEST: Final = 20_000_000
DAY: Final = timedelta(days=1)
# The values of a frame that a report needs.
KEPT: Final = ("filename", "filter", "target_name", "exposure_time", "hfr", "rms_text", "stars")
# As many as earlier releases saved.
FEWEST_KEPT: Final = 6
# Parses the numbers among them: values that cannot have been measured are unknown.
BOUNDED: Final = {
    "exposure_time": within("seconds"),
    "hfr": positive_within("blur"),
    "stars": within("stars"),
}
# Marks that are in no history, and those from an N.I.N.A. whose history was not read yet.
OWN: Final = "own"
MOST_OWN: Final = 1000
UNKNOWN_RUN: Final = "heard"
# Marks of one run, the newest ones: a dither for each frame of the shortest exposures.
MOST_MARKS: Final = 20_000


def night_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store for the night of an entry."""
    key = f"{DOMAIN}.{entry.entry_id}.night"
    return Store(hass, VERSION, key, serialize_in_event_loop=False)


class NightKeeper:
    """Keep the light frames and the events of the newest night, and fire its report.

    A night is over when a sequence has ended and none was started for a while, or else at the next
    noon at the observatory. It is reported once, again if it continued after that, and never
    without frames.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        listener: EventListener,
        frames: FramesCoordinator,
        sequence: SequenceCoordinator,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._listener = listener
        self._frames_coordinator = frames
        self._sequence = sequence
        self._store = night_store(hass, entry)
        self._saving = SaveWithin(self._store, self._kept, SAVE_WITHIN)
        self._listeners: Listeners[()] = Listeners()
        # It grows with every change of frames and marks.
        self.revision = 0
        self._newest: tuple[int, datetime | None] = (-1, None)
        self._frames: dict[tuple[datetime | None, str | None], Frame] = {}
        self._night: datetime | None = None
        # Frames that were not stored yet by the noon of their night: that of the next night waits.
        self._waiting: dict[datetime, list[Frame]] = {}
        # The generation and the number of the frames that were sorted.
        self._sorted = (0, 0)
        # By the start of the N.I.N.A. whose history contains them.
        self._marks: dict[str, list[Mark]] = {OWN: []}
        self._run = UNKNOWN_RUN
        # The last night that was reported, as a date, with its number of frames; nights that were
        # over before this are not reported.
        self._reported = ("", 0)
        self._reporting = False
        self._since = dt_util.utcnow()
        self._gathered_at = self._since
        self._ended_at: datetime | None = None
        self._grace = GRACE_STOPPED
        self._timer: CALLBACK_TYPE | None = None

    async def async_report(self) -> Report:
        """Return the report of the newest night so far.

        Frames carry the time of N.I.N.A.'s computer, live events that of Home Assistant; while
        N.I.N.A. is reachable, its history has the events by the same clock as the frames.
        """
        with suppress(NinaError):
            if (history := await self._listener.async_read_history()) is not None:
                self.async_apply_history(history)
        # A night of thousands of frames takes longer than the event loop may be held.
        return await self._hass.async_add_executor_job(
            make_report,
            self.frames,
            self.marks,
            self._frames_coordinator.client.likely_zone(),
            report_texts(self._hass),
        )

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener on every change; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @property
    def ends_at(self) -> datetime | None:
        """The noon at which the newest night ends; None without one."""
        return None if self._night is None else self._night + DAY

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The light frames of the newest night."""
        return tuple(self._frames.values())

    @property
    def marks(self) -> list[Mark]:
        """The marks of the newest night, and others, run by run."""
        return [mark for run in self._marks.values() for mark in run]

    @property
    def data_at(self) -> datetime | None:
        """When the newest frame was saved, or a mark of its night happened; None without frames."""
        if self._newest[0] != self.revision:
            self._newest = (self.revision, data_at(self._frames.values(), self.marks))
        return self._newest[1]

    async def async_load(self) -> None:
        """Load the saved night."""
        kept = await async_load_kept(self._hass, self._store, _decode, LARGEST)
        if kept is not None:
            self._restore(kept)

    @callback
    def async_start(self) -> None:
        """Follow events and readings until the entry is unloaded."""
        entry = self._entry
        entry.async_on_unload(self._listener.async_add_listener(self._record_connection))
        entry.async_on_unload(self._frames_coordinator.followers.async_add(self.async_update))
        entry.async_on_unload(self._sequence.async_add_listener(self.async_update))
        entry.async_on_unload(self._stop_timer)
        # Without the callback declaration it would run in a thread.
        update = callback(lambda _: self.async_update())
        entry.async_on_unload(async_at_started(self._hass, update))

    async def async_save(self) -> None:
        """Save everything at once."""
        await self._saving.async_save()

    async def async_end(self) -> None:
        """Save everything for the last time."""
        await self._saving.async_end()

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Record a live event that a report shows."""
        if (mark := Mark.of(event)) is not None:
            marks = self._marks.setdefault(self._run, [])
            marks.append(mark)
            del marks[:-MOST_MARKS]
            self._save_soon()
            self.async_update()

    @callback
    def async_record(self, kind: str) -> None:
        """Record an event that is in no history, such as a movement of the roof."""
        self._marks[OWN].append(Mark(kind=kind, at=dt_util.utcnow()))
        # A connection may come and go for weeks without a frame.
        del self._marks[OWN][:-MOST_OWN]
        self._save_soon()

    @callback
    def _record_connection(self) -> None:
        """Record that the connection changed; a new one may be to another run of N.I.N.A."""
        self.async_record(CONNECTION_FOUND if self._listener.connected else CONNECTION_LOST)
        self._run = UNKNOWN_RUN

    @callback
    def async_apply_history(self, history: History) -> None:
        """Replace the marks of this run of N.I.N.A. with those from its own history."""
        self._marks.pop(UNKNOWN_RUN, None)
        self._run = UNKNOWN_RUN if history.run is None else history.run.isoformat()
        marks = (Mark.of(event) for event in history.events)
        self._marks[self._run] = [mark for mark in marks if mark is not None][-MOST_MARKS:]
        self._discard_old()
        self._note_change()
        self.async_update()

    @callback
    def _discard_old(self) -> None:
        """Discard marks from earlier runs of N.I.N.A. that are part of no report.

        N.I.N.A. may be started and closed for weeks without a frame. A mark that a wrong clock dated
        into the future would outlast all others.
        """
        now, night = dt_util.utcnow(), self._night

        def may_be_reported(mark: Mark) -> bool:
            is_recent = now - LATEST - DAY <= mark.at <= now + DAY
            return is_recent or (night is not None and night <= mark.at < night + DAY)

        for run in self._marks.keys() - {OWN, self._run}:
            self._marks[run] = [mark for mark in self._marks[run] if may_be_reported(mark)]
            if not self._marks[run]:
                del self._marks[run]

    @callback
    def async_update(self, moment: datetime | None = None) -> None:
        """Fire the report if the night is over, or set a timer for when it will be."""
        if self._reporting:
            return
        now = moment or dt_util.utcnow()
        self._gather(now)
        calm = self._gathered_at + CALM
        self._stop_timer()
        self._follow_sequence(now)
        night = self._night
        if night is None or self._is_reported():
            return
        # It has to have ended while Home Assistant followed it.
        if night + DAY < self._since:
            self._record_report(night, len(self._frames))
            self.async_update(moment)
            return
        due = night + DAY
        if self._ended_at is not None:
            due = min(due, self._ended_at + self._grace)
        if self._hass.state is not CoreState.running:
            # The automations that use it are not running yet.
            return
        due = max(due, calm)
        if now < due:
            self._timer = async_track_point_in_utc_time(self._hass, self.async_update, due)
            return
        self._reporting = True
        self._entry.async_create_background_task(
            self._hass, self._async_fire_report(night), f"{self._entry.title} report"
        )

    async def _async_fire_report(self, night: datetime) -> None:
        try:
            report = await self.async_report()
        except Exception:  # noqa: BLE001  # see below
            # It would raise again with every frame; retry when the next one arrives.
            LOGGER.exception("The report of %s could not be created", self._entry.title)
            self._record_report(night, len(self._frames))
            return
        finally:
            self._reporting = False
        self._record_report(night, report.total.frames)
        async_fire_own(self._hass, self._entry, OwnEventType.NIGHT_REPORT, report.as_data())
        self.async_update()

    @callback
    def _record_report(self, night: datetime, frames: int) -> None:
        """Record that a night was reported with a number of frames, or need not be."""
        self._reported = (night.date().isoformat(), frames)
        self._save_soon()

    def _is_reported(self) -> bool:
        """Return whether the newest night was reported with all its frames."""
        night = "" if self._night is None else self._night.date().isoformat()
        return (night, len(self._frames)) <= self._reported

    @callback
    def _gather(self, now: datetime) -> None:
        """Store the light frames of the newest night; those of an earlier one are in the past.

        Frames that a wrong clock dated into the future are ignored; they would outlast all others.
        """
        self._sort_new()
        end = now + DAY
        if self._night is not None and now >= self._night + DAY and not self._is_reported():
            # The next night does not begin before this one is reported.
            end = self._night + DAY / 2
        newest = max((night for night in self._waiting if night < end), default=None)
        if newest is None:
            return
        # By their dates: in the night in which summer time begins or ends the local noon is
        # ambiguous.
        due = [night for night in self._waiting if night.date() <= newest.date()]
        sorted_out = [(night, self._waiting.pop(night)) for night in due]
        if self._night is not None and newest.date() < self._night.date():
            return
        if self._night is None or newest.date() != self._night.date():
            self._begin(newest)
        for night, frames in sorted_out:
            if night.date() == newest.date():
                self._frames |= {frame.identity: frame for frame in frames}
        self._gathered_at = dt_util.utcnow()
        self._ended_at = None
        self._save_soon()

    @callback
    def _sort_new(self) -> None:
        """Sort the light frames that were not here before by night."""
        reading, (generation, count) = self._frames_coordinator.data, self._sorted
        if reading.generation != generation:
            self._waiting.clear()
            count = 0
        self._sorted = (reading.generation, len(reading.frames))
        for frame in reading.frames[count:]:
            if frame.image_type is not ImageType.LIGHT or frame.identity in self._frames:
                continue
            if frame.date is not None:
                self._waiting.setdefault(noon_of(frame.date), []).append(frame)

    @callback
    def _begin(self, night: datetime) -> None:
        """Discard the marks from before a night."""
        self._night = night
        self._frames = {}
        tonight = {
            run: [mark for mark in marks if _is_since(mark, night)]
            for run, marks in self._marks.items()
        }
        self._marks = {OWN: []} | {run: marks for run, marks in tonight.items() if marks}

    @callback
    def _follow_sequence(self, now: datetime) -> None:
        """Record the end of the sequence; closing N.I.N.A. does not change it."""
        sequence = self._sequence.data
        if (tree := sequence.tree) is None:
            return
        self._grace = GRACE if sequence.state in FINISHED else GRACE_STOPPED
        kinds = (EventType.SEQUENCE_STARTED, EventType.SEQUENCE_FINISHED)
        told = [mark.kind for mark in self._marks.get(self._run, ()) if mark.kind in kinds]
        if tree.running or EventType.SEQUENCE_STARTED in told[-1:]:
            self._ended_at = None
        elif told and self._ended_at is None:
            self._ended_at = now

    @callback
    def _save_soon(self) -> None:
        """Save after a delay, however many changes follow, and call the listeners."""
        self._saving.async_change()
        self._note_change()

    @callback
    def _note_change(self) -> None:
        """Call the listeners."""
        self.revision += 1
        self._listeners.async_call()

    @callback
    def _stop_timer(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    def _kept(self) -> dict[str, object]:
        """Return the data to save, as plain data; called in a thread, because there may be much of it.

        The lists are copied in one step each, while the event loop may change them.
        """
        night = self._night
        return {
            "told": self._reported[0],
            "told_frames": self._reported[1],
            "frames": [
                [str(frame.date), *(getattr(frame, name) for name in KEPT)]
                for frame in list(self._frames.values())
            ],
            "marks": {
                run: [[mark.kind, str(mark.at)] for mark in list(marks) if _is_since(mark, night)]
                for run, marks in list(self._marks.items())
            },
        }

    def _restore(self, kept: KeptNight) -> None:
        """Restore the saved data; nights that were over before the first save are not reported."""
        self._since -= LATEST
        # A damaged value dated into the future would outlast every night.
        end = dt_util.utcnow() + DAY
        dated = [(frame.date, frame) for frame in kept.frames if frame.date is not None]
        self._frames = {frame.identity: frame for saved, frame in dated if saved < end}
        self._night = max((noon_of(saved) for saved, _ in dated if saved < end), default=None)
        night, frames = kept.told
        if night <= end.date().isoformat():
            self._reported = (night, min(frames, len(self._frames)))
        self._marks = kept.marks


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNight:
    """A saved night: the number of reported frames, its light frames, and its marks by run."""

    told: tuple[str, int]
    frames: list[Frame]
    marks: dict[str, list[Mark]]


def _decode(kept: Mapping[str, Any]) -> KeptNight:
    """Return the saved night; raises ValueError, TypeError or LookupError for any other shape."""
    marks = {
        str(run): [Mark(kind=str(kind), at=absolute(at)) for kind, at in marks]
        for run, marks in kept["marks"].items()
    }
    if told := str(kept["told"]):
        date.fromisoformat(told)
    return KeptNight(
        # Earlier releases did not count the reported frames, and reported no night twice.
        told=(told, int(kept.get("told_frames", len(kept["frames"])))),
        frames=[_frame(*frame) for frame in kept["frames"]],
        marks={OWN: []} | marks,
    )


def _frame(date: str, *values: Any) -> Frame:
    """Return a saved frame; raises ValueError or TypeError for any other shape."""
    told = dict.fromkeys(KEPT[FEWEST_KEPT:]) | dict(
        zip(KEPT[: max(FEWEST_KEPT, len(values))], values, strict=True)
    )
    for name, value in told.items():
        if value is not None and not isinstance(value, (int, float) if name in BOUNDED else str):
            raise TypeError(f"{name} of a frame is {value!r}")
    told |= {name: read(told[name]) for name, read in BOUNDED.items()}
    return Frame(date=absolute(date), image_type=ImageType.LIGHT, **told)


def _is_since(mark: Mark, night: datetime | None) -> bool:
    """Return whether a mark belongs to a night or a later one."""
    return night is not None and mark.at >= night
