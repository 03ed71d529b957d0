"""What is kept on disk is read back, and whatever else lies there is put aside."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.nina_observatory.api import Dome
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.commands.dome import DomeKey
from custom_components.nina_observatory.control.movements import MOST, REMEMBERED, UNSEEN, Movements
from custom_components.nina_observatory.helpers.storage import LARGEST

DOMES = [Dome(connected=True, device_id=f"Dome{number}") for number in range(MOST + 5)]
CLOSE = DomeKey.CLOSE_SHUTTER


@pytest.fixture
def movements(hass: HomeAssistant) -> Movements:
    """Return movements of which nothing is known."""
    return Movements(hass, "abc")


async def test_what_was_learned_is_remembered(hass: HomeAssistant, movements: Movements) -> None:
    for seconds in range(15):
        movements.note_done(DOMES[0], CLOSE, 20.0 + seconds, announced=True)
    await movements.store.async_save({"habits": movements.as_data()})
    later = Movements(hass, "abc")
    await later.async_load()
    habit = later.habit(DOMES[0], CLOSE)
    assert habit.announced
    assert len(habit.durations) == REMEMBERED
    assert habit.usual == 68
    # Another device, and another movement, have other habits.
    assert not later.habit(DOMES[1], CLOSE).announced
    assert not later.habit(DOMES[0], DomeKey.OPEN_SHUTTER).announced


def test_no_more_is_kept_than_there_is_room_for(movements: Movements) -> None:
    for dome in DOMES:
        movements.note_announced(dome, CLOSE)
    assert len(movements.as_data()) == MOST
    assert not movements.habit(DOMES[0], CLOSE).announced
    assert movements.habit(DOMES[-1], CLOSE).announced


@pytest.mark.parametrize(("seconds", "believed"), [(UNSEEN - 1, True), (UNSEEN + 1, False)])
def test_a_driver_that_keeps_silent_once_is_not_believed_any_more(
    movements: Movements, seconds: float, believed: bool
) -> None:
    """Unless the movement was over before anybody looked."""
    movements.note_announced(DOMES[0], CLOSE)
    movements.note_done(DOMES[0], CLOSE, seconds, announced=False)
    assert movements.habit(DOMES[0], CLOSE).announced is believed


def one(**habit: Any) -> dict[str, Any]:
    """Return what is kept of one movement."""
    return {"habits": {"close_shutter:x": {"announced": True, "durations": [1.0], **habit}}}


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (99, one()),
        (1, {}),
        (1, {"habits": []}),
        (1, {"habits": {"close_shutter:x": []}}),
        (1, one(durations=None)),
        (1, one(durations=["1"])),
        (1, one(durations=[-1.0])),
        (1, one(durations=[1e300])),
        (1, one(durations=[True])),
        (1, []),
    ],
)
async def test_another_shape_is_no_obstacle(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    movements: Movements,
    caplog: pytest.LogCaptureFixture,
    version: int,
    data: Any,
) -> None:
    """It is logged once, and nothing is known."""
    hass_storage[f"{DOMAIN}.abc.movements"] = {"version": version, "data": data}
    await movements.async_load()
    assert movements.as_data() == {}
    assert caplog.text.count("cannot be read and was set aside") == 1


@pytest.mark.parametrize("content", ["x" * (LARGEST + 1), "{not json", ""])
async def test_a_file_that_cannot_be_read_is_put_aside(
    hass: HomeAssistant, movements: Movements, tmp_path: Path, content: str
) -> None:
    hass.config.config_dir = str(tmp_path)
    path = tmp_path / ".storage" / f"{DOMAIN}.abc.movements"
    path.parent.mkdir()
    path.write_text(content)
    movements = Movements(hass, "abc")
    await movements.async_load()
    assert movements.as_data() == {}
    if len(content) > LARGEST:
        assert not path.exists()
        assert path.with_name(f"{path.name}.unreadable").read_text() == content
