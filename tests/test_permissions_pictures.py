"""Who may see the pictures of the frames, and which files a screenshot may be written to."""

from contextlib import nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.entities.pictures import frame_media, frame_path
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .commanding import answer
from .errors import refused
from .people import Person
from .waiting import eventually


@pytest.fixture
async def frame(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> dict[str, str]:
    """Take a frame and return the paths of its pictures and its place among the media."""
    assert await async_setup_component(hass, "auth", {})
    assert await async_setup_component(hass, "media_source", {})
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: ready.runtime_data.frames.data.frames)
    taken = ready.runtime_data.frames.data.frames[-1]
    return {
        "picture": frame_path(ready.entry_id, taken),
        "thumbnail": frame_path(ready.entry_id, taken, "thumbnail"),
        "media": f"media-source://{DOMAIN}/{frame_media(ready.entry_id, taken)}",
    }


@pytest.mark.parametrize("kind", ["picture", "thumbnail"])
@pytest.mark.parametrize(("who", "seen"), [("reader", True), ("neighbor", False)])
async def test_pictures(
    hass: HomeAssistant,
    observatory: Observatory,
    people: dict[str, Person],
    frame: dict[str, str],
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    kind: str,
    who: str,
    *,
    seen: bool,
) -> None:
    """A frame is shown to those who may read N.I.N.A.'s entities, also by a path they signed."""
    observatory.ledger.reset()
    got = await (await hass_client(people[who].token)).get(frame[kind])
    assert got.status == (HTTPStatus.OK if seen else HTTPStatus.UNAUTHORIZED)
    socket = await hass_ws_client(hass, people[who].token)
    await socket.send_json_auto_id({"type": "auth/sign_path", "path": frame[kind]})
    signed = (await socket.receive_json())["result"]["path"]
    anybody = await hass_client_no_auth()
    got = await anybody.get(signed)
    assert got.status == (HTTPStatus.OK if seen else HTTPStatus.UNAUTHORIZED)
    assert (await anybody.get(frame[kind])).status == HTTPStatus.UNAUTHORIZED
    pictures = [path for path in observatory.ledger.counts if "/image/" in path]
    assert bool(pictures) is seen


@pytest.mark.parametrize(("who", "seen"), [("reader", True), ("neighbor", False)])
async def test_media(
    hass: HomeAssistant,
    people: dict[str, Person],
    frame: dict[str, str],
    hass_ws_client: WebSocketGenerator,
    who: str,
    *,
    seen: bool,
) -> None:
    """Nobody else browses, finds or resolves the frames either."""
    socket = await hass_ws_client(hass, people[who].token)
    root = f"media-source://{DOMAIN}"

    async def ask(kind: str, place: str, **more: str) -> Any:
        """Ask the media source."""
        await socket.send_json_auto_id(
            {"type": f"media_source/{kind}", "media_content_id": place, **more}
        )
        return await socket.receive_json()

    assert bool((await ask("browse_media", root))["result"]["children"]) is seen
    found = await ask("search_media", root, search_query="m 31")
    assert bool(found["result"]["result"]) is seen
    assert (await ask("resolve_media", frame["media"]))["success"] is seen
    place = frame["media"].partition("/frame/")[0]
    assert (await ask("browse_media", place))["success"] is seen


@pytest.mark.parametrize(("who", "seen"), [("reader", True), ("neighbor", False)])
async def test_the_picture_of_an_exposure_that_was_not_saved(
    hass: HomeAssistant,
    people: dict[str, Person],
    ready: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    who: str,
    *,
    seen: bool,
) -> None:
    """It is shown to those who may see the frames, also by a path that they signed."""
    assert await async_setup_component(hass, "auth", {})
    assert await async_setup_component(hass, "media_source", {})
    taken = await answer(hass, ready, "capture", exposure=1)
    status = HTTPStatus.OK if seen else HTTPStatus.UNAUTHORIZED
    got = await (await hass_client(people[who].token)).get(taken["picture"])
    assert got.status == status
    socket = await hass_ws_client(hass, people[who].token)
    await socket.send_json_auto_id({"type": "auth/sign_path", "path": taken["picture"]})
    signed = (await socket.receive_json())["result"]["path"]
    anybody = await hass_client_no_auth()
    assert (await anybody.get(signed)).status == status
    assert (await anybody.get(taken["picture"])).status == HTTPStatus.UNAUTHORIZED
    place = {"type": "media_source/resolve_media", "media_content_id": taken["media_content_id"]}
    await socket.send_json_auto_id(place)
    assert (await socket.receive_json())["success"] is seen


async def test_media_for_home_assistant_itself(hass: HomeAssistant, frame: dict[str, str]) -> None:
    """An automation that shows a frame somewhere asks on behalf of nobody."""
    assert (await async_resolve_media(hass, frame["media"], None)).url == frame["picture"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nina.jpg", None),
        ("nina.JPEG", None),
        ("nina.png", None),
        ("nina", "file_no_picture"),
        (".jpg", "file_no_picture"),
        ("nina.jpg.", "file_no_picture"),
        ("nina.jpg.yaml", "file_no_picture"),
        ("configuration.yaml", "file_no_picture"),
        ("nina.html", "file_no_picture"),
        ("nina.svg", "file_no_picture"),
        ("nina.py", "file_no_picture"),
        ("../nina.jpg", "path_not_allowed"),
        ("pictures/../../nina.jpg", "path_not_allowed"),
    ],
)
async def test_files_that_are_written(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    tmp_path: Path,
    name: str,
    error: str | None,
) -> None:
    """Only pictures, of the kind that their names promise, and only where it is allowed."""
    folder = tmp_path / "www"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    path = folder / name
    with nullcontext() if error is None else refused(error):
        answered = await answer(hass, ready, "screenshot", filename=str(path))
        kind = Image.open(path).get_format_mimetype()
        assert answered["content_type"] == kind
        assert kind == ("image/png" if name.endswith(".png") else "image/jpeg")
    assert files_in(tmp_path) == [path] * (error is None)
    assert bool(observatory.ledger.count("/application/screenshot")) is (error is None)


def files_in(folder: Path) -> list[Path]:
    """Return all files of a folder, without what Home Assistant keeps for itself."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if ".storage" not in path.parts]
