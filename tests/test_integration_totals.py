"""The integration of each target over all nights: each frame counts once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Frame, ImageType
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings import integration_totals
from custom_components.nina_observatory.readings.frames import Frames
from custom_components.nina_observatory.readings.integration_totals import (
    IntegrationTotals,
    Totals,
)

from .blocks import connected
from .rigs import Rig, recorded_rig, reload
from .waiting import eventually

EVENING = datetime(2026, 2, 24, 20, tzinfo=UTC)
TOTAL = "hub_target_integration_time"


def wire(number: int, **changed: Any) -> dict[str, Any]:
    """Return a frame as N.I.N.A. lists it."""
    return {
        "Date": (EVENING + timedelta(minutes=10 * number)).isoformat(),
        "Filename": f"{number}.fits",
        "ImageType": "LIGHT",
        "ExposureTime": 300,
        "Filter": "Ha",
        "TargetName": "M 31",
        **changed,
    }


def shown(rig: Rig) -> tuple[float, Any]:
    """Return the integration in seconds, and the target with its frames by filter."""
    state = rig.get("sensor", TOTAL)
    filters = {name: part["frames"] for name, part in state.attributes["by_filter"].items()}
    return (round(float(state.state) * 3600), (state.attributes["target"], filters))


async def take(rig: Rig, *frames: dict[str, Any]) -> None:
    """Have N.I.N.A. save frames, of which each event is told twice."""
    for frame in frames:
        rig.server.answers["image-history"] = [*rig.server.answers["image-history"], frame]
        for _ in range(2):
            await rig.server.tell({"Event": "IMAGE-SAVE", "ImageStatistics": frame})


@pytest.mark.usefixtures("socket_enabled")
async def test_every_frame_counts_once(hass: HomeAssistant) -> None:
    """However often it is told: in events, in the list, after a reload and after a restart."""
    listed = [wire(0), wire(1, Filter="SII"), wire(2, ImageType="DARK"), wire(3, TargetName="")]
    async with recorded_rig(hass, connected(), {"image-history": listed}) as rig:
        await eventually(lambda: rig.sensor(TOTAL) != "unknown")
        assert shown(rig) == (600, ("M 31", {"Ha": 1, "SII": 1}))
        await take(rig, wire(4), wire(5, Filter=None))
        both = (1200, ("M 31", {"": 1, "Ha": 2, "SII": 1}))
        await eventually(lambda: shown(rig) == both)
        await reload(rig)
        await eventually(lambda: rig.entry.runtime_data.frames.data.known)
        assert shown(rig) == both
        # N.I.N.A. is restarted: its list is empty, and another target comes.
        rig.server.answers |= {
            "application-start": "2026-02-25T18:00:00+01:00",
            "image-history": [wire(200, TargetName="M 33")],
        }
        await rig.server.drop_stream()
        await eventually(lambda: shown(rig) == (300, ("M 33", {"Ha": 1})))
        await take(rig, wire(201))
        await eventually(lambda: shown(rig)[1] == ("M 31", {"": 1, "Ha": 3, "SII": 1}))
        targets = rig.get("sensor", TOTAL).attributes["by_target"]
        assert {name: each["frames"] for name, each in targets.items()} == {"M 31": 5, "M 33": 1}


@pytest.mark.usefixtures("socket_enabled")
async def test_known_with_nina_closed(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Also after a restart of Home Assistant; with the entry it is gone."""
    async with recorded_rig(hass, connected(), {"image-history": [wire(0)]}) as rig:
        await eventually(lambda: rig.sensor(TOTAL) != "unknown")
        await rig.close_nina()
        await reload(rig)
        assert shown(rig) == (300, ("M 31", {"Ha": 1}))
        entry_id = rig.entry.entry_id
        assert hass_storage[f"{DOMAIN}.{entry_id}.integration"]["data"]["targets"]
    assert await hass.config_entries.async_remove(entry_id)
    assert f"{DOMAIN}.{entry_id}.integration" not in hass_storage


class _List:
    """A list of frames that a test decides."""

    def __init__(self) -> None:
        """Begin without frames."""
        self.data = Frames()

    def show(self, frames: Iterable[Frame], generation: int = 0) -> None:
        """Show other frames."""
        self.data = Frames(known=True, frames=tuple(frames), generation=generation)


def light(number: int, **changed: Any) -> Frame:
    """Return a light frame."""
    described = {"target_name": "M 31", "filter": "Ha", "exposure_time": 1.0, **changed}
    date = EVENING + timedelta(seconds=number)
    return Frame(date=date, filename=str(number), image_type=ImageType.LIGHT, **described)


def count(totals: Totals) -> int:
    """Return the number of all frames."""
    return sum(each.total.frames for each in totals.targets.values())


@pytest.fixture
def listed() -> _List:
    """Return an empty list."""
    return _List()


@pytest.fixture
def totals(hass: HomeAssistant, listed: _List) -> IntegrationTotals:
    """Return totals that follow the list."""
    return IntegrationTotals(hass, MockConfigEntry(domain=DOMAIN), listed)  # type: ignore[arg-type]


async def settle(hass: HomeAssistant, totals: IntegrationTotals) -> Totals:
    """Return the totals when all frames are counted."""
    totals._count()
    await hass.async_block_till_done()
    await eventually(lambda: totals._turn is None)
    return totals.totals


async def test_many_frames(hass: HomeAssistant, listed: _List, totals: IntegrationTotals) -> None:
    """They are counted in many turns, during which others come."""
    listed.show(map(light, range(900)))
    totals._count()
    listed.show(map(light, range(1000)))
    assert count(await settle(hass, totals)) == 1000
    listed.show(map(light, range(1100)), 1)
    assert count(await settle(hass, totals)) == 1100
    kept = Totals.from_data((await settle(hass, totals)).as_data())
    assert kept == totals.totals


async def test_what_is_remembered(
    hass: HomeAssistant,
    listed: _List,
    totals: IntegrationTotals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Frames in N.I.N.A.'s list as long as they are there, others some days."""
    listed.show(map(light, range(10)))
    await settle(hass, totals)
    today = datetime.now(UTC)
    monkeypatch.setattr(dt_util, "utcnow", lambda: today)
    today += timedelta(days=30)
    assert len((await settle(hass, totals)).listed) == 10
    # An outage ends, and the list is the same.
    listed.show([], 1)
    await settle(hass, totals)
    today += timedelta(days=1)
    listed.show(map(light, range(11)), 2)
    assert count(await settle(hass, totals)) == 11
    listed.show([light(50)], 3)
    await settle(hass, totals)
    assert len(totals.totals.listed) == 12
    today += timedelta(days=30)
    assert len((await settle(hass, totals)).listed) == 1


async def test_bounds(
    hass: HomeAssistant,
    listed: _List,
    totals: IntegrationTotals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The targets and filters that were imaged last are kept."""
    monkeypatch.setattr(integration_totals, "MOST_TARGETS", 3)
    monkeypatch.setattr(integration_totals, "MOST_FILTERS", 2)
    names = [("A", "1"), ("B", "1"), ("C", "1"), ("A", "2"), ("A", "3"), ("D", "1" * 500)]
    listed.show(
        light(number, target_name=name, filter=filter_name)
        for number, (name, filter_name) in enumerate(names)
    )
    found = await settle(hass, totals)
    assert list(found.targets) == ["C", "A", "D"]
    assert list(found.targets["A"].by_filter) == ["2", "3"]
    (longest,) = found.targets["D"].by_filter
    assert len(longest) == integration_totals.LONGEST_NAME


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"targets": {}, "listed": {"a": "b"}},
        {"targets": {"M 31": {"Ha": [1]}}, "listed": {}},
        {"targets": {"M 31": {"Ha": [1, float("nan")]}}, "listed": {}},
        {"targets": {"M 31": {"Ha": [-1, 1.0]}}, "listed": {}},
        {"targets": {"M 31": [1]}, "listed": {}},
    ],
)
def test_damaged(kept: dict[str, Any]) -> None:
    """What cannot be read is put aside as a whole."""
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        Totals.from_data(kept)
