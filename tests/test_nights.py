"""The report of the night in Home Assistant: told once when it is over, whatever was restarted."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.entities.pictures import frame_media, frame_path
from custom_components.nina_observatory.night.keeper import GRACE, GRACE_STOPPED
from custom_components.nina_observatory.readings.sequence import SequenceState
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.sequence.node import Status

from .blocks import connected
from .conftest import make_entry, set_up, unload
from .rigs import recorded_rig
from .states import EVENT_STREAM, act, attributes, until
from .waiting import eventually

AUTOMATION = Path("docs/automations/morning_report.yaml")
SESSION = "event.observatory_session_events"
HOUR = timedelta(hours=1)


def reports(events: list[Event[Any]]) -> list[dict[str, Any]]:
    """Return the reports that were told."""
    return [event.data["data"] for event in events if event.data["type"] == "night_report"]


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def ahead(hass: HomeAssistant, by: timedelta) -> None:
    """Let the timers of Home Assistant run down."""
    async_fire_time_changed(hass, dt_util.utcnow() + by)


async def take(observatory: Observatory, entry: MockConfigEntry, target: str = "M 31") -> None:
    """Take a light frame, and return when it is known."""
    before = len(entry.runtime_data.frames.data.frames)
    await observatory.camera.routines.take(Exposure(30, "LIGHT", target))
    await eventually(lambda: len(entry.runtime_data.frames.data.frames) > before)


async def run_sequence(observatory: Observatory, entry: MockConfigEntry) -> None:
    """Say that a sequence began and ended, which the reading does not contradict."""
    nights, counters = entry.runtime_data.nights, entry.runtime_data.listener.stream.counters
    heard = counters.events
    await observatory.events.emit("SEQUENCE-STARTING")
    await observatory.events.emit("SEQUENCE-FINISHED")
    await eventually(lambda: counters.events >= heard + 2 and nights._ended_at is not None)


async def ask(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Ask for the report as it is now."""
    return await act(
        hass,
        f"{DOMAIN}.get_night_report",
        config_entry_id=entry.entry_id,
        return_response=True,
    )


async def test_the_best_frame_has_a_picture(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """As long as there is one: with N.I.N.A. closed, only its figures may be left."""
    await take(observatory, settled)
    (best,) = (await ask(hass, settled))["best_frames"]
    (frame,) = settled.runtime_data.frames.data.frames
    assert (best["target"], best["hfr"], best["stars"]) == ("M 31", frame.hfr, frame.stars)
    media = f"media-source://{DOMAIN}/{frame_media(settled.entry_id, frame)}"
    links = {"media_content_id": media, "picture": frame_path(settled.entry_id, frame)}
    assert best.items() >= links.items()
    await observatory.restart_nina()
    await eventually(lambda: not settled.runtime_data.frames.data.frames)
    left = (await ask(hass, settled))["best_frames"]
    assert left == [{**best, "media_content_id": None, "picture": None}]


async def test_it_is_told_some_time_after_the_sequence(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """Once, and again with everything only if the night went on."""
    await take(observatory, settled)
    await run_sequence(observatory, settled)
    ahead(hass, GRACE_STOPPED / 2)
    assert reports(heard) == []
    ahead(hass, GRACE_STOPPED)
    await eventually(lambda: reports(heard))
    (told,) = reports(heard)
    assert (told["frames"], told["targets"][0]["target"]) == (1, "M 31")
    assert attributes(hass, SESSION)["event_type"] == "night_report"
    await run_sequence(observatory, settled)
    ahead(hass, 40 * HOUR)
    await hass.async_block_till_done()
    assert len(reports(heard)) == 1
    await take(observatory, settled, "NGC 7000")
    await run_sequence(observatory, settled)
    ahead(hass, GRACE_STOPPED / 2)
    assert len(reports(heard)) == 1
    ahead(hass, GRACE_STOPPED)
    await eventually(lambda: len(reports(heard)) == 2)
    assert [told["frames"] for told in reports(heard)] == [1, 2]
    ahead(hass, 40 * HOUR)
    await hass.async_block_till_done()
    assert len(reports(heard)) == 2
    assert (await ask(hass, settled))["frames"] == 2


async def test_a_night_after_which_another_has_begun(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    heard: list[Event[Any]],
    socket_enabled: None,
) -> None:
    """Home Assistant was away from the one to the other: both are reported, each by itself."""
    start = dt_util.utcnow() - 24 * HOUR
    async with Observatory(port=0, scheduler_port=None, speed=1, start=start) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        nights = entry.runtime_data.nights
        await observatory.camera.routines.take(Exposure(0.1, "LIGHT", "M 31"))
        await eventually(lambda: nights._frames)
        await unload(hass, entry)
        kept = hass_storage[f"{DOMAIN}.{entry.entry_id}.night"]["data"]
        kept |= {"told": "", "told_frames": 0}
        first = observatory.images.frames[0]
        observatory.images.frames += [
            replace(first, filename="late"),
            replace(first, filename="next", saved_at=dt_util.utcnow()),
        ]
        hass.set_state(CoreState.starting)
        await set_up_again(hass, entry)
        await eventually(lambda: len(entry.runtime_data.frames.data.frames) == 3)
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await eventually(lambda: reports(heard))
        assert [told["frames"] for told in reports(heard)] == [2]
        ahead(hass, 25 * HOUR)
        await eventually(lambda: len(reports(heard)) == 2)
        told, then = reports(heard)
        assert (told["frames"], then["frames"]) == (2, 1)
        assert told["night"] < then["night"]
        await unload(hass, entry)


async def test_a_report_that_is_too_large_for_an_event(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """It is reported without its details, which the action answers."""
    await take(observatory, settled)
    first = observatory.images.frames[0]
    for number in range(300):
        named = replace(first, filename=f"{number}.fits", target_name=f"NGC {number:05}")
        observatory.images.frames.append(named)
    await run_sequence(observatory, settled)
    settled.runtime_data.frames.async_distrust()
    await settled.runtime_data.frames.async_read()
    ahead(hass, 2 * GRACE_STOPPED)
    await eventually(lambda: reports(heard))
    (told,) = reports(heard)
    assert (told["frames"], told["truncated"]) == (301, True)
    assert "| NGC 00001 |" in told["markdown"]
    assert "targets" not in told
    assert len((await ask(hass, settled))["targets"]) == 301


async def test_a_sequence_that_is_done_is_told_sooner(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """Nobody goes on with it, and N.I.N.A. may be closed by then."""
    await take(observatory, settled)
    for node in (*observatory.sequence.plan.roots, *observatory.sequence.plan.walk()):
        node.status = Status.FINISHED
    await run_sequence(observatory, settled)
    sequence = settled.runtime_data.sequence
    await eventually(lambda: sequence.data.state == SequenceState.FINISHED)
    await observatory.stop()
    await settled.runtime_data.equipment.async_read()
    await eventually(lambda: not sequence.data.readable)
    ahead(hass, GRACE * 1.1)
    await eventually(lambda: reports(heard))


async def test_who_goes_on_is_not_done(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """A sequence that was stopped and started again, or one more frame, is the same session."""
    nights = settled.runtime_data.nights
    await take(observatory, settled)
    await run_sequence(observatory, settled)
    await observatory.events.emit("SEQUENCE-STARTING")
    await eventually(lambda: nights._ended_at is None)
    ahead(hass, 2 * GRACE_STOPPED)
    assert reports(heard) == []


@pytest.mark.parametrize(("before", "after"), [("+02:00", "+01:00"), ("+01:00", "+02:00")])
async def test_the_clocks_are_changed_in_the_night(
    hass: HomeAssistant, socket_enabled: None, before: str, after: str
) -> None:
    """All frames are of the one night, those of summer time and those of winter time."""
    frames = [
        {"Date": f"2026-10-25T01:30:00{before}", "ImageType": "LIGHT", "ExposureTime": 60},
        {"Date": f"2026-10-25T03:30:00{after}", "ImageType": "LIGHT", "ExposureTime": 60},
    ]
    async with recorded_rig(hass, connected(), {"image-history": frames}) as rig:
        report = await rig.entry.runtime_data.nights.async_report()
        assert (report.total.frames, str(report.night)) == (2, "2026-10-24")
        assert rig.sensor("hub_frames") == "2"


async def test_a_clock_that_was_wrong(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """A frame of the year to come, or of long ago, does not keep tonight from being reported."""
    for days in (400, -400):
        async with observatory.faults.during("clock_skew", seconds=days * 86400.0):
            await take(observatory, settled, "Nowhere")
    await take(observatory, settled)
    await run_sequence(observatory, settled)
    ahead(hass, 2 * GRACE_STOPPED)
    await eventually(lambda: reports(heard))
    (told,) = reports(heard)
    assert [each["target"] for each in told["targets"]] == ["M 31"]


async def test_an_empty_night_is_not_told(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """Neither after a sequence nor at noon; darks are no frames of a night."""
    await observatory.camera.routines.take(Exposure(30, "DARK", ""))
    await eventually(lambda: settled.runtime_data.frames.data.frames)
    await run_sequence(observatory, settled)
    ahead(hass, 48 * HOUR)
    await hass.async_block_till_done()
    assert reports(heard) == []
    assert (await ask(hass, settled))["markdown"] == "No light frames."


async def test_without_a_sequence_it_is_told_at_noon(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """At the rig's own noon, N.I.N.A. or not."""
    await take(observatory, settled)
    await observatory.stop()
    ahead(hass, 2 * GRACE_STOPPED)
    assert reports(heard) == []
    ahead(hass, 25 * HOUR)
    await eventually(lambda: reports(heard))
    assert [told["frames"] for told in reports(heard)] == [1]
    await observatory.start()


async def test_after_restarts_of_home_assistant(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """What went on meanwhile is in the histories, and what was reported is not told again."""
    await take(observatory, settled)
    await unload(hass, settled)
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "NGC 7000"))
    for name in ("AUTOFOCUS-STARTING", "AUTOFOCUS-FINISHED", "SEQUENCE-FINISHED"):
        await observatory.events.emit(name)
    await set_up_again(hass, settled)
    await eventually(lambda: settled.runtime_data.nights._ended_at is not None)
    ahead(hass, 2 * GRACE_STOPPED)
    await eventually(lambda: reports(heard))
    (told,) = reports(heard)
    assert (told["frames"], told["autofocus"]) == (2, {"done": 1, "failed": 0})
    await unload(hass, settled)
    await set_up_again(hass, settled)
    await eventually(lambda: settled.runtime_data.nights._ended_at is not None)
    ahead(hass, 48 * HOUR)
    await hass.async_block_till_done()
    assert len(reports(heard)) == 1


async def test_nobody_is_told_before_somebody_listens(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """A night that was over when Home Assistant starts is reported once that has started."""
    await take(observatory, settled)
    await unload(hass, settled)
    hass.set_state(CoreState.starting)
    await set_up_again(hass, settled)
    ahead(hass, 25 * HOUR)
    await hass.async_block_till_done()
    assert reports(heard) == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    ahead(hass, 25 * HOUR)
    await eventually(lambda: reports(heard))


async def set_up_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an entry once more."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, EVENT_STREAM, "on")
    await eventually(lambda: entry.runtime_data.listener.caught_up)


async def test_after_restarts_of_both(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """N.I.N.A. forgets its frames; the night has them anyway, each once."""
    await observatory.events.emit("AUTOFOCUS-FINISHED")
    await take(observatory, settled)
    frames = settled.runtime_data.frames
    await observatory.restart_nina()
    await eventually(lambda: frames.data.known and not frames.data.frames)
    await observatory.connect_all()
    await take(observatory, settled)
    await unload(hass, settled)
    await set_up_again(hass, settled)
    await observatory.events.emit("AUTOFOCUS-FINISHED")
    await run_sequence(observatory, settled)
    ahead(hass, 2 * GRACE_STOPPED)
    await eventually(lambda: reports(heard))
    (told,) = reports(heard)
    assert (told["frames"], told["autofocus"]["done"]) == (2, 2)


async def test_a_restart_of_an_old_n_i_n_a(hass: HomeAssistant, socket_enabled: None) -> None:
    """It does not say when it was started; what it told before counts anyway."""
    async with Observatory(port=0, scheduler_port=None, speed=150, version="2.2.5") as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        data = entry.runtime_data
        for run in (1, 2):
            await eventually(lambda: data.listener.connected and data.listener._at_rest)
            await old.camera.connect()
            await old.events.emit("AUTOFOCUS-FINISHED")
            await take(old, entry)
            assert (await ask(hass, entry))["autofocus"]["done"] == run
            await old.restart_nina()
            await eventually(lambda: data.frames.data.known and not data.frames.data.frames)
        await unload(hass, entry)


async def test_a_night_from_before_the_integration(
    hass: HomeAssistant, heard: list[Event[Any]], socket_enabled: None
) -> None:
    """Whoever installs it in the afternoon is not told of the night before."""
    start = dt_util.utcnow() - 30 * HOUR
    async with Observatory(port=0, scheduler_port=None, speed=150, start=start) as observatory:
        await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.frames.data.frames)
        assert (await ask(hass, entry))["frames"] == 1
        ahead(hass, 2 * GRACE_STOPPED)
        await unload(hass, entry)
    assert reports(heard) == []


@pytest.fixture
async def imaging(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory in the middle of a clear night."""
    async with Observatory(
        port=0, scheduler_port=0, speed=100, scenario="clear_night"
    ) as observatory:
        yield observatory


@pytest.fixture
async def imaged(hass: HomeAssistant, imaging: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return the entry for that observatory."""
    entry = make_entry(imaging)
    await set_up(hass, entry)
    yield entry
    await unload(hass, entry)


async def test_a_clear_night(
    hass: HomeAssistant, imaging: Observatory, imaged: MockConfigEntry
) -> None:
    """From the first frame to the notification, by the automation of the documents."""
    entry = imaged
    assert await async_setup_component(hass, "persistent_notification", {})
    config = await hass.async_add_executor_job(load_yaml, AUTOMATION)
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    notifications: list[Mapping[str, Any]] = []
    persistent_notification.async_register_callback(
        hass, lambda _kind, changed: notifications.extend(changed.values())
    )
    await eventually(lambda: len(entry.runtime_data.frames.data.frames) >= 3, 60)
    await imaging.events.emit("SAFETY-CHANGED", IsSafe=False)
    await imaging.events.emit("SAFETY-CHANGED", IsSafe=True)
    await imaging.sequence.stop()
    await eventually(lambda: entry.runtime_data.nights._ended_at is not None, 60)
    frames = entry.runtime_data.frames.data.frames
    assert not notifications
    ahead(hass, 2 * GRACE_STOPPED)
    await eventually(lambda: notifications)
    (shown,) = notifications
    assert shown["title"].startswith(f"{len(frames)} light frames of ")
    assert "| Target | Filter | Frames | Integration | HFR |" in shown["message"]
    assert frames[0].target_name in shown["message"]
    assert "unsafe" in shown["message"]
    assert attributes(hass, SESSION)["night"] == shown["notification_id"]


@pytest.mark.parametrize(
    ("house", "told", "local", "counted"),
    [
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T04:30:00", 1),
        ("Europe/Berlin", "2026-03-29T01:30:00+01:00", "2026-03-29T04:30:00", 1),
        ("America/New_York", "2026-11-01T00:30:00-04:00", "2026-11-01T04:30:00", 1),
        ("America/New_York", "2026-03-08T00:30:00-05:00", "2026-03-08T04:30:00", 1),
        ("Europe/Berlin", "2026-11-01T00:30:00-04:00", "2026-11-01T04:30:00", 0),
    ],
)
async def test_what_the_log_tells_of_a_night_in_which_clocks_change(
    hass: HomeAssistant, socket_enabled: None, house: str, told: str, local: str, counted: int
) -> None:
    """An autofocus run that is found in the log counts, unless nobody knows when it ended."""
    await hass.config.async_set_time_zone(house)
    answers = {
        "application-start": told,
        "event-history": [
            {"Event": "CAMERA-CONNECTED", "Time": told},
            {"Event": "AUTOFOCUS-FINISHED", "Time": local},
        ],
        "image-history": [{"Date": told, "ImageType": "LIGHT", "ExposureTime": 60}],
    }
    async with recorded_rig(hass, connected(), answers) as rig:
        await eventually(lambda: rig.entry.runtime_data.listener.caught_up)
        report = await rig.entry.runtime_data.nights.async_report()
        assert (report.total.frames, report.autofocus_succeeded) == (1, counted)
