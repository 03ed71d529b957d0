"""Absence proves nothing, and what did not happen is not reported as done.

One row per case, in the dialects where the wire differs.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.camera import ABORT_EXPOSURE
from custom_components.nina_observatory.control.commands.focuser import (
    AUTOFOCUS,
    STOP_FOCUSER,
    move_focuser,
)
from custom_components.nina_observatory.control.commands.rotator import move_rotator
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.enums import RotatorRange
from simulator.habits import GuiderKind

from .action_cases import under_the_stars
from .commanding import answer, call
from .errors import raises, refused
from .states import act, state, stream_lost
from .waiting import eventually


async def run(entry: NinaConfigEntry, command: Command[Any]) -> None:
    """Carry out a command."""
    await entry.runtime_data.runner.async_run(command)


# --- Autofocus ---


async def _near_focus(observatory: Observatory) -> None:
    """Have the focuser where the stars are smallest, under an open roof."""
    observatory.dome.put_shutter(1.0)
    observatory.focuser.travel.put(20110.0)
    for device in observatory.devices:
        device.refresh()


@pytest.mark.parametrize("heard", [True, False])
async def test_a_rejected_autofocus_that_ends_in_focus(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    quick_eye: None,
    heard: bool,
) -> None:
    """The best position of the rejected report is where the focuser was, and is again."""
    await _near_focus(observatory)
    await observatory.faults.start("failed_autofocus", mode="rejected")
    if heard:
        with raises("autofocus_unproven"):
            await run(unhurried, AUTOFOCUS)
        return
    async with stream_lost(hass, observatory):
        with raises("autofocus_unproven"):
            await run(unhurried, AUTOFOCUS)


@pytest.mark.parametrize(("threshold", "done"), [(0.1, True), (1.5, False), (None, False)])
async def test_an_autofocus_whose_events_cannot_be_read(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    quick_eye: None,
    threshold: float | None,
    done: bool,
) -> None:
    """Then the fit decides, by the threshold of the profile, where that is known."""
    observatory.profile.section("FocuserSettings")["RSquaredThreshold"] = threshold
    await unhurried.runtime_data.settings.async_read()
    observatory.profile.section("FocuserSettings")["RSquaredThreshold"] = 0.1
    async with (
        stream_lost(hass, observatory),
        observatory.faults.during("unknown_error", path="/event-history"),
    ):
        if done:
            await run(unhurried, AUTOFOCUS)
            return
        with raises("autofocus_unproven"):
            await run(unhurried, AUTOFOCUS)


# --- Rotator ---


@dataclass(frozen=True)
class Turn:
    """A rotator that ends at a mechanical angle: under which range that is what was asked."""

    allowed: RotatorRange
    asked: float
    ends_at: float
    done: bool


TURNS = (
    Turn(RotatorRange.FULL, 180.0, 270.0, done=False),
    Turn(RotatorRange.FULL, 180.0, 0.0, done=False),
    Turn(RotatorRange.HALF, 180.0, 270.0, done=False),
    Turn(RotatorRange.HALF, 180.0, 90.0, done=False),
    Turn(RotatorRange.HALF, 200.0, 20.0, done=True),
    Turn(RotatorRange.QUARTER, 200.0, 20.0, done=True),
    Turn(RotatorRange.QUARTER, 200.0, 110.0, done=False),
)


@pytest.mark.parametrize("turn", TURNS, ids=str)
async def test_a_rotator_that_ends_elsewhere(
    observatory: Observatory, unhurried: NinaConfigEntry, turn: Turn
) -> None:
    """Only the equivalent angle in the range of the profile is what was asked for."""
    rotator = observatory.rotator
    rotator.turn.put(45.0)
    rotator.synced, rotator.offset = True, 0.0
    settings = observatory.profile.section("RotatorSettings")
    settings["RangeType"], settings["RangeStartMechanicalPosition"] = turn.allowed, 0.0
    rotator.refresh()
    await observatory.faults.start("stuck_rotator", at=turn.ends_at)
    if turn.done:
        await run(unhurried, move_rotator(turn.asked))
        return
    with raises("move_rotator_unproven"):
        await run(unhurried, move_rotator(turn.asked))


async def test_a_rotator_whose_range_cannot_be_read(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Then no other angle than the one that was asked for is known to be right."""
    observatory.rotator.turn.put(45.0)
    observatory.rotator.synced, observatory.rotator.offset = True, 0.0
    observatory.rotator.refresh()
    observatory.profile.section("RotatorSettings")["RangeType"] = RotatorRange.HALF
    async with observatory.faults.during("html", path="/profile/show"):
        with raises("move_rotator_unproven"):
            await run(unhurried, move_rotator(200.0))


async def test_a_stop_of_the_focuser_that_is_ignored_until_it_arrives(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It stands where it was sent: that is an arrival, not a stop."""
    observatory.focuser.travel.put(20000.0)
    observatory.focuser.refresh()
    await observatory.faults.start("stop_ignored", device="focuser")
    moving = asyncio.ensure_future(run(unhurried, move_focuser(26000)))
    await eventually(lambda: observatory.focuser.travel.moving)
    with raises("stop_focuser_unproven"):
        await run(unhurried, STOP_FOCUSER)
    with raises("overtaken"):
        await moving
    assert observatory.focuser.position == 26000


# --- Exposures ---


async def test_an_abort_that_is_ignored_until_the_exposure_is_complete(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Its frame is saved."""
    await observatory.faults.start("stop_ignored", device="camera")
    taking = observatory.tasks.start(observatory.camera.routines.take(Exposure(100.0)))
    await eventually(lambda: observatory.camera.exposing)
    with raises("abort_exposure_unproven"):
        await run(unhurried, ABORT_EXPOSURE)
    await taking
    assert observatory.images.frames


@pytest.mark.parametrize("save", [True, False])
async def test_an_abort_that_is_ignored_and_the_next_exposure(
    observatory: Observatory, unhurried: NinaConfigEntry, save: bool
) -> None:
    """Another exposure is under way, and the one that was to be aborted left its frame."""
    await observatory.faults.start("stop_ignored", device="camera")

    async def sequence() -> None:
        """Expose without a pause."""
        for seconds in (100.0, 9000.0):
            await observatory.camera.routines.take(Exposure(seconds, save=save))

    observatory.tasks.start(sequence())
    await eventually(lambda: observatory.camera.exposing)
    with raises("abort_exposure_unproven"):
        await run(unhurried, ABORT_EXPOSURE)
    await observatory.faults.clear()
    observatory.camera.routines.abort()


async def test_an_abort_is_not_sent_to_the_next_exposure(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It is sent again only while the same exposure goes on."""

    async def sequence() -> None:
        """Expose without a pause."""
        for _ in range(2):
            await observatory.camera.routines.take(Exposure(9000.0, save=False))

    observatory.tasks.start(sequence())
    await eventually(lambda: observatory.camera.exposing)
    await run(unhurried, ABORT_EXPOSURE)
    assert observatory.ledger.count("/equipment/camera/abort-exposure") == 1
    assert observatory.camera.exposing
    observatory.camera.routines.abort()


async def test_a_capture_that_only_starts(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It was to wait, and the reply says at once that it started: its end is awaited anyway."""
    async with observatory.faults.during("does_not_wait", path="/equipment/camera/capture"):
        done = await answer(hass, unhurried, "capture", exposure=60, save=True)
    assert observatory.images.latest is not None
    assert done["frame"]["filename"] == observatory.images.latest.filename


async def test_a_capture_that_only_starts_and_fails(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Nothing announces a failure."""
    await observatory.faults.start("failed_capture")
    async with observatory.faults.during("does_not_wait", path="/equipment/camera/capture"):
        with raises("capture_unconfirmed"):
            await answer(hass, unhurried, "capture", exposure=5)


# --- Framing ---


@pytest.mark.parametrize("shown", [True, False])
async def test_nothing_is_framed(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry, shown: bool
) -> None:
    """The assistant stands at 0 h, 0°, with or without a rectangle of no size."""
    if shown:
        observatory.application.tab = "framing"
    observatory.ledger.reset()
    with refused("framing_empty"):
        await call(hass, unhurried, "slew_to_framing")
    assert observatory.ledger.count("/framing/slew") == 0


# --- The guider ---

GUIDING = "switch.observatory_guider_guiding"


@dataclass(frozen=True)
class Words:
    """A guider in a state, what the switch shows, and what becomes of a stop."""

    kind: GuiderKind
    state: str
    shown: str
    stop: str = ""
    requests: int = 1
    fault: str = ""
    says: str | None = None


WORDS = (
    Words(GuiderKind.PHD2, "Guiding", "on"),
    Words(GuiderKind.PHD2, "Calibrating", "on"),
    Words(GuiderKind.PHD2, "Stopped", "off", requests=0),
    Words(GuiderKind.PHD2, "LostLock", "off"),
    Words(GuiderKind.PHD2, "LostLock", "off", fault="lost_lock_stays"),
    Words(GuiderKind.PHD2, "LostLock", "off", "guider_unread", 2, fault="stop_ignored"),
    # N.I.N.A. does not stop what is paused.
    Words(GuiderKind.PHD2, "Paused", "off", "stop_guiding_unproven", 2),
    Words(GuiderKind.PHD2, "Looping", "off", requests=0),
    Words(GuiderKind.METAGUIDE, "Guiding", "unknown"),
    Words(GuiderKind.METAGUIDE, "Guiding", "unknown", "guider_unread", 2, fault="stop_ignored"),
    Words(GuiderKind.MGEN, "Guiding", "unknown"),
    # It announces no stop of what does not guide.
    Words(GuiderKind.MGEN, "Stopped", "unknown", "guider_unread", 2),
    Words(GuiderKind.SKYGUARD, "Guiding", "on"),
    Words(GuiderKind.DIRECT, "Guiding", "unknown"),
    Words(GuiderKind.PHD2, "Guiding", "unknown", says="Suivi actif"),
)


@pytest.mark.parametrize("words", WORDS, ids=str)
async def test_the_words_of_guiders(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry, words: Words
) -> None:
    """Words that are not PHD2's prove nothing: a stop is sent, and judged by its event."""
    guider = observatory.guider
    under_the_stars(observatory)
    guider.kind, guider.says = words.kind, words.says
    guider.routines.put(words.state, guides=words.state == "Guiding")
    await unhurried.runtime_data.equipment.async_read()
    assert state(hass, GUIDING) == words.shown
    if words.fault:
        await observatory.faults.start(words.fault)
    observatory.ledger.reset()
    if words.stop:
        with raises(words.stop):
            await act(hass, "switch.turn_off", GUIDING)
    else:
        await act(hass, "switch.turn_off", GUIDING)
        assert not observatory.tasks.running("phd2")
    assert observatory.ledger.count("/equipment/guider/stop") == words.requests


async def test_a_stop_of_guiding_whose_event_is_missed(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Then nothing proves it, and that is said."""
    observatory.guider.kind = GuiderKind.METAGUIDE
    observatory.guider.routines.put("Guiding")
    async with stream_lost(hass, observatory):
        with raises("guider_unread"):
            await act(hass, "switch.turn_off", GUIDING)
    assert not observatory.tasks.running("phd2")


async def test_a_start_of_guiding_in_other_words(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Its event proves it, and without one nothing does."""
    observatory.dome.put_shutter(1.0)
    observatory.guider.kind, observatory.guider.calibrated = GuiderKind.METAGUIDE, True
    await act(hass, "switch.turn_on", GUIDING)
    assert observatory.guider.guiding
    await act(hass, "switch.turn_off", GUIDING)
    async with observatory.faults.during("star_lost"):
        with raises("guider_unread"):
            await act(hass, "switch.turn_on", GUIDING)


# --- Flats and the live stack ---


async def test_flats_of_which_others_were_saved(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Frames of another kind are not counted as flats."""
    taking = hass.async_create_task(
        answer(hass, unhurried, "trained_flats", count=500, keep_closed=True)
    )
    await eventually(lambda: observatory.flats.running)
    await eventually(lambda: observatory.images.frames)
    frame = observatory.images.frames[0]
    observatory.images.frames.extend(
        replace(frame, image_type="LIGHT", filename=f"{number}.fits") for number in range(500)
    )
    observatory.flats.stop()
    with raises("flats_incomplete"):
        await taking
