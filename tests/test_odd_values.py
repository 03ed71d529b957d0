"""One odd value costs only itself, all the way to what is shown."""

from datetime import datetime
from functools import partial
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.events.bus import LARGEST_EVENT
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .blocks import connected
from .conftest import make_entry, set_up, unload
from .rigs import recorded_rig
from .waiting import eventually

LARGEST = 16_384


async def test_a_listener_that_raises_costs_no_other_its_turn(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged with its traceback once."""
    frames = settled.runtime_data.frames
    late: list[int] = []

    def raising() -> None:
        raise ValueError("odd")

    remove = [
        frames.async_add_listener(raising),
        frames.async_add_listener(lambda: late.append(len(frames.data.frames))),
    ]
    caplog.clear()
    for number in (1, 2):
        await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
        await eventually(partial(late.__contains__, number))
    logged = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert [each.exc_info is not None for each in logged] == [True]
    for each in remove:
        each()


@pytest.mark.usefixtures("socket_enabled")
async def test_texts_of_users_leave_room_for_other_attributes(hass: HomeAssistant) -> None:
    """The recorder keeps nothing of attributes that are too large together."""
    async with recorded_rig(hass, connected()) as rig:
        name = "x" * 20_000
        told = {"Event": "STACK-UPDATED", "Target": name, "Filter": "L", "StackCount": 5}
        await rig.server.tell(told)
        await eventually(lambda: rig.entry.runtime_data.listener.recent)
        await hass.async_block_till_done(wait_background_tasks=False)
        for shown in rig.states().values():
            assert len(json_bytes(dict(shown.attributes))) <= LARGEST, shown.entity_id


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    "odd",
    [
        {f"Setting{number:04}": number for number in range(3000)},
        {"Setting" * 3000: 1},
        {"Ключ" * 5000: "ж" * 9000},
        {"Text": "星" * 6000},
        {"Text": "\U0001f52d" * 4500, "Path": "é" * 8000},
        {"Text": '"\n' * 9000},
        {"Listed": [["x" * 100]] * 300},
        {"Nested": {f"Key{number}": {"Value": number} for number in range(1000)}},
    ],
)
@pytest.mark.parametrize("name", ["IMAGE-SAVE", "NOVEL"])
async def test_attributes_are_never_too_large(
    hass: HomeAssistant, name: str, odd: dict[str, Any]
) -> None:
    """Wherever the size is: in many values or one, in keys, in letters of several bytes."""
    heard = async_capture_events(hass, EVENT_NINA)
    async with recorded_rig(hass, connected()) as rig:
        for told in ({"Event": name, **odd}, {"Event": name, "ImageStatistics": odd}):
            heard.clear()
            await rig.server.tell(told)
            await eventually(lambda: heard)
            await hass.async_block_till_done(wait_background_tasks=False)
            assert len(json_bytes(heard[-1].data)) <= LARGEST_EVENT
            for shown in rig.states().values():
                assert len(json_bytes(dict(shown.attributes))) <= LARGEST, shown.entity_id


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("count", [2**63, -1, True, "5", 1e300, [5]])
async def test_a_stack_of_no_number_of_frames(hass: HomeAssistant, count: Any) -> None:
    """It is a stack, of a number that nobody knows."""
    async with Observatory(port=0, scheduler_port=None, scenario="idle") as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        choices, listener = entry.runtime_data.catalog, entry.runtime_data.listener
        await eventually(lambda: choices.data.stacking is not None and listener.caught_up)
        told = {"Target": "M 31", "Filter": "L"}
        await observatory.events.emit("STACK-UPDATED", **told, StackCount=count, RedStackCount=3)
        await eventually(lambda: choices.data.stack is not None)
        assert choices.data.stack.frames == 3
        await unload(hass, entry)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    "odd",
    [
        {"Date": "2026-02-24T25:00:00+01:00"},
        {"Date": "9999-12-31T23:59:59.9999999-06:00"},
        {"Date": 5},
        {"ExposureTime": 1e12},
        {"ExposureTime": "300"},
        {"ExposureTime": -1},
        {"HFR": 1e11},
        {"HFR": "NaN"},
        {"FocalLength": 1e-300},
        {"RmsText": 'Tot: 999999999 (999999999")'},
    ],
)
async def test_a_frame_that_is_odd(hass: HomeAssistant, odd: dict[str, Any]) -> None:
    """The others count, in the statistics and in the report; of itself what is sound does."""
    sound = {
        "Date": "2026-02-24T22:00:00+01:00",
        "Filename": "1.fits",
        "ImageType": "LIGHT",
        "ExposureTime": 300,
        "HFR": 2.0,
        "FocalLength": 800,
    }
    frames = [sound, {**sound, "Filename": "2.fits", **odd}]
    async with recorded_rig(hass, connected(), {"image-history": frames}) as rig:
        counted = 1 if "Date" in odd else 2
        taken = 300 * (1 if {"Date", "ExposureTime"} & odd.keys() else 2)
        assert rig.sensor("hub_frames") == str(counted)
        assert float(rig.sensor("hub_integration_time")) * 3600 == pytest.approx(taken, abs=1)
        assert float(rig.sensor("hub_average_hfr")) == 2.0
        report = await rig.entry.runtime_data.nights.async_report()
        assert (report.total.frames, report.total.integration_time) == (counted, taken)
        assert "| – | – |" in report.markdown


@pytest.mark.parametrize(
    ("date", "exposure", "frames"),
    [
        ("0001-01-01T00:00:00+00:00", 60, 0),
        ("9999-12-31T23:59:59-06:00", 60, 0),
        ("2026-02-24T22:00:00+01:00", 1e300, 1),
        ("2026-02-24T22:00:00+01:00", -5, 1),
    ],
)
async def test_a_kept_frame_that_is_odd(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    observatory: Observatory,
    date: str,
    exposure: float,
    frames: int,
) -> None:
    """It never keeps the entry from being set up; the report can be asked for."""
    entry = make_entry(observatory)
    key = f"{DOMAIN}.{entry.entry_id}.night"
    kept = {
        "told": "",
        "told_frames": 0,
        "frames": [[date, "1.fits", "L", "M 31", exposure, 2.0, None]],
        "marks": {},
    }
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": kept}
    await set_up(hass, entry)
    report = await entry.runtime_data.nights.async_report()
    assert (report.total.frames, report.total.integration_time) == (frames, 0)
    assert report.as_data()["markdown"]
    await unload(hass, entry)


@pytest.mark.usefixtures("socket_enabled")
async def test_an_event_whose_end_is_outside_the_calendar(hass: HomeAssistant) -> None:
    """It is reported, and the next one as well; no sensor shows a time that is none."""
    async with recorded_rig(hass, connected()) as rig:
        listener = rig.entry.runtime_data.listener
        for end in ("9999-12-31T23:59:59.9999999-06:00", "2026-11-29T25:00:00-06:00"):
            told = {"Event": "TS-TARGETSTART", "TargetName": 5, "TargetEndTime": end}
            await rig.server.tell(told)
        await rig.server.tell({"Event": "TS-WAITSTART", "WaitEndTime": "9999-12-31T23:59:59-06:00"})
        await eventually(lambda: len(listener.recent) == 3)
        activity = rig.entry.runtime_data.sequence.data.scheduler_activity
        assert (activity.ends_at, activity.waiting_until) == (None, None)
        for shown in rig.states("sensor").values():
            if shown.attributes.get("device_class") == "timestamp" and "T" in shown.state:
                assert datetime.fromisoformat(shown.state).year < 9999


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("house", "told", "local", "offset"),
    [
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T05:00:00", "+01:00"),
        ("America/New_York", "2026-03-08T00:30:00-05:00", "2026-03-08T05:00:00", "-04:00"),
        ("Europe/Berlin", "2026-11-01T00:30:00-04:00", "2026-11-01T05:00:00", None),
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00", None),
    ],
)
async def test_the_end_of_a_target_in_a_night_in_which_clocks_change(
    hass: HomeAssistant, house: str, told: str, local: str, offset: str | None
) -> None:
    """On the bus it is right, or unknown, never an hour wrong."""
    await hass.config.async_set_time_zone(house)
    heard = async_capture_events(hass, EVENT_NINA)
    history = [{"Event": "CAMERA-CONNECTED", "Time": told}]
    answers = {"application-start": told, "event-history": history}
    async with recorded_rig(hass, connected(), answers) as rig:
        listener = rig.entry.runtime_data.listener
        await eventually(lambda: listener.caught_up)
        await rig.server.tell({"Event": "TS-TARGETSTART", "TargetEndTime": local})
        await eventually(
            lambda: [each for each in heard if each.data["type"] == "scheduler_target_started"]
        )
        shown = [each.data["data"] for each in heard if "target_end_time" in each.data["data"]]
        assert shown[0]["target_end_time"] == (None if offset is None else f"{local}{offset}")


@pytest.mark.usefixtures("socket_enabled")
async def test_a_frame_saved_at_no_time_is_an_event(hass: HomeAssistant) -> None:
    """An hour of 25 costs the event its picture alone."""
    async with recorded_rig(hass, connected()) as rig:
        statistics = {"Date": "2026-11-29T25:00:00-06:00", "ImageType": "LIGHT"}
        await rig.server.tell({"Event": "IMAGE-SAVE", "ImageStatistics": statistics})
        await eventually(
            lambda: rig.get("event", "hub_image").attributes["event_type"] == "image_saved"
        )
