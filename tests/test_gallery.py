"""The frames of the last nights in the media browser: bounded, and there with N.I.N.A. closed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.nina_observatory.api import Frame, ImageType, Picture
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.entities.pictures import frame_path
from custom_components.nina_observatory.night.facts import collector, gallery
from custom_components.nina_observatory.readings.frame_list import frame_id
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .people import Person
from .test_facts import close, restart, take
from .waiting import eventually

ROOT: Final = f"media-source://{DOMAIN}"


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures be fetched soon after a frame that belongs to no sequence."""
    monkeypatch.setattr(collector, "REST_AFTER", 1.0)


def files(folder: Path) -> set[str]:
    """Return the thumbnails on the disk, by the ids of their frames."""
    return {path.stem for path in folder.glob(".storage/*.thumbnails/*")}


def sizes(folder: Path) -> int:
    """Return the bytes of the thumbnails on the disk."""
    return sum(path.stat().st_size for path in folder.glob(".storage/*.thumbnails/*"))


async def ask(socket: Any, kind: str, place: str, **more: str) -> Any:
    """Ask the media source and return its answer, or the code of the error."""
    await socket.send_json_auto_id(
        {"type": f"media_source/{kind}", "media_content_id": place, **more}
    )
    answer = await socket.receive_json()
    return answer["result"] if answer["success"] else answer["error"]["code"]


async def test_last_night_in_the_media_browser(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    eager: None,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    """Thumbnails and statistics, although N.I.N.A. is closed and Home Assistant was restarted."""
    assert await async_setup_component(hass, "auth", {})
    assert await async_setup_component(hass, "media_source", {})
    for target in ("M 31", "NGC 281", "NGC 281"):
        await take(observatory, settled, target)
    await take(observatory, settled, "", "DARK")
    await eventually(lambda: len(files(tmp_path)) == 3)
    lights = settled.runtime_data.frames.data.frames[:3]
    assert files(tmp_path) == {frame_id(frame) for frame in lights}
    # One picture that is larger, of the last light frame, and one request for each thumbnail.
    for path in ("2", "thumbnail/0", "thumbnail/1"):
        assert observatory.ledger.count(f"/image/{path}") == 1
    for path in ("0", "1", "3", "thumbnail/2", "thumbnail/3"):
        assert observatory.ledger.count(f"/image/{path}") == 0
    await close(hass, observatory, settled)
    await restart(hass, settled)
    await settled.runtime_data.facts.gallery.async_frames()

    socket, client = await hass_ws_client(), await hass_client()
    nights = await ask(socket, "browse_media", f"{ROOT}/{settled.entry_id}")
    night, _plots = nights["children"]
    targets = await ask(socket, "browse_media", night["media_content_id"])
    assert [each["title"] for each in targets["children"]] == ["NGC 281", "M 31"]
    frames = await ask(socket, "browse_media", targets["children"][0]["media_content_id"])
    assert len(frames["children"]) == 2
    first = frames["children"][0]
    words = first["title"].split(", ")
    assert words[1:4] == ["NGC 281", "L", "30 s"]
    assert any(word.startswith("HFR ") for word in words)
    assert any(word.endswith(" stars") for word in words)
    for path in (first["thumbnail"], first["thumbnail"] + "?width=100"):
        answer = await client.get(path)
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, "image/jpeg")
        assert Image.open(BytesIO(await answer.read())).width <= (100 if "=" in path else 256)
    media = await ask(socket, "resolve_media", first["media_content_id"])
    answer = await client.get(media["url"])
    # The newest one is there at the size of a dashboard.
    assert Image.open(BytesIO(await answer.read())).width > 256
    found = await ask(socket, "search_media", ROOT, search_query="m 31")
    (other,) = found["result"]
    answer = await client.get(
        (await ask(socket, "resolve_media", other["media_content_id"]))["url"]
    )
    assert Image.open(BytesIO(await answer.read())).width <= 256


@pytest.mark.parametrize(("who", "seen"), [("reader", True), ("neighbor", False)])
async def test_who_may_see_what_is_kept(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    people: dict[str, Person],
    eager: None,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    tmp_path: Path,
    who: str,
    *,
    seen: bool,
) -> None:
    """The same people as what N.I.N.A. has."""
    await take(observatory, settled)
    await eventually(lambda: files(tmp_path))
    frame = settled.runtime_data.frames.data.frames[0]
    await close(hass, observatory, settled)
    client, nobody = await hass_client(people[who].token), await hass_client_no_auth()
    for kind in ("picture", "thumbnail"):
        path = frame_path(settled.entry_id, frame, kind)
        assert (await nobody.get(path)).status == HTTPStatus.UNAUTHORIZED
        wanted = HTTPStatus.OK if seen else HTTPStatus.UNAUTHORIZED
        assert (await client.get(path)).status == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "..%2F..%2Fsecrets",
        "%2e%2e%2f%2e%2e%2fsecrets",
        "..%5C..%5Csecrets",
        "secret",
        "0123456789abcdef",
        "0123456789abcdef%00",
        "%2Fetc%2Fpasswd",
    ],
)
async def test_no_other_file(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
    wanted: str,
) -> None:
    """Files are found by frames that are listed, never by what somebody asks for."""
    folder = gallery.folder_of(hass, settled.entry_id)
    folder.mkdir(parents=True)
    for place in (folder / "secret.jpg", folder / "0123456789abcdef.jpg", tmp_path / "secrets.jpg"):
        Image.new("L", (8, 8)).save(place)
    client = await hass_client()
    for kind in ("picture", "thumbnail"):
        path = f"/api/{DOMAIN}/{settled.entry_id}/{wanted}/{kind}"
        assert (await client.get(path)).status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
    # What belongs to no frame is deleted with the next start.
    await restart(hass, settled)
    await settled.runtime_data.facts.gallery.async_frames()
    assert files(tmp_path) == set()
    assert (tmp_path / "secrets.jpg").exists()


@pytest.fixture
async def kept(
    hass: HomeAssistant, observatory: Observatory, request: pytest.FixtureRequest
) -> AsyncIterator[gallery.Gallery]:
    """Return the gallery of an entry that keeps as many nights as the parameter says."""
    entry = make_entry(observatory, kept_nights=request.param)
    await set_up(hass, entry)
    frames = entry.runtime_data.facts.gallery
    await frames.async_frames()
    yield frames
    await unload(hass, entry)


def light(frame: Frame, days: float, number: int = 0) -> Frame:
    """Return a light frame some days before another one."""
    assert frame.date is not None
    date = frame.date - timedelta(days=days, seconds=number)
    return replace(frame, date=date, filename=f"{date}.fits", image_type=ImageType.LIGHT)


async def frame_of(observatory: Observatory, kept: gallery.Gallery) -> Frame:
    """Take a frame and return it."""
    entry: Any = kept._entry
    await take(observatory, entry)
    found: Frame = entry.runtime_data.frames.data.frames[-1]
    return found


def picture(size: int = 300) -> Picture:
    """Return a picture."""
    data = BytesIO()
    Image.effect_noise((size, size), 50).save(data, "JPEG")
    return Picture("image/jpeg", data.getvalue())


@pytest.mark.parametrize("kept", [3], indirect=True)
async def test_as_many_nights_as_wanted(
    hass: HomeAssistant, observatory: Observatory, kept: gallery.Gallery, tmp_path: Path
) -> None:
    """The oldest go with their files; nights without a frame don't count."""
    frame = await frame_of(observatory, kept)
    for days in (0, 9, 1, 5, 7):
        for number in range(2):
            each = light(frame, days, number)
            kept._add_new([each])
            kept._note(each, None, picture())
    await eventually(lambda: len(files(tmp_path)) == 6)
    frames = await kept.async_frames()
    nights = {(frame.date - each.date).days for each in frames if each.date and frame.date}
    assert nights == {0, 1, 5}
    await eventually(
        lambda: files(tmp_path) == {frame_id(each) for each in frames} - {frame_id(frame)}
    )
    assert kept.counts["frames"] == 7
    assert kept.counts["thumbnail_bytes"] == sizes(tmp_path)


@pytest.mark.parametrize("kept", [3], indirect=True)
async def test_as_many_bytes_as_there_is_room_for(
    hass: HomeAssistant,
    observatory: Observatory,
    kept: gallery.Gallery,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Of the oldest frames the pictures go, then the frames themselves."""
    frame = await frame_of(observatory, kept)
    monkeypatch.setattr(gallery, "MOST_BYTES", 200_000)
    for number in range(30):
        each = light(frame, 0, 60 - number)
        kept._add_new([each])
        kept._note(each, None, picture())
        await eventually(lambda: not kept._writing)
    await hass.async_block_till_done()
    assert 100_000 < kept.counts["thumbnail_bytes"] <= 200_000
    assert kept.has_thumbnail(frame_id(light(frame, 0, 31)))
    assert not kept.has_thumbnail(frame_id(light(frame, 0, 60)))
    assert kept.counts["frames"] == 31
    monkeypatch.setattr(gallery, "MOST_FRAMES", 10)
    kept._add_new([light(frame, 0, 1)])
    assert kept.counts["frames"] == 10
    assert kept.counts["thumbnails"] <= 10
    await eventually(lambda: len(files(tmp_path)) == kept.counts["thumbnails"])


async def test_many_frames_are_read_back_a_few_at_a_time(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A week of short exposures must not hold up the loop when Home Assistant starts."""
    entry: Any = settled
    kept, frames = entry.runtime_data.facts.gallery, entry.runtime_data.frames
    frame = await frame_of(observatory, kept)
    kept._add_new([light(frame, 0, number) for number in range(1000)])
    await unload(hass, settled)
    again = gallery.Gallery(hass, settled, frames)
    again.async_start()
    # It may have begun already.
    counts = [0, again.count]
    while counts[-1] < 1001:
        await asyncio.sleep(0)
        counts.append(again.count)
    assert max(after - before for before, after in pairwise(counts)) <= gallery.AT_A_TIME


@pytest.mark.parametrize("kept", [0], indirect=True)
async def test_none_wanted(
    hass: HomeAssistant,
    observatory: Observatory,
    kept: gallery.Gallery,
    hass_storage: dict[str, Any],
    tmp_path: Path,
) -> None:
    """Nothing is kept, and nothing fetched for it."""
    frame = await frame_of(observatory, kept)
    kept._coordinator.fetched.async_call(frame, None, picture())
    await hass.async_block_till_done()
    assert await kept.async_frames() == ()
    assert files(tmp_path) == set()
    assert [key for key in hass_storage if key.endswith("fact_frames")] == []


@pytest.mark.parametrize("damage", [b"", b"not a picture", b"\xff\xd8\xff" * 40_000])
async def test_a_damaged_thumbnail_costs_itself(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    eager: None,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
    damage: bytes,
) -> None:
    """It is fetched again while N.I.N.A. has it, and missing otherwise."""
    await take(observatory, settled)
    await take(observatory, settled)
    await eventually(lambda: len(files(tmp_path)) == 2)
    first = settled.runtime_data.frames.data.frames[0]
    folder = gallery.folder_of(hass, settled.entry_id)
    (folder / f"{frame_id(first)}.jpg").write_bytes(damage)
    await close(hass, observatory, settled)
    client = await hass_client()
    wanted = frame_path(settled.entry_id, first, "thumbnail")
    assert (await client.get(wanted)).status == HTTPStatus.NOT_FOUND
    await observatory.start()
    await eventually(lambda: settled.runtime_data.frames.data.known)
    answer = await client.get(wanted)
    assert answer.status == HTTPStatus.OK
    assert Image.open(BytesIO(await answer.read())).width <= 256
