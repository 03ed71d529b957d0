"""Pictures that are fetched to be kept: seldom while a sequence runs, the rest at its end."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.night.facts import collector
from custom_components.nina_observatory.readings.frame_list import frame_id
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .test_facts import take
from .test_gallery import files
from .waiting import eventually


def asked(observatory: Observatory) -> dict[str, int]:
    """Return how often pictures were asked for."""
    counts, prefix = observatory.ledger.counts, "/v2/api/image/"
    return {path.removeprefix(prefix): counts[path] for path in counts if path.startswith(prefix)}


async def test_while_a_sequence_runs(
    hass: HomeAssistant,
    imaging: Observatory,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """One thumbnail in some minutes, that of the newest frame; with its end the rest follows."""
    monkeypatch.setattr(collector, "IMAGING_EVERY", 10.0)
    monkeypatch.setattr(collector, "FRAME_AFTER", 0.05)
    monkeypatch.setattr(collector, "SEQUENCE_AFTER", 0.2)
    monkeypatch.setattr(collector, "REST_EVERY", 0.02)
    entry = make_entry(imaging)
    await set_up(hass, entry)
    frames = entry.runtime_data.frames
    await eventually(lambda: entry.runtime_data.sequence.data.running)
    began = hass.loop.time()
    await eventually(lambda: len(asked(imaging)) == 3, 60)
    took = hass.loop.time() - began
    assert took >= 2 * 10.0 - 0.1
    assert all(path.startswith("thumbnail/") for path in asked(imaging))
    assert len(frames.data.frames) > 3
    await imaging.sequence.stop()
    await eventually(lambda: entry.runtime_data.sequence.data.running is False)
    lights = {frame_id(frame) for frame in frames.data.frames if frame.image_type == "light"}
    await eventually(lambda: files(tmp_path) >= lights)
    counts = asked(imaging)
    assert set(counts.values()) == {1}
    larger = [path for path in counts if not path.startswith("thumbnail/")]
    assert len(larger) == 1
    await unload(hass, entry)


async def test_thumbnails_that_are_switched_off(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """N.I.N.A. is not asked for all of them, and renders none instead but the last."""
    monkeypatch.setattr(collector, "REST_AFTER", 2.0)
    observatory.settings.thumbnails = False
    for _ in range(6):
        await take(observatory, settled)
    await eventually(lambda: "5" in asked(observatory))
    await eventually(lambda: len(asked(observatory)) == 1 + collector.MOST_REFUSED)
    await eventually(lambda: len(files(tmp_path)) == 1)
    assert settled.runtime_data.facts._collector._timer is None


async def test_nobody_answers(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is tried again after a while, not at once; what is under way ends with the entry."""
    monkeypatch.setattr(collector, "REST_AFTER", 0.2)
    async with observatory.faults.during("hang", path="/image/*"):
        await take(observatory, settled)
        await eventually(lambda: observatory.ledger.count("/image/0"))
        waiting = settled.runtime_data.facts._collector
        await eventually(lambda: not waiting._fetching, 90)
        assert waiting._timer is not None
        assert waiting._timer.when() - hass.loop.time() > collector.UNANSWERED / 2
    await unload(hass, settled)
    assert waiting._timer is None
