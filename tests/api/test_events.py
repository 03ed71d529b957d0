"""Events: stable names, payloads, the three kinds of time, and what they concern."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.nina_observatory.api import (
    EventDecoder,
    EventType,
    NinaEvent,
    PluginVersion,
    Role,
    Topic,
    release,
)
from custom_components.nina_observatory.api.events.decoder import decode_history, snake_case
from custom_components.nina_observatory.api.events.types import MEANINGS
from custom_components.nina_observatory.api.models.wire import mapping

from .conftest import Captures

NOW = datetime(2026, 2, 24, 21, tzinfo=UTC)
BERLIN = timezone(timedelta(hours=1))
OLD = PluginVersion(release(2, 0))


def live(response: Any, decoder: EventDecoder | None = None) -> NinaEvent:
    """Decode a live event."""
    event = (decoder or EventDecoder()).live(response, NOW)
    assert event is not None
    return event


@pytest.mark.parametrize(
    ("name", "type_", "role"),
    [
        ("IMAGE-SAVE", EventType.IMAGE_SAVED, Role.CAMERA),
        ("SAFETY-CHANGED", EventType.SAFETY_CHANGED, Role.SAFETY_MONITOR),
        ("SAFETY-CONNECTED", EventType.SAFETY_MONITOR_CONNECTED, Role.SAFETY_MONITOR),
        ("FLAT-DISCONNECTED", EventType.FLAT_PANEL_DISCONNECTED, Role.FLAT_PANEL),
        ("SWITCH-CONNECTION", EventType.SWITCH_HUB_CONNECTION_CHANGED, Role.SWITCH_HUB),
        ("TELESCOPE-CONNECTION", EventType.MOUNT_CONNECTION_CHANGED, Role.MOUNT),
        ("TELESCOPE-PARK", EventType.MOUNT_PARKED, Role.MOUNT),
        ("MOUNT-PARKED", EventType.MOUNT_PARKED, Role.MOUNT),
        ("TELESCOPE-UNPARK", EventType.MOUNT_UNPARKED, Role.MOUNT),
        ("TELESCOPE-MF", EventType.MERIDIAN_FLIP_STARTED, Role.MOUNT),
        ("MOUNT-BEFORE-FLIP", EventType.MERIDIAN_FLIP_STARTED, Role.MOUNT),
        ("SEQUENCE-STARTING", EventType.SEQUENCE_STARTED, None),
        ("TS-NEWTARGETSTART", EventType.SCHEDULER_NEW_TARGET_STARTED, Role.SCHEDULER),
        ("ERROR-PLATESOLVE", EventType.PLATE_SOLVE_FAILED, None),
        ("MOUNT-INFO-UPDATED", EventType.OTHER, None),
    ],
)
def test_names(name: str, type_: EventType, role: Role | None) -> None:
    event = live({"Event": name})

    assert (event.type, event.name, event.role, event.time) == (type_, name, role, NOW)
    assert not event.replayed


def test_every_documented_event_has_a_type_of_its_own() -> None:
    """Those in the source and of the scheduler, and those of the old versions."""
    new = {
        name
        for name in MEANINGS
        if not name.startswith("TELESCOPE") and not name.endswith("-CONNECTION")
    }
    types = [MEANINGS[name].type for name in new]

    assert len(types) == len(set(types)) == 68
    assert set(EventType) - set(types) - {EventType.CUSTOM, EventType.OTHER} == {
        EventType(f"{role}_connection_changed")
        for role in Role
        if role not in (Role.HUB, Role.SCHEDULER)
    }


@pytest.mark.parametrize("prefix", ["", "NINA-"])
@pytest.mark.parametrize(
    ("word", "type_"),
    [("START", EventType.SEQUENCE_STARTED), ("STOP", EventType.SEQUENCE_FINISHED)],
)
def test_a_sequence_is_told_of_once(prefix: str, word: str, type_: EventType) -> None:
    """From 2.2.1 to 2.2.7 the old names came beside the new ones."""
    block = {"Event": f"{prefix}ADV-SEQ-{word}"}

    assert live(block, EventDecoder(OLD)).type is type_
    assert live(block, EventDecoder(PluginVersion(release(2, 2, 1)))).type is EventType.OTHER
    assert live(block).name == f"{prefix}ADV-SEQ-{word}"


@pytest.mark.parametrize(
    ("name", "topics"),
    [
        ("IMAGE-SAVE", {Topic.FRAMES, Topic.SCHEDULER}),
        ("IMAGE-PREPARED", set()),
        ("AUTOFOCUS-POINT-ADDED", set()),
        ("AUTOFOCUS-FINISHED", {Topic.AUTOFOCUS, Topic.EQUIPMENT}),
        ("SEQUENCE-FINISHED", {Topic.SEQUENCE}),
        ("DOME-SHUTTER-CLOSED", {Topic.EQUIPMENT}),
        ("CAMERA-CONNECTED", {Topic.EQUIPMENT}),
        ("PROFILE-CHANGED", {Topic.PROFILE, Topic.SCHEDULER}),
        ("STACK-UPDATED", {Topic.LIVE_STACK}),
        ("TS-TARGETSTART", {Topic.SCHEDULER}),
        ("NOVEL", set()),
    ],
)
def test_what_to_read_again(name: str, topics: set[Topic]) -> None:
    assert live({"Event": name}).topics == topics


def test_topics_of_equipment_name_the_device() -> None:
    for meaning in MEANINGS.values():
        assert meaning.role is not None or Topic.EQUIPMENT not in meaning.topics


@pytest.mark.parametrize(
    ("wire", "ours"),
    [
        ("IsSafe", "is_safe"),
        ("HFR", "hfr"),
        ("HFRStDev", "hfr_st_dev"),
        ("RADegrees", "ra_degrees"),
        ("RAString", "ra_string"),
        ("StackCount", "stack_count"),
        ("\u00cdd", "id"),
        ("Id", "id"),
        ("already_ours", "already_ours"),
        ("", ""),
    ],
)
def test_keys(wire: str, ours: str) -> None:
    assert snake_case(wire) == ours


def test_the_whole_payload_is_kept() -> None:
    event = live(
        {
            "Event": "FILTERWHEEL-CHANGED",
            "Previous": {"Name": "L", "Id": 0},
            "New": {"Name": "Ha", "Id": 4},
            "Extra": ["NaN", 1.5, {"SomeKey": True}],
        }
    )

    assert event.data == {
        "previous": {"name": "L", "id": 0},
        "new": {"name": "Ha", "id": 4},
        "extra": [None, 1.5, {"some_key": True}],
    }


def test_a_payload_without_bottom() -> None:
    bottomless: dict[str, Any] = {"Deep": 1}
    for _ in range(200):
        bottomless = {"Deep": bottomless, "Flat": [bottomless]}

    assert live({"Event": "NOVEL", **bottomless}).type is EventType.OTHER


def test_a_frame_comes_with_its_event(captures: Captures) -> None:
    event = live(captures.response("live_image_save_socket_push"))

    assert event.frame is not None
    assert event.frame.filename == "frame_0000.fits"
    statistics = mapping(event.data["image_statistics"])
    assert statistics["exposure_time"] == 1.0
    assert statistics["hfr_st_dev"] == 0.0


@pytest.mark.parametrize("words", ["Test event", "  Test event\n"])
def test_the_text_of_the_user(words: str) -> None:
    event = live(words)

    assert (event.type, event.name) == (EventType.CUSTOM, "Test event")
    assert event.data == {"text": "Test event"}


@pytest.mark.parametrize("response", [None, 5, [], {}, {"Event": ""}, {"Event": 5}, "", "  "])
def test_what_is_no_event(response: Any) -> None:
    assert EventDecoder().live(response, NOW) is None


def test_the_three_kinds_of_time() -> None:
    connected, target, stopped = decode_history(
        [
            {"Event": "CAMERA-CONNECTED", "Time": "2026-02-24T20:01:11.9384711+01:00"},
            {
                "Event": "TS-TARGETSTART",
                "Time": "2026-02-24T19:01:12",
                "TargetEndTime": "2026-02-24T23:58:52.4417306",
            },
            {"Event": "DOME-STOPPED", "Time": "2026-02-24T20:01:13"},
        ]
    )

    assert connected.time == datetime(2026, 2, 24, 20, 1, 11, 938471, BERLIN)
    assert target.time == datetime(2026, 2, 24, 19, 1, 12, tzinfo=UTC)
    assert target.data["target_end_time"] == "2026-02-24T23:58:52.441730+01:00"
    assert stopped.time == datetime(2026, 2, 24, 20, 1, 13, tzinfo=BERLIN)


def test_a_local_time_before_any_that_tells_its_offset() -> None:
    stopped, connected = decode_history(
        [
            {"Event": "DOME-STOPPED", "Time": "2026-02-24T20:01:13"},
            {"Event": "CAMERA-CONNECTED", "Time": "2026-02-24T20:01:14+01:00"},
        ]
    )

    assert stopped.time is not None
    assert connected.time is not None
    assert connected.time - stopped.time == timedelta(seconds=1)


def test_a_local_time_of_which_nothing_is_known() -> None:
    (event,) = decode_history([{"Event": "DOME-STOPPED", "Time": "2026-02-24T20:01:13"}])

    assert event.time is None


def test_the_offset_follows_the_clocks() -> None:
    before, after = decode_history(
        [
            {"Event": "CAMERA-CONNECTED", "Time": "2026-03-29T01:59:00+01:00"},
            {"Event": "CAMERA-CONNECTED", "Time": "2026-03-29T03:01:00+02:00"},
        ]
    )

    assert before.time is not None
    assert after.time is not None
    assert after.time - before.time == timedelta(minutes=2)


def test_local_times_of_any_name_at_any_depth() -> None:
    """Whatever a later plugin calls them; what only looks a little like one stays as it is."""
    odd = {"Day": "2026-02-24", "Late": "9999-12-31T23:59:59", "Text": "at 2026-02-24T20:00:00"}
    _, event = decode_history(
        [
            {"Event": "CAMERA-CONNECTED", "Time": "2026-02-24T20:01:14+01:00"},
            {"Event": "NEW", "Time": "", "Due": "2026-02-24T20:00:00", "Plan": [{"End": "x"}, odd]},
        ]
    )

    assert event.data["due"] == "2026-02-24T20:00:00+01:00"
    assert event.data["plan"] == [{"end": "x"}, {key.lower(): odd[key] for key in odd}]


def test_a_zone_that_agrees_is_kept() -> None:
    """It knows more than an offset; one that does not agree is given up."""
    history = [
        {"Event": "CAMERA-CONNECTED", "Time": "2026-10-25T01:00:00+02:00"},
        {
            "Event": "TS-TARGETSTART",
            "Time": "2026-10-24T23:30:00",
            "TargetEndTime": "2026-10-25T05:00:00",
        },
    ]
    for zone, end in (("Europe/Berlin", "2026-10-25T05:00:00+01:00"), ("Asia/Tokyo", None)):
        _, start = decode_history(history, likely=ZoneInfo(zone))
        assert start.data["target_end_time"] == end


@pytest.mark.parametrize(
    ("house", "told", "local", "end"),
    [
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T05:00:00", "+01:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00", None),
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T01:50:00", "+02:00"),
        ("Europe/Berlin", "2026-10-25T03:30:00+01:00", "2026-10-25T05:00:00", "+01:00"),
        ("Europe/Berlin", "2026-03-29T01:30:00+01:00", "2026-03-29T05:00:00", "+02:00"),
        ("Europe/Berlin", "2026-03-29T01:30:00+01:00", "2026-03-29T02:30:00", None),
        ("America/New_York", "2026-11-01T00:30:00-04:00", "2026-11-01T05:00:00", "-05:00"),
        ("America/New_York", "2026-03-08T00:30:00-05:00", "2026-03-08T05:00:00", "-04:00"),
        ("Europe/Berlin", "2026-11-01T00:30:00-04:00", "2026-11-01T05:00:00", None),
        ("Europe/Berlin", "2026-03-08T00:30:00-05:00", "2026-03-08T05:00:00", None),
        ("America/Phoenix", "2026-03-08T00:30:00-07:00", "2026-03-08T05:00:00", None),
        ("America/New_York", "2026-10-25T00:30:00+02:00", "2026-10-25T05:00:00", None),
        ("Asia/Tokyo", "2026-10-24T20:30:00-05:00", "2026-10-25T05:00:00", "-05:00"),
        (None, "2026-10-25T01:30:00+02:00", "2026-10-25T05:00:00", None),
        (None, "2026-10-26T01:30:00+01:00", "2026-10-26T05:00:00", "+01:00"),
    ],
)
def test_nights_in_which_clocks_change(
    house: str | None, told: str, local: str, end: str | None
) -> None:
    """A local time is right or unknown, whatever is known of the zone of the computer."""
    history = [
        {"Event": "CAMERA-CONNECTED", "Time": told},
        {"Event": "TS-TARGETSTART", "Time": "", "TargetEndTime": local},
    ]
    zone = None if house is None else ZoneInfo(house)
    _, start = decode_history(history, likely=zone)
    assert start.data["target_end_time"] == (None if end is None else f"{local}{end}")


def test_local_times_of_live_events() -> None:
    decoder = EventDecoder()
    start = {"Event": "TS-NEWTARGETSTART", "TargetEndTime": "2026-02-25T03:25:22.4417306"}

    assert live(start, decoder).data["target_end_time"] == "2026-02-25T03:25:22.4417306"
    live({"Event": "IMAGE-SAVE", "ImageStatistics": {"Date": "2026-02-24T22:00:00+01:00"}}, decoder)
    assert live(start, decoder).data["target_end_time"] == "2026-02-25T03:25:22.441730+01:00"


def test_the_end_of_a_wait_by_either_name() -> None:
    end = "2026-02-24T18:15:22.4417306+01:00"

    for key in ("WaitEndTime", "WaitStartTime"):
        event = live({"Event": "TS-WAITSTART", key: end})
        assert event.data == {"wait_end_time": "2026-02-24T18:15:22.441730+01:00"}


def test_the_damage_in_a_history_is_unknown_not_empty() -> None:
    (event,) = decode_history(
        [
            {
                "Event": "FILTERWHEEL-CHANGED",
                "Previous": {"Name": [], "Id": []},
                "New": {"Name": [], "Id": []},
                "Time": "2026-02-24T20:01:13+01:00",
            }
        ]
    )

    assert event.data == {"previous": None, "new": None}
    assert event.replayed


def test_entries_that_are_no_events_are_left_out() -> None:
    assert decode_history([None, 5, {}, {"Event": None}, {"Time": "x"}]) == ()


def test_a_recorded_night(captures: Captures) -> None:
    events = decode_history(captures.response("imaging_guiding_event_history"))

    starts = [event for event in events if event.type is EventType.SCHEDULER_TARGET_STARTED]
    saved = [event for event in events if event.type is EventType.IMAGE_SAVED]
    assert (len(starts), len(saved)) == (28, 27)
    assert starts[0].data["target_end_time"] == "2026-09-05T06:22:01.645809-05:00"
    times = [event.time for event in events if event.time is not None]
    assert max(times) - min(times) < timedelta(hours=24)
    assert all(later - earlier > -timedelta(seconds=1) for earlier, later in pairwise(times))
