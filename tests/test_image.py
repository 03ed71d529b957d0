"""The image entity: when the newest frame was saved, and its picture when somebody looks."""

import asyncio
from http import HTTPStatus

from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Observatory
from simulator.devices.exposures import Exposure

from .states import attributes, state, until
from .waiting import eventually

CAMERA = "camera.observatory_imaging_latest_image_camera"
IMAGE = "image.observatory_imaging_latest_image"

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
async def saved(hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry) -> str:
    """Return the state after a frame was saved."""
    assert state(hass, IMAGE) == "unknown"
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: state(hass, IMAGE) != "unknown")
    return state(hass, IMAGE)


async def test_its_state_is_the_time_of_the_frame(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, saved: str
) -> None:
    """As N.I.N.A. saved it; nothing is fetched for that."""
    newest = settled.runtime_data.frames.data.frames[-1].date
    assert saved == newest.isoformat()
    assert abs(newest - observatory.clock.now()).total_seconds() < 600
    assert observatory.ledger.count("/image/0") == 0
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: state(hass, IMAGE) != saved)


async def test_one_request_for_the_camera_and_the_image(
    hass: HomeAssistant,
    observatory: Observatory,
    saved: str,
    hass_client: ClientSessionGenerator,
) -> None:
    """However many look at either, through Home Assistant's own address."""
    client = await hass_client()
    paths = [attributes(hass, IMAGE)["entity_picture"]] * 10
    answers = await asyncio.gather(*(client.get(path) for path in paths))
    assert {answer.status for answer in answers} == {HTTPStatus.OK}
    assert {answer.content_type for answer in answers} == {"image/jpeg"}
    picture = await async_get_image(hass, CAMERA)
    assert picture.content == await answers[0].read()
    assert observatory.ledger.count("/image/0") == 1


async def test_a_picture_that_cannot_be_had(
    hass: HomeAssistant,
    observatory: Observatory,
    saved: str,
    hass_client: ClientSessionGenerator,
) -> None:
    """Nothing is shown instead, and the next look asks again."""
    client = await hass_client()
    path = attributes(hass, IMAGE)["entity_picture"]
    async with observatory.faults.during("html", path="/image/0"):
        assert (await client.get(path)).status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert (await client.get(path)).status == HTTPStatus.OK


async def test_no_frame_no_image(hass: HomeAssistant, observatory: Observatory, saved: str) -> None:
    """N.I.N.A. forgets its frames when it ends."""
    await observatory.restart_nina()
    await until(hass, IMAGE, "unavailable")
