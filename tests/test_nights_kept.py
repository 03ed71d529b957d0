"""What is kept of a night: in time, whatever happens, and never in the way of anything."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.api import EventType, NinaEvent
from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.events.reconciler import History
from custom_components.nina_observatory.readings.frame_statistics import noon_of
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import make_entry, set_up, unload
from .states import NOT_SAFE, state
from .test_nights import HOUR, ask, reports, take
from .waiting import eventually

ROOT = Path(__file__).parents[1]

# Home Assistant in a process of its own, with frames that come faster than they are kept.
NIGHT = """\
import asyncio, sys
from dataclasses import replace
from custom_components.nina_observatory.events import reconciler_store
from custom_components.nina_observatory.night import keeper
from scripts._chaos.home import rig
from scripts._home import home
from simulator.devices.exposures import Exposure

keeper.SAVE_WITHIN = reconciler_store.SAVE_WITHIN = 1.0

async def main():
    async with home(sys.argv[1]) as hass, rig(hass, "2.2.15.0", lambda _: None, {}) as made:
        camera = made.observatory.camera.routines
        frame = await camera.take(Exposure(1, "LIGHT", "M 31", save=False))
        frames = made.data.frames
        for number in range(1, 10_000):
            await camera.save(replace(frame, filename=f"{number}.fits"))
            while len(frames.data.frames) < number:
                await asyncio.sleep(0)
            print(number, flush=True)
            await asyncio.sleep(0.02)

asyncio.run(main())
"""


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


@pytest.mark.parametrize("seconds", [0.2, 0.5])
async def test_a_night_is_kept_however_often_frames_come(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    """Each is on the disk in time, although the next one comes before that."""
    key = f"{DOMAIN}.{settled.entry_id}.night"
    nights = settled.runtime_data.nights
    monkeypatch.setattr(nights._saving, "_seconds", seconds)
    # The connection was found, which is due in a minute.
    await nights.async_save()

    def kept() -> int:
        """Return how many frames are on the disk."""
        return len(hass_storage.get(key, {}).get("data", {}).get("frames", ()))

    frames = settled.runtime_data.frames
    stop = asyncio.Event()

    async def go_on() -> None:
        """Take frames without a pause that is long enough for a save."""
        while not stop.is_set():
            await take(observatory, settled)

    taking = asyncio.ensure_future(go_on())
    await eventually(lambda: kept() >= 2 and len(frames.data.frames) > kept())
    stop.set()
    await taking
    await eventually(lambda: kept() == len(frames.data.frames))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: kept["frames"].insert(0, None),
        lambda kept: kept["frames"].insert(0, ["2026-11-29T25:00:00+00:00", *[None] * 6]),
        lambda kept: kept["frames"].insert(0, ["2026-11-29T20:00:00", *[None] * 6]),
        lambda kept: kept["frames"].insert(0, [str(dt_util.utcnow()), "a", "L", "M", "x", 1, ""]),
        lambda kept: kept.pop("frames"),
        lambda kept: kept.update(told=None, told_frames="many"),
        lambda kept: kept["marks"].update(own=[["connection_lost", 5]]),
    ],
)
async def test_a_night_that_cannot_be_read_is_put_aside(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    observatory: Observatory,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[dict[str, Any]], Any],
) -> None:
    """Safety, and all else, does not depend on it."""
    kept: dict[str, Any] = {"told": "", "told_frames": 0, "frames": [], "marks": {"own": []}}
    spoil(kept)
    key = f"{DOMAIN}.{entry.entry_id}.night"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": kept}
    await set_up(hass, entry)
    assert state(hass, NOT_SAFE) == "off"
    assert caplog.text.count("was set aside") == 1
    await take(observatory, entry)
    assert (await ask(hass, entry))["frames"] == 1
    await unload(hass, entry)


@pytest.mark.parametrize("expected", [True, False])
async def test_many_frames_of_a_night_that_is_over(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    heard: list[Event[Any]],
    socket_enabled: None,
    expected: bool,
) -> None:
    """They come at once; the events of N.I.N.A. are read for all of them, or not at all."""
    # In the night before this one, whatever the time of day is.
    start = noon_of(dt_util.utcnow()) - 23 * HOUR
    async with Observatory(port=0, scheduler_port=None, speed=1, start=start) as observatory:
        entry = make_entry(observatory)
        key = f"{DOMAIN}.{entry.entry_id}.night"
        kept = {"told": "", "told_frames": 0, "frames": [], "marks": {}}
        if expected:
            hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": kept}
        await set_up(hass, entry)
        frames = entry.runtime_data.frames
        await eventually(lambda: entry.runtime_data.listener._at_rest)
        exposure = Exposure(0.1, "LIGHT", "M 31", save=False)
        frame = await observatory.camera.routines.take(exposure)
        assert frame is not None
        observatory.ledger.reset()
        for number in range(40):
            await observatory.camera.routines.save(replace(frame, filename=f"{number}.fits"))
        await eventually(lambda: len(frames.data.frames) == 40)
        if expected:
            await eventually(lambda: [told["frames"] for told in reports(heard)][-1:] == [40])
        # A machine that stalls may make several of them.
        assert observatory.ledger.count("/event-history") <= (5 if expected else 0)
        await unload(hass, entry)


@pytest.mark.timeout(120)
def test_a_power_cut_in_the_middle_of_the_night(tmp_path: Path) -> None:
    """The process is killed while frames come without a pause: most of them are on the disk."""

    def kept(what: str) -> dict[str, Any]:
        """Return what is on the disk, nothing before the first save."""
        files = tmp_path.glob(f".storage/{DOMAIN}.*.{what}")
        found = next(files, None)
        return {} if found is None else json.loads(found.read_text())["data"]

    taken = 0
    with subprocess.Popen(
        [sys.executable, "-c", NIGHT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            taken = int(line)
            if len(kept("night").get("frames", ())) >= 20:
                break
        running.kill()
    assert 20 <= len(kept("night")["frames"]) <= taken + 1
    assert kept("events")["whole"] is False


@pytest.mark.parametrize("imaged", [False, True])
async def test_weeks_of_clouds(
    observatory: Observatory, settled: MockConfigEntry, imaged: bool
) -> None:
    """N.I.N.A. is started every evening and never images: nothing of it is kept for long."""
    nights, now = settled.runtime_data.nights, dt_util.utcnow()
    first = now - timedelta(days=30)
    nights._night = noon_of(first) if imaged else None
    for day in range(31):
        at = first + timedelta(days=day)
        kind, name = EventType.SEQUENCE_STARTED, "SEQUENCE-STARTING"
        event = NinaEvent(type=kind, name=name, time=at, replayed=True)
        nights.async_apply_history(History((event,), at, complete=True))
    old = {(first + timedelta(days=day)).isoformat() for day in range(28)}
    assert old & nights._marks.keys() == ({first.isoformat()} if imaged else set())
    assert {now.isoformat(), (now - timedelta(days=1)).isoformat()} <= nights._marks.keys()


async def test_a_frame_is_known_everywhere_when_the_entry_is_unloaded(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    observatory: Observatory,
    settled: MockConfigEntry,
) -> None:
    """Its event is on the bus before it is recorded, but nothing is saved without it."""
    data, unloading = settled.runtime_data, list[asyncio.Task[bool]]()
    seen: list[tuple[int, int, str | None]] = []

    @callback
    def end(event: Event[Any]) -> None:
        """Unload the entry in the very turn of the event loop."""
        if event.data["type"] == EventType.IMAGE_SAVED:
            shown = state(hass, "sensor.observatory_imaging_light_frames")
            seen.append((len(data.frames.data.frames), len(data.nights.frames), shown))
            ending = hass.config_entries.async_unload(settled.entry_id)
            unloading.append(hass.async_create_task(ending))

    hass.bus.async_listen(EVENT_NINA, end)
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: unloading)
    assert await unloading[0]
    assert seen == [(1, 0, "1")]
    assert len(hass_storage[f"{DOMAIN}.{settled.entry_id}.night"]["data"]["frames"]) == 1
    assert len(data.nights.frames) == data.facts.gallery.count == 1


async def test_nothing_is_kept_after_the_end(
    hass: HomeAssistant, hass_storage: dict[str, Any], settled: MockConfigEntry
) -> None:
    """An answer that is still under way would be saved over what the next one keeps since."""
    nights = settled.runtime_data.nights
    await unload(hass, settled)
    kept = hass_storage[f"{DOMAIN}.{settled.entry_id}.night"]
    nights.async_record("opened")
    assert nights._store._delay_handle is None
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert hass_storage[f"{DOMAIN}.{settled.entry_id}.night"] is kept
