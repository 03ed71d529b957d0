"""The image entity: when the newest frame was saved, and its picture when somebody looks."""

import asyncio
from http import HTTPStatus

from homeassistant.components.camera import async_get_image
from homeassistant.components.image import TOKEN_CHANGE_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Observatory
from simulator.devices.exposures import Exposure

from .clock import CLOCK
from .states import attributes, state, until
from .test_plots import AUTOFOCUS, look
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


async def test_tokens_that_nobody_uses(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """They change when they were used, as Home Assistant has it, or are old: each change is a row."""
    client, nobody = await hass_client(), await hass_client_no_auth()

    def turn(times: int) -> int:
        """Return how many tokens there were besides the first in so many times five minutes."""
        tokens = {attributes(hass, AUTOFOCUS)["access_token"]}
        for _ in range(times):
            CLOCK.turn(TOKEN_CHANGE_INTERVAL.total_seconds())
            async_fire_time_changed(hass, dt_util.utcnow())
            tokens.add(attributes(hass, AUTOFOCUS)["access_token"])
        return len(tokens) - 1

    async def opens(picture: str) -> bool:
        """Return whether a path opens the plot for somebody without a login."""
        status = (await nobody.get(picture)).status
        return {HTTPStatus.OK: True, HTTPStatus.FORBIDDEN: False}[HTTPStatus(status)]

    # The simulator would catch up with these days while the plot is drawn.
    with observatory.clock.held():
        turn(2)
        unused = attributes(hass, AUTOFOCUS)["entity_picture"]
        assert turn(4) == 2
        assert not await opens(unused)
        picture = attributes(hass, AUTOFOCUS)["entity_picture"]
        await look(client, hass, AUTOFOCUS)
        assert turn(1) == 1
        # The token before the newest ends on time also when the newest one stays.
        assert turn(1) == 0
        assert not await opens(picture)
