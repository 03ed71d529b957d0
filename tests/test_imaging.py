"""Imaging: on while a sequence takes one frame after the other, pauses for dithers included."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from custom_components.nina_observatory.readings.imaging import LONGEST_PAUSE

from .blocks import connected
from .clock import CLOCK
from .rigs import Rig, recorded_rig
from .test_now_imaging import sequence_of
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")


@asynccontextmanager
async def exposing(hass: HomeAssistant) -> AsyncIterator[Rig]:
    """Have a running sequence whose camera has just exposed, and now does not."""
    async with recorded_rig(hass, connected(), {"sequence/json": sequence_of(2)}) as rig:
        assert rig.binary("hub_imaging") == STATE_OFF
        await rig.show("Camera", {"IsExposing": True})
        assert rig.binary("hub_imaging") == STATE_ON
        await rig.show("Camera", {"IsExposing": False})
        assert rig.binary("hub_imaging") == STATE_ON
        yield rig


async def seconds_until_off(rig: Rig) -> float:
    """Return after how many seconds it is off."""
    began = CLOCK.monotonic()
    await eventually(lambda: rig.binary("hub_imaging") == STATE_OFF, 2 * LONGEST_PAUSE)
    return CLOCK.monotonic() - began


async def test_a_pause_that_ends(hass: HomeAssistant) -> None:
    """It begins with the end of an exposure, and is forgotten with the next one."""
    async with exposing(hass) as rig:
        for _ in range(2):
            await rig.show("Camera", {"IsExposing": True})
            await rig.show("Camera", {"IsExposing": False})
            assert await seconds_until_off(rig) == pytest.approx(LONGEST_PAUSE, abs=2)
        await rig.show("Camera", {"Gain": 7})
        assert rig.binary("hub_imaging") == STATE_OFF


async def test_a_sequence_that_ends(hass: HomeAssistant) -> None:
    """Nothing will follow: it is off at once, or with the next reading of the sequence."""
    async with exposing(hass) as rig:
        rig.server.answers["sequence/json"] = []
        await rig.entry.runtime_data.sequence.async_refresh()
        assert rig.binary("hub_imaging") == STATE_OFF


async def test_an_unsafe_night(hass: HomeAssistant) -> None:
    """The sequence goes on and closes the roof: no frame follows."""
    async with exposing(hass) as rig:
        await rig.show("SafetyMonitor", {"IsSafe": False})
        assert rig.binary("hub_imaging") == STATE_OFF


async def test_a_camera_that_is_gone(hass: HomeAssistant, subtests: pytest.Subtests) -> None:
    """Nothing is claimed of it, nor afterward."""
    rows = ((False, STATE_OFF), (None, STATE_UNKNOWN))
    async with exposing(hass) as rig:
        for is_connected, expected in rows:
            with subtests.test(expected):
                await rig.show("Camera", {"IsExposing": True})
                await rig.show("Camera", {"Connected": is_connected})
                assert rig.binary("hub_imaging") == expected
                await rig.show("Camera", {"IsExposing": False})
                assert rig.binary("hub_imaging") == STATE_OFF
