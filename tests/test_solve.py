"""The solve action: where a frame points, saved or not, named in any way that answers name it."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.images import Frame

from .action_cases import under_the_stars
from .commanding import answer, paths, prepare
from .conftest import SPEED, make_entry, set_up, unload
from .errors import raises, refused
from .states import stream_lost
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")

SHOWN = "/prepared-image/solve"


@pytest.fixture
async def stars(observatory: Observatory, unhurried: MockConfigEntry) -> MockConfigEntry:
    """Return an entry of a telescope that tracks under an open roof."""
    prepare(observatory, under_the_stars)
    return unhurried


async def take(
    observatory: Observatory, entry: MockConfigEntry, *, save: bool, seconds: float = 20
) -> Frame:
    """Take a frame and return it once it is known."""
    frames = entry.runtime_data.frames
    before = (frames.data.latest, frames.data.prepared)
    kind = "LIGHT" if save else "SNAPSHOT"
    frame = await observatory.camera.routines.take(Exposure(seconds, kind, "M 31", save=save))
    assert frame is not None
    await eventually(
        lambda: (
            (frames.data.latest, frames.data.prepared) != before
            and (frames.data.prepared is None) is save
        )
    )
    observatory.ledger.reset()
    return frame


def is_here(observatory: Observatory, solution: dict[str, Any]) -> bool:
    """Return whether a solution is where the telescope points."""
    here = observatory.mount.hardware.coordinates.to_j2000(observatory.clock.true_now())
    found = solution["coordinates"]
    return (
        solution["success"] is True
        and abs(found["right_ascension"] - here.ra_degrees) < 0.1
        and abs(found["declination"] - here.dec_degrees) < 0.1
    )


async def test_what_nina_shows(
    hass: HomeAssistant, observatory: Observatory, stars: MockConfigEntry
) -> None:
    """The newest picture, saved or not; only the solving is asked for."""
    await take(observatory, stars, save=True)
    first = await answer(hass, stars, "solve")
    assert is_here(observatory, first["plate_solve"])
    assert first["frame"]["index"] == 0
    assert paths(observatory) == ["/image/0/solve"]
    await take(observatory, stars, save=False)
    second = await answer(hass, stars, "solve")
    assert is_here(observatory, second["plate_solve"])
    assert second["frame"] is None
    assert paths(observatory) == [SHOWN]


async def test_a_frame_of_the_night(
    hass: HomeAssistant,
    observatory: Observatory,
    stars: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """By its number, its place among the media, the path of its picture, or its id."""
    for _ in range(3):
        await take(observatory, stars, save=True)
    frame = (await answer(hass, stars, "get_frames"))["frames"][1]
    names = {
        "number": 1,
        "number as text": "1",
        "media": frame["media_content_id"],
        "path": frame["picture"],
        "thumbnail": frame["picture"].replace("/picture", "/thumbnail"),
        "id": frame["media_content_id"].rpartition("/")[2],
    }
    for what, name in names.items():
        with subtests.test(what):
            observatory.ledger.reset()
            solved = await answer(hass, stars, "solve", frame=name)
            assert is_here(observatory, solved["plate_solve"])
            assert solved["frame"] == frame
            assert paths(observatory) == ["/image/1/solve"]


async def test_a_picture_without_stars(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Under a closed roof nothing is found, and nothing else is said."""
    await take(observatory, ready, save=False, seconds=1)
    assert await answer(hass, ready, "solve") == {"plate_solve": {"success": False}, "frame": None}


async def test_nothing_to_solve(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """That nothing was heard of proves nothing: N.I.N.A. is asked, and has none."""
    with refused("nothing_to_solve"):
        await answer(hass, ready, "solve")
    assert paths(observatory) == [SHOWN]


async def test_a_picture_from_before(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Home Assistant was started after it was taken: it is solved anyway."""
    await take(observatory, settled, save=False, seconds=1)
    assert await hass.config_entries.async_reload(settled.entry_id)
    assert settled.runtime_data.frames.data.latest is None
    observatory.ledger.reset()
    assert (await answer(hass, settled, "solve"))["plate_solve"] == {"success": False}
    assert observatory.ledger.count(SHOWN) == 1


async def test_without_events(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The list is looked at first: a frame may have been saved that nobody told of."""
    async with stream_lost(hass, observatory):
        await observatory.camera.routines.take(Exposure(1, "LIGHT", "M 31"))
        assert (await answer(hass, settled, "solve"))["frame"]["index"] == 0


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (0, "frame_unknown"),
        ("99", "frame_unknown"),
        (-1, "frame_missing"),
        ("0123456789abcdef", "frame_missing"),
        ("1234567890123456", "frame_missing"),
        ("media-source://nina_observatory/somebody/frame/0123456789abcdef", "frame_missing"),
        ("media-source://camera/camera.observatory_imaging_latest_image_camera", "frame_missing"),
        ("/api/nina_observatory", "frame_missing"),
        ("//", "frame_missing"),
        ("٣", "frame_missing"),
        ("", "field_no_text"),
        (True, "field_no_text"),
        (1.5, "field_no_text"),
        (["0"], "field_no_text"),
        ("x" * 256, "field_too_long"),
    ],
)
async def test_frames_that_are_none(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    name: object,
    error: str,
) -> None:
    """Each is refused with what is wrong with it, and nothing is solved."""
    with refused(error):
        await answer(hass, ready, "solve", frame=name)
    assert paths(observatory) == []


async def test_a_picture_that_is_no_frame(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """That of an exposure cannot be given back to N.I.N.A."""
    taken = await answer(hass, ready, "capture", exposure=1)
    for name in (taken["picture"], taken["media_content_id"]):
        with refused("frame_not_saved"):
            await answer(hass, ready, "solve", frame=name)
    assert (await answer(hass, ready, "solve"))["frame"] is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("html", "solve_refused"),
        ("empty", "solve_refused"),
        ("unknown_error", "solve_refused"),
        ("reset", "command_lost"),
    ],
)
async def test_a_solution_that_cannot_be_had(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    fault: str,
    error: str,
) -> None:
    """What came instead is reported; it is not asked for a second time."""
    for path, save in (("/image/0/solve", True), (SHOWN, False)):
        await take(observatory, ready, save=save, seconds=1)
        async with observatory.faults.during(fault, path=path):
            with raises(error):
                await answer(hass, ready, "solve")
        assert observatory.ledger.count(path) == 1


async def test_a_frame_that_is_gone_with_its_nina(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Another one has its number by then."""
    await take(observatory, settled, save=True, seconds=1)
    media = (await answer(hass, settled, "get_frames"))["frames"][0]["media_content_id"]
    await observatory.restart_nina()
    await eventually(lambda: not settled.runtime_data.frames.data.frames)
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    await observatory.connect_all()
    await take(observatory, settled, save=True, seconds=1)
    with refused("frame_missing"):
        await answer(hass, settled, "solve", frame=media)


async def test_older_servers(hass: HomeAssistant, socket_enabled: None) -> None:
    """They solve nothing afterward; the version that does is named."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, scenario="idle", version="2.2.12.1"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        old.ledger.reset()
        with refused("plugin_too_old") as raised:
            await answer(hass, entry, "solve")
        assert (raised.value.translation_placeholders or {})["needed"] == "2.2.13"
        assert paths(old) == []
        await unload(hass, entry)
