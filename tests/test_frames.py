"""The frames: pushed while the stream is up, counted while it is not, and always complete."""

from dataclasses import replace
from datetime import timedelta
import sys
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Frame, NinaCommandError, NinaResponseError
from custom_components.nina_observatory.readings.frame_statistics import noon_of
from custom_components.nina_observatory.readings.frames import (
    MOST_NEWER,
    POLL_WITHOUT_STREAM,
    merge,
)
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.images import Frame as SavedFrame

from .conftest import SPEED, make_entry, set_up, unload
from .states import EVENT_STREAM, state, stream_lost, until
from .waiting import eventually, within

EXPOSURE = "sensor.observatory_imaging_frame_exposure"
TARGET = "sensor.observatory_imaging_frame_target"
HISTORY = "/image-history"

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
async def frame(observatory: Observatory) -> SavedFrame:
    """Return a frame that was taken and not saved yet."""
    exposure = Exposure(30, "LIGHT", "M 31", save=False)
    frame = await observatory.camera.routines.take(exposure)
    assert frame is not None
    return frame


async def save(observatory: Observatory, frame: SavedFrame, seconds: float) -> None:
    """Save a frame with some exposure, under a name of its own."""
    named = replace(frame, seconds=seconds, filename=f"{seconds}.fits")
    await observatory.camera.routines.save(named)


def lists_read(observatory: Observatory) -> int:
    """Return how often the whole list was read, instead of being counted."""
    return observatory.ledger.parameters(HISTORY).count({"all": "true"})


async def test_frames_are_pushed(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """An event carries everything, so nothing is asked for."""
    assert state(hass, EXPOSURE) == "unknown"
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    assert state(hass, TARGET) == "M 31"
    asked = observatory.ledger.count(HISTORY)
    await save(observatory, frame, 90)
    await until(hass, EXPOSURE, "90.0")
    assert observatory.ledger.count(HISTORY) == asked


async def test_a_dark_is_no_light(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """What says nothing about the night does not replace what does."""
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    await save(observatory, replace(frame, image_type="DARK"), 300)
    await eventually(lambda: len(settled.runtime_data.frames.data.frames) == 2)
    assert state(hass, EXPOSURE) == "60.0"


async def test_before_2_1_8_light_frames_alone_are_numbered(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """A dark that an event told of has no number, and the frame after it keeps its own."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, scenario="idle", version="2.1.6"
    ) as observatory:
        loaded_entry = make_entry(observatory)
        await set_up(hass, loaded_entry)
        frames = loaded_entry.runtime_data.frames
        await eventually(lambda: loaded_entry.runtime_data.listener.caught_up and frames.data.known)
        for kind in ("LIGHT", "DARK", "LIGHT"):
            await observatory.camera.routines.take(Exposure(30, kind, "M 31"))
        await eventually(lambda: len(frames.data.frames) == 2)
        shown = [frame.date for frame in frames.data.frames]
        assert [frame.date for frame in await frames.client.frames.get_all()] == shown
        assert (await frames.async_picture(frames.data.frames[1], 640)).data
        await unload(hass, loaded_entry)


async def test_a_frame_of_a_clock_that_was_wrong(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The night of the year to come does not hide tonight."""
    frames = settled.runtime_data.frames
    async with observatory.faults.during("clock_skew", seconds=400 * 86400.0):
        await observatory.camera.routines.take(Exposure(30, "LIGHT", "Nowhere"))
    await observatory.camera.routines.take(Exposure(60, "LIGHT", "M 31"))
    await eventually(lambda: len(frames.data.frames) == 2)
    assert [name for name, _ in frames.data.night.by_target] == ["M 31"]


async def test_frames_from_before_are_known(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, entry: MockConfigEntry
) -> None:
    """The night began without Home Assistant."""
    await save(observatory, frame, 45)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, EXPOSURE, "45.0")
    await unload(hass, entry)


async def test_without_the_stream_frames_are_counted(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """They are once a minute, and the list is read only because there is a new one."""
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    frames, read = settled.runtime_data.frames, lists_read(observatory)
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await eventually(lambda: frames.update_interval == POLL_WITHOUT_STREAM)
        await frames.async_read()
        assert observatory.ledger.parameters(HISTORY)[-1] == {"count": "true"}
        assert lists_read(observatory) == read
        await save(observatory, frame, 90)
        await frames.async_read()
        assert state(hass, EXPOSURE) == "90.0"
        assert lists_read(observatory) == read


async def test_a_stream_that_never_comes(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, entry: MockConfigEntry
) -> None:
    """Something between the computers lets no events through; frames are found anyway."""
    await save(observatory, frame, 45)
    entry.add_to_hass(hass)
    async with observatory.faults.during("socket_refuse"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(hass, EXPOSURE, "45.0")
        await save(observatory, frame, 90)
        await within(hass, 61, lambda: state(hass, EXPOSURE) == "90.0")
        await unload(hass, entry)


async def test_a_gap_is_filled(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """What was saved while nobody listened is read when somebody does again."""
    async with stream_lost(hass, observatory):
        await save(observatory, frame, 60)
        await save(observatory, frame, 120)
    await until(hass, EXPOSURE, "120.0")
    assert len(settled.runtime_data.frames.data.frames) == 2


@pytest.mark.parametrize(("missed", "lists"), [(0, 0), (3, 0), (MOST_NEWER + 1, 1)])
async def test_what_a_gap_costs(
    hass: HomeAssistant,
    observatory: Observatory,
    frame: SavedFrame,
    settled: MockConfigEntry,
    missed: int,
    lists: int,
) -> None:
    """The list is counted, a few frames are read one by one; only many cost the whole list."""
    frames, listener = settled.runtime_data.frames, settled.runtime_data.listener
    for seconds in range(60, 65):
        await save(observatory, frame, seconds)
    await eventually(lambda: len(frames.data.frames) == 5)
    read = lists_read(observatory)
    async with stream_lost(hass, observatory):
        await eventually(lambda: not observatory.ledger.pending)
        for seconds in range(missed):
            await save(observatory, frame, 100 + seconds)
    await eventually(lambda: listener.caught_up and len(frames.data.frames) == 5 + missed)
    assert lists_read(observatory) == read + lists
    kept = [saved.filename for saved in observatory.images.frames]
    assert [found.filename for found in frames.data.frames] == kept


@pytest.mark.parametrize("after", [4, 5, 6])
async def test_a_list_that_began_anew_in_a_gap(
    hass: HomeAssistant,
    observatory: Observatory,
    frame: SavedFrame,
    settled: MockConfigEntry,
    after: int,
) -> None:
    """It is no other one because it is about as long."""
    frames = settled.runtime_data.frames
    for seconds in range(60, 65):
        await save(observatory, frame, seconds)
    await eventually(lambda: len(frames.data.frames) == 5)
    async with stream_lost(hass, observatory):
        observatory.images.frames.clear()
        for seconds in range(after):
            await save(observatory, frame, 200 + seconds)
    kept = [saved.filename for saved in observatory.images.frames]
    await eventually(lambda: [found.filename for found in frames.data.frames] == kept)


async def test_the_same_frame_twice_counts_once(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """Two messages about one frame are one frame."""
    async with observatory.faults.during("duplicate_events"):
        await save(observatory, frame, 60)
        await save(observatory, frame, 61)
    await until(hass, EXPOSURE, "61.0")
    assert len(settled.runtime_data.frames.data.frames) == 2


async def test_frames_go_and_come_with_nina(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """They are N.I.N.A.'s, and what is known of the newest one stays."""
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    await observatory.stop()
    await settled.runtime_data.equipment.async_read()
    await until(hass, "binary_sensor.observatory_reachable", "off")
    assert settled.runtime_data.frames.data.frames == ()
    assert state(hass, EXPOSURE) == "60.0"
    await observatory.start()
    await eventually(lambda: settled.runtime_data.frames.data.frames)
    assert state(hass, EXPOSURE) == "60.0"
    await observatory.restart_nina()
    await eventually(lambda: not settled.runtime_data.frames.data.frames)
    await until(hass, EVENT_STREAM, "on")
    assert state(hass, EXPOSURE) == "60.0"
    await save(observatory, frame, 75)
    await until(hass, EXPOSURE, "75.0")
    assert len(settled.runtime_data.frames.data.frames) == 1


@pytest.mark.parametrize("fault", ["html", "empty", "truncated", "unknown_error", "wrong_types"])
async def test_a_list_that_cannot_be_read_leaves_what_is_known(
    hass: HomeAssistant,
    observatory: Observatory,
    frame: SavedFrame,
    settled: MockConfigEntry,
    fault: str,
) -> None:
    """The frames stay, and a minute later the list is tried again."""
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    async with observatory.faults.during(fault, path=HISTORY) as trouble:
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        observatory.images.frames.append(replace(frame, seconds=80, filename="80.fits"))
        await until(hass, EVENT_STREAM, "on")
        await eventually(lambda: trouble.used > 1)
        assert state(hass, EXPOSURE) == "60.0"
    await within(hass, 61, lambda: state(hass, EXPOSURE) == "80.0")


async def test_a_frame_after_one_that_was_missed(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """It does not go by the number that it would have without that one."""
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    frames = settled.runtime_data.frames
    async with observatory.faults.during("hang", path="/equipment/info"):
        async with stream_lost(hass, observatory):
            await save(observatory, frame, 90)
        await until(hass, EVENT_STREAM, "on")
        await save(observatory, frame, 120)
        await until(hass, EXPOSURE, "120.0")
        observatory.ledger.reset()
        await frames.async_picture(frames.data.frames[-1], 320)
    assert observatory.ledger.count("/image/2") == 1
    assert observatory.ledger.count("/image/1") == 0


async def test_a_list_that_was_emptied_in_n_i_n_a(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """Nothing says so; it shows when a picture is asked for."""
    await save(observatory, frame, 60)
    await save(observatory, frame, 90)
    await until(hass, EXPOSURE, "90.0")
    observatory.images.frames.clear()
    await save(observatory, frame, 120)
    await until(hass, EXPOSURE, "120.0")
    frames = settled.runtime_data.frames
    with pytest.raises(NinaCommandError):
        await frames.async_picture(frames.data.frames[-1], 320)
    await eventually(lambda: len(frames.data.frames) == 1)
    assert await frames.async_picture(frames.data.frames[-1], 320)


async def test_a_frame_that_is_gone_when_it_is_its_turn(
    hass: HomeAssistant, observatory: Observatory, frame: SavedFrame, settled: MockConfigEntry
) -> None:
    """No other is shown for it, neither large nor small."""
    await save(observatory, frame, 60)
    await until(hass, EXPOSURE, "60.0")
    frames = settled.runtime_data.frames
    old = frames.data.frames[-1]
    observatory.images.frames.clear()
    await save(observatory, frame, 90)
    await until(hass, EXPOSURE, "90.0")
    frames.async_distrust()
    for fetch in (frames.async_thumbnail(old), frames.async_picture(old, 320)):
        with pytest.raises(NinaResponseError, match="gone"):
            await fetch


@pytest.mark.parametrize(
    ("ahead", "counted"), [(0, [42, 1503]), (3, None)], ids=["tonight", "wrong clock"]
)
async def test_a_frame_costs_the_same_at_the_end_of_the_night(
    hass: HomeAssistant, ready: MockConfigEntry, ahead: int, counted: list[int] | None
) -> None:
    """Calls are counted, from the message to the last state, after 40 and after 1,500 frames."""
    listener, frames = ready.runtime_data.listener, ready.runtime_data.frames
    began = noon_of(dt_util.utcnow()) + timedelta(days=ahead)

    def said(number: int) -> dict[str, Any]:
        return {
            "Date": (began + timedelta(seconds=10 * number)).isoformat(),
            "Filename": f"{number}.fits",
            "ImageType": "LIGHT",
            "ExposureTime": 10,
            "Filter": "LRGB"[number % 4],
            "TargetName": "M 31",
            "HFR": 2 + number % 97 / 100,
        }

    def tell(number: int) -> None:
        message = {"Event": "IMAGE-SAVE", "ImageStatistics": said(number)}
        event = listener.stream.decoder.live(message, dt_util.utcnow())
        assert event is not None
        listener._handle(event)

    def calls(number: int) -> int:
        count = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(note)
        tell(number)
        sys.setprofile(None)
        return count

    counts, shown = [], []
    for number in range(1501):
        tell(2 * number)
        if number in (40, 1500):
            counts.append(calls(2 * number + 1))
            shown.append(state(hass, "sensor.observatory_imaging_light_frames"))
    assert len(frames.data.frames) == 1503
    assert shown == [str(each) for each in counted or (0, 0)]
    # A look at each frame would be 1,460 calls more.
    assert abs(counts[1] - counts[0]) < 100


def test_merging_keeps_each_frame_once() -> None:
    """The list of N.I.N.A. comes first; what it does not have yet follows."""
    first, second, third = (Frame(filename=name) for name in ("1", "2", "3"))
    assert merge((first, second), [second, third, third]) == (first, second, third)
