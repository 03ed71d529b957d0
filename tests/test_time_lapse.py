"""A night at twenty times the speed: every time that is shown fits the clock on the wall."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta, tzinfo
import re
from unittest.mock import patch

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings.equipment import POLL_HEARD
from scripts._demo import evening
from simulator import Observatory
from simulator.control import Control
from simulator.scheduler.planner import Exposure, Planner
from simulator.scheduler.preview import default_start, preview
from simulator.sequence.altitude import LoopWhileAboveHorizon
from simulator.sequence.conditions import LoopUntilTime
from simulator.sequence.library import EVENING
from simulator.sequence.node import Node
from simulator.sky import SIDEREAL_RATE

from .clock import CLOCK
from .conftest import make_entry, set_up, unload
from .home_clock import follow_clock
from .states import act
from .waiting import eventually

follow_clock(evening)

SPEED = 20.0
# There are targets for hours, and none of them ends in the next minutes.
NIGHT = datetime(2026, 11, 29, 21, tzinfo=UTC)
# What times are off at most: the demonstration begins as late as it is allowed to catch up, and
# states have no fractions of a second.
LATE = timedelta(seconds=evening.CLOSE_ENOUGH + 1)
# The sensor of the flip follows a reading only where that is off by more.
STEADY = timedelta(seconds=60)

# The timestamps of the integration. What lies in the past:
LAST = {
    *("hub_started_at", "hub_session_started_at", "hub_taken_at", "hub_latest_image"),
    *("focuser_autofocus_time", "focuser_autofocus_plot", "guider_guiding_plot"),
    *("hub_night_plot", "hub_sky_plot"),
}
# What is to come:
NEXT = {
    *("camera_exposure_ends_at", "mount_meridian_flip_at", "scheduler_target_ends_at"),
    *("scheduler_next_target_at", "scheduler_imaging_ends_at", "scheduler_waiting_until"),
    *("hub_sequence_ends_at", "hub_waiting_until"),
}
FLIPS = {"mount_meridian_flip_at"}
# What stays until the next reading shows that it is over, at any speed.
READ = {"camera_exposure_ends_at"}
DAY = timedelta(days=1)
# What Home Assistant computes from the real sky, or from a setting in minutes, and which therefore
# does not follow a time lapse (simulator/README.md).
AS_IN_LIFE = {"hub_next_dusk", "hub_next_dawn", "mount_meridian_flip_earliest_at"}

TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d)?")
FILE_NAME = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")


def times_in(text: str, zone: tzinfo) -> Iterator[datetime]:
    """Yield the times in states and attributes; those in names of files are in a zone."""
    for found in FILE_NAME.findall(text):
        yield datetime.strptime(found, "%Y-%m-%d_%H-%M-%S").replace(tzinfo=zone)
    for found in map(datetime.fromisoformat, TIME.findall(text)):
        yield found if found.tzinfo else found.replace(tzinfo=dt_util.get_default_time_zone())


@pytest.fixture
async def start() -> AsyncIterator[datetime]:
    """Return when the night began."""
    CLOCK.set(NIGHT)
    # Another demonstration in this process may have begun at another hour.
    evening.hours_ahead.cache_clear()
    yield evening.beginning()
    evening.hours_ahead.cache_clear()


@pytest.fixture
async def rig(start: datetime, socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory as the demonstration does."""
    async with Observatory(
        port=0, scheduler_port=0, scenario="clear_night", start=start, lapse=True
    ) as rig:
        control = Control(rig)
        await control.start()
        await evening.catch_up(f"http://127.0.0.1:{control.port}", SPEED)
        await control.stop()
        yield rig


@pytest.fixture
async def entry(hass: HomeAssistant, rig: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return the entry of the observatory, with every entity there is."""
    entry = make_entry(rig)
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        await set_up(hass, entry)
        yield entry
    await unload(hass, entry)


class Shown:
    """What Home Assistant shows of an observatory, and when something will really happen there."""

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, rig: Observatory, start: datetime
    ) -> None:
        """Begin to look at a night that began some time ago."""
        self.rig = rig
        self.start = start
        self._hass = hass
        self._entry = entry

    def real(self, moment: datetime) -> datetime:
        """Return when a simulated moment to come will be reached."""
        return dt_util.utcnow() + (moment - self.rig.clock.true_now()) / SPEED

    def _latest(self, key: str) -> datetime:
        """Return the latest time that an entity may show: of a night, or the next flip."""
        return dt_util.utcnow() + DAY / SPEED if key in FLIPS else self.sunrise

    @property
    def sunrise(self) -> datetime:
        """Return the last moment of the night."""
        night = self.rig.site.night(self.rig.clock.true_now())
        assert night is not None
        return self.real(night.sunrise)

    def states(self) -> Iterator[tuple[str, State]]:
        """Yield the states of all entities, each with its role and key."""
        for entity in er.async_entries_for_config_entry(
            er.async_get(self._hass), self._entry.entry_id
        ):
            if (found := self._hass.states.get(entity.entity_id)) is not None:
                yield entity.unique_id.removeprefix(f"{self._entry.entry_id}_"), found

    def timestamps(self) -> dict[str, datetime | None]:
        """Return what the timestamps show."""
        return {
            key: dt_util.parse_datetime(found.state)
            for key, found in self.states()
            if found.domain == "image" or found.attributes.get("device_class") == "timestamp"
        }

    def __getitem__(self, key: str) -> datetime:
        """Return what a timestamp shows."""
        found = self.timestamps()[key]
        assert found is not None, key
        return found

    def state(self, key: str) -> State:
        """Return the state of an entity."""
        return dict(self.states())[key]

    def look(self) -> None:
        """Fail where a time is not where it belongs."""
        now = dt_util.utcnow()
        timestamps = self.timestamps()
        assert set(timestamps) == LAST | NEXT | AS_IN_LIFE
        for key in LAST:
            found = timestamps[key]
            assert found is None or self.start - LATE <= found <= now, key
        for key in NEXT:
            found = timestamps[key]
            past = now - LATE - (POLL_HEARD if key in READ else timedelta())
            assert found is None or past < found < self._latest(key) + LATE, key
        for key, each in self.states():
            if key not in AS_IN_LIFE:
                text = " ".join([*map(str, each.attributes.values()), each.state])
                for time in times_in(text, self.rig.clock.zone):
                    assert time < self._latest(key) + LATE, key


@pytest.fixture
def shown(hass: HomeAssistant, entry: MockConfigEntry, rig: Observatory, start: datetime) -> Shown:
    """Return what Home Assistant shows of the observatory."""
    return Shown(hass, entry, rig, start)


def planner(rig: Observatory) -> Planner:
    """Return what plans the night of an observatory."""
    store = rig.rig.scheduler_store
    assert store is not None
    return Planner(store, rig.site, store.active_profile.profile_id, rig.clock.true_now())


def end_of(node: Node, rig: Observatory) -> datetime | None:
    """Return when a condition ends a loop, None for anything else."""
    if isinstance(node, LoopUntilTime):
        return node.ends_at(rig.rig)
    return node.view(rig.rig).expected if isinstance(node, LoopWhileAboveHorizon) else None


def is_near(one: datetime, other: datetime, wide: timedelta = LATE) -> bool:
    """Return whether two times are the same within what they may be off."""
    return abs(one - other) <= wide


@pytest.mark.usefixtures("start")
async def test_its_day_does_not_end_soon() -> None:
    """What is imaged in the evening and planned for the night is in one list of a day."""
    for hour, minute in ((0, 29), (6, 0), (11, 30), (23, 59)):
        CLOCK.set(NIGHT.replace(hour=hour, minute=minute))
        evening.hours_ahead.cache_clear()
        begins = evening.beginning(timedelta())
        assert 22.5 <= begins.hour + begins.minute / 60 < 23.5
        assert (evening.midnight() - begins).days == 0


async def test_a_time_lapse_fits_the_clock_on_the_wall(
    hass: HomeAssistant, shown: Shown, entry: MockConfigEntry, subtests: pytest.Subtests
) -> None:
    rig, began = shown.rig, dt_util.utcnow()
    for _ in range(4):
        await asyncio.sleep(15)
        with subtests.test("each look"):
            shown.look()

    with subtests.test("what is imaged"):
        await eventually(lambda: shown.timestamps()["scheduler_target_ends_at"], 120)
        step = planner(rig).next(rig.clock.true_now())
        assert isinstance(step, Exposure)
        end = shown["scheduler_target_ends_at"]
        assert is_near(end, shown.real(step.until))
        assert f"{dt_util.as_local(end):%H:%M}" in shown.state("hub_now_imaging").state
        event = shown.state("scheduler_plan").attributes
        assert event["end_time"] == f"{dt_util.as_local(end):%Y-%m-%d %H:%M:%S}"

    with subtests.test("flip"):
        hours = rig.mount.known["TimeToMeridianFlip"]
        flip = rig.clock.true_now() + timedelta(hours=hours / SIDEREAL_RATE)
        assert is_near(shown["mount_meridian_flip_at"], shown.real(flip), LATE + STEADY)

    with subtests.test("an exposure really ends then"):
        await eventually(lambda: shown.timestamps()["camera_exposure_ends_at"], 120)
        end, exposure = shown["camera_exposure_ends_at"], rig.camera.exposure_ends
        await eventually(lambda: rig.camera.exposure_ends != exposure, 60)
        assert is_near(end, dt_util.utcnow())

    with subtests.test("frames"):
        dates = [each.date for each in entry.runtime_data.frames.data.frames]
        assert len(dates) > 2
        assert dates == sorted(dates)
        assert shown.start < dates[0] < began < dates[-1]
        assert dates[-1] < dt_util.utcnow()


async def test_plans_in_a_time_lapse_fit_the_clock_on_the_wall(
    hass: HomeAssistant, shown: Shown, subtests: pytest.Subtests
) -> None:
    rig = shown.rig
    store = rig.rig.scheduler_store
    assert store is not None
    await act(hass, f"{DOMAIN}.stop_sequence")
    await asyncio.sleep(20)

    with subtests.test("the plan of the night"):
        own, noon = store.active_profile.profile_id, default_start(rig.clock.now())
        # A preview changes what is planned next.
        night = preview(deepcopy(store), rig.site, own, noon)
        await act(hass, f"{DOMAIN}.get_plan", return_response=True, refresh=True)
        await asyncio.sleep(1)
        shown.look()
        assert is_near(shown["scheduler_imaging_ends_at"], shown.real(night[-1]["EndTime"]))

    with subtests.test("a plan from a time on"):
        start = dt_util.utcnow() + timedelta(minutes=2)
        answer = await act(hass, f"{DOMAIN}.get_plan", return_response=True, start=start)
        begins = [datetime.fromisoformat(each["start"]) for each in answer["plan"]]
        ends = [datetime.fromisoformat(each["end"]) for each in answer["plan"]]
        assert begins
        assert is_near(begins[0], start)
        assert begins[1:] == ends[:-1]
        assert ends[-1] < shown.sunrise

    with subtests.test("a sequence until dawn"):
        await act(hass, f"{DOMAIN}.load_sequence", sequence=EVENING)
        await act(hass, f"{DOMAIN}.start_sequence")
        await eventually(lambda: shown.timestamps()["hub_sequence_ends_at"], 120)
        shown.look()
        loops = [end for each in rig.sequence.plan.walk() if (end := end_of(each, rig))]
        assert is_near(shown["hub_sequence_ends_at"], shown.real(min(loops)))
