"""Links to pictures: what they open without a login, for how long, and for whom they are made."""

from http import HTTPStatus
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings import frames as frames_module
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .clock import CLOCK
from .commanding import answer
from .errors import refused
from .people import Person
from .states import state, until
from .waiting import eventually

OUTSIDE: Final = "https://observatory.example.org"
IMAGE: Final = "image.observatory_imaging_latest_image"
STACK: Final = "camera.observatory_imaging_live_stack"


async def take(observatory: Observatory, entry: MockConfigEntry) -> str:
    """Take a frame, and return the media content ID of the newest."""
    frames = entry.runtime_data.frames
    before = len(frames.data.frames)
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: len(frames.data.frames) > before)
    found = await answer(entry.runtime_data.equipment.hass, entry, "get_frames", limit=1)
    return str(found["frames"][0]["media_content_id"])


async def opened(client: Any, path: str) -> tuple[int, str, bytes]:
    """Return what a link gives: status, type and content."""
    got = await client.get(path)
    return got.status, got.content_type, await got.read()


async def test_a_link_for_an_automation(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """It opens one picture for anybody, also when there is a newer one, until it expires."""
    hass.config.external_url = OUTSIDE
    anybody = await hass_client_no_auth()
    await take(observatory, ready)
    link = await answer(hass, ready, "get_picture_url", expires_in=10)
    assert link["url"] == OUTSIDE + link["path"]
    status, kind, first = await opened(anybody, link["path"])
    assert (status, kind, first[:3]) == (HTTPStatus.OK, "image/jpeg", b"\xff\xd8\xff")
    narrow = await opened(anybody, link["path"] + "&width=300")
    assert (narrow[0], len(narrow[2]) < len(first)) == (HTTPStatus.OK, True)

    newest = await take(observatory, ready)
    assert (await opened(anybody, link["path"]))[2] == first
    other = await answer(hass, ready, "get_picture_url", media_content_id=newest)
    status, _, second = await opened(anybody, other["path"])
    assert (status, second != first) == (HTTPStatus.OK, True)

    place, _, signature = link["path"].partition("?")
    for wrong in (
        place,
        f"{place}?{signature[:-2]}",
        f"{other['path'].partition('?')[0]}?{signature}",
        f"{place.removesuffix('link')}picture?{signature}",
        f"/api/{DOMAIN}/{ready.entry_id}/latest_image/link?{signature}",
        f"/api/image_proxy/{IMAGE}?{signature}",
        f"{place}?{signature}&more=1",
    ):
        assert (await anybody.get(wrong)).status in (
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
        ), wrong
    assert (await anybody.post(link["path"])).status == HTTPStatus.METHOD_NOT_ALLOWED

    CLOCK.turn(590)
    assert (await opened(anybody, link["path"]))[0] == HTTPStatus.OK
    CLOCK.turn(20)
    assert (await opened(anybody, link["path"]))[0] == HTTPStatus.UNAUTHORIZED
    assert (await opened(anybody, other["path"]))[0] == HTTPStatus.OK


async def test_an_expired_link_bans_nobody(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """A phone that shows old notifications is no failed login; a wrong token is one."""
    assert await async_setup_component(hass, "persistent_notification", {})
    anybody = await hass_client_no_auth()
    await take(observatory, ready)
    path = (await answer(hass, ready, "get_picture_url"))["path"]
    CLOCK.turn(3700)
    assert (await anybody.get(path)).status == HTTPStatus.UNAUTHORIZED
    assert not hass.data.get("persistent_notification")
    wrong = {"Authorization": "Bearer nonsense"}
    assert (await anybody.get(path, headers=wrong)).status == HTTPStatus.UNAUTHORIZED
    assert "http-login" in hass.data["persistent_notification"]


@pytest.mark.newest
async def test_without_an_address_from_outside(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It is the address at home, or else the path, to which an app adds its own address."""
    await take(observatory, ready)
    hass.config.internal_url = "http://192.168.1.5:8123"
    link = await answer(hass, ready, "get_picture_url")
    assert link["url"] == f"http://192.168.1.5:8123{link['path']}"
    hass.config.internal_url = hass.config.api = None
    link = await answer(hass, ready, "get_picture_url")
    assert link["url"] == link["path"]


@pytest.mark.parametrize(("who", "allowed"), [("reader", True), ("neighbor", False)])
async def test_links_for_users(
    hass: HomeAssistant,
    observatory: Observatory,
    people: dict[str, Person],
    ready: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    who: str,
    *,
    allowed: bool,
) -> None:
    """Who may read the entities gets one, which ends with the session; nobody else does."""
    await take(observatory, ready)
    name = f"services/{DOMAIN}/get_picture_url?return_response"
    got = await (await hass_client(people[who].token)).post(f"/api/{name}", json={})
    assert got.status == (HTTPStatus.OK if allowed else HTTPStatus.UNAUTHORIZED)
    socket = await hass_ws_client(hass, people[who].token)
    await socket.send_json_auto_id(
        {
            "type": "call_service",
            "domain": DOMAIN,
            "service": "get_picture_url",
            "return_response": True,
        }
    )
    reply = await socket.receive_json()
    assert reply["success"] is allowed
    if not allowed:
        return
    await socket.close()
    anybody = await hass_client_no_auth()
    paths = [
        (await got.json())["service_response"]["path"],
        reply["result"]["response"]["path"],
    ]
    for path in paths:
        assert (await opened(anybody, path))[0] == HTTPStatus.OK
    unattended = (await answer(hass, ready, "get_picture_url"))["path"]
    for token in list(people[who].user.refresh_tokens.values()):
        hass.auth.async_remove_refresh_token(token)
    for path in paths:
        assert (await opened(anybody, path))[0] == HTTPStatus.UNAUTHORIZED
    assert (await opened(anybody, unattended))[0] == HTTPStatus.OK


@pytest.mark.newest
async def test_entities_that_show_pictures(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An image that N.I.N.A. did not save, and the live stack, are shown as they are now."""
    monkeypatch.setattr(frames_module, "SAVED_WITHIN", 0.2)
    anybody = await hass_client_no_auth()
    await observatory.camera.routines.take(Exposure(2, "SNAPSHOT", "M 31", save=False))
    await eventually(lambda: state(hass, IMAGE) not in ("unknown", "unavailable"))
    path = (await answer(hass, ready, "get_picture_url"))["path"]
    assert "/latest_image/link?" in path
    assert (await opened(anybody, path))[:2] == (HTTPStatus.OK, "image/jpeg")
    await eventually(lambda: hass.states.get(STACK))
    path = (await answer(hass, ready, "get_picture_url", picture="live_stack"))["path"]
    assert (await opened(anybody, path))[0] == HTTPStatus.BAD_GATEWAY
    await observatory.live_stack.start()
    await observatory.camera.routines.take(Exposure(2, "LIGHT", "M 31"))
    await eventually(lambda: hass.states.get(STACK).attributes.get("frames"))  # type: ignore[union-attr]
    assert (await opened(anybody, path))[:2] == (HTTPStatus.OK, "image/jpeg")
    er.async_get(hass).async_update_entity(STACK, disabled_by=er.RegistryEntryDisabler.USER)
    assert (await opened(anybody, path))[0] == HTTPStatus.NOT_FOUND
    with refused("picture_off"):
        await answer(hass, ready, "get_picture_url", picture="live_stack")


async def test_a_plot(
    hass: HomeAssistant,
    people: dict[str, Person],
    ready: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The permission is that for its own device, not only for N.I.N.A."""
    anybody, entry_id = await hass_client_no_auth(), ready.entry_id
    path = (await answer(hass, ready, "get_picture_url", picture="guiding"))["path"]
    assert f"/{entry_id}/guiding/link?" in path
    assert (await opened(anybody, path))[:2] == (HTTPStatus.OK, "image/png")
    unsigned = path.partition("?")[0]
    for who, status in (("neighbor", HTTPStatus.UNAUTHORIZED), ("reader", None)):
        client = await hass_client(people[who].token)
        got = await client.get(unsigned)
        assert (got.status == HTTPStatus.UNAUTHORIZED) is (status is not None)
        url = f"/api/services/{DOMAIN}/get_picture_url?return_response"
        got = await client.post(url, json={"picture": "guiding"})
        assert got.status == (status or HTTPStatus.OK)


@pytest.mark.newest
async def test_what_there_is_no_link_to(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Each refusal says why."""
    with refused("picture_missing"):
        await answer(hass, ready, "get_picture_url")
    frame = await take(observatory, ready)
    for media, reason in (
        ("media-source://nina_observatory/other/frame/0123456789abcdef", "picture_of_other"),
        ("media-source://camera/camera.door", "picture_of_other"),
        (f"{frame[:-1]}x", "frame_missing"),
        (frame.replace("/frame/", "/capture/"), "frame_missing"),
        (frame.replace("/frame/", "/../../frame/"), "frame_missing"),
    ):
        with refused(reason):
            await answer(hass, ready, "get_picture_url", media_content_id=media)
    for minutes, reason in ((0, "field_out_of_range"), (1441, "field_out_of_range")):
        with refused(reason):
            await answer(hass, ready, "get_picture_url", expires_in=minutes)
    with refused("field_no_option"):
        await answer(hass, ready, "get_picture_url", picture="screenshot")


@pytest.mark.newest
async def test_with_nina_closed(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """In the morning it is the picture that is kept; nothing else is asked of anybody."""
    await take(observatory, ready)
    anybody = await hass_client_no_auth()
    path = (await answer(hass, ready, "get_picture_url"))["path"]
    assert (await opened(anybody, path))[0] == HTTPStatus.OK
    await eventually(lambda: ready.runtime_data.facts.picture.kept)
    await observatory.stop()
    await ready.runtime_data.equipment.async_read()
    await until(hass, "binary_sensor.observatory_reachable", "off")
    closed = (await answer(hass, ready, "get_picture_url"))["path"]
    assert closed.partition("?")[0] == path.partition("?")[0]
    assert (await opened(anybody, closed))[:2] == (HTTPStatus.OK, "image/jpeg")
    await observatory.start()
