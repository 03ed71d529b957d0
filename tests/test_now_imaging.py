"""What is imaged at present, in one line."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import pytest

from custom_components.nina_observatory.api import (
    ExposureNumber,
    ExposurePlan,
    Project,
    ProjectState,
    Sequence,
    Target,
)
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.readings.current_target import (
    CurrentTarget,
    current_target,
)
from custom_components.nina_observatory.readings.frames import Frames
from custom_components.nina_observatory.readings.now_imaging import NowImaging, now_imaging
from custom_components.nina_observatory.readings.scheduler_activity import SchedulerActivity
from custom_components.nina_observatory.readings.scheduler_plan import ProjectPlan, SchedulerPlan
from custom_components.nina_observatory.readings.sequence import SequenceReading, SequenceState
from custom_components.nina_observatory.sensor.present import line_of
from simulator import Observatory

from .api.test_sequence import container, running, step
from .blocks import connected
from .conftest import make_entry, set_up, unload
from .rigs import Rig, recorded_rig, unavailable
from .states import attributes, state
from .waiting import eventually

END = datetime(2026, 2, 24, 22, 26, 40, tzinfo=UTC)


def reading(tree: Sequence, **more: Any) -> SequenceReading:
    """Return a reading of a sequence."""
    return SequenceReading(reachable=True, readable=True, tree=tree, **more)


def imaging(**more: Any) -> SequenceReading:
    """Return a reading of a sequence that images NGC 281."""
    smart = step("Smart Exposure", "RUNNING", ExposureTime=60, Iterations=10)
    tree = running(container("NGC 281", "RUNNING", smart))
    exposure = ExposureNumber(number=3, total=10)
    return reading(tree, **{"exposure": exposure, "target_end": END, **more})


def scheduled(**more: Any) -> SequenceReading:
    """Return a reading of a sequence in which the Target Scheduler images NGC 281."""
    activity = SchedulerActivity(project="P", target="NGC 281", ends_at=END)
    tree = running(container("Target Scheduler", "RUNNING"))
    return reading(tree, **{"scheduler_activity": activity, **more})


def plan(*plans: ExposurePlan, count: int = 1) -> SchedulerPlan:
    """Return a plan with so many targets of one name."""
    target = Target(name="NGC 281", active=True, plans=plans)
    project = Project(id="1", name="P", state=ProjectState.ACTIVE)
    targets = tuple(replace(target, id=str(number)) for number in range(count))
    return SchedulerPlan(projects=(ProjectPlan(project=project, targets=targets),))


def wanted(accepted: int | None = 42, ungraded: int = 0, name: str = "SII") -> ExposurePlan:
    """Return what is wanted of a target through a filter."""
    return ExposurePlan(
        filter_name=name, exposure=60.0, desired=60, accepted=accepted, ungraded=ungraded
    )


def present(
    read: SequenceReading, known: SchedulerPlan | None = None, selected: str | None = "SII"
) -> NowImaging:
    """Return the present according to readings."""
    target = current_target(read, Frames(known=True), known)
    return now_imaging(read, target, known, selected)


def counts(now: NowImaging) -> tuple[str | None, int | None, int | None]:
    """Return filter, number and total."""
    return (now.filter, now.number, now.total)


def test_a_sequence() -> None:
    now = present(imaging())
    assert (now.target.name, now.until, now.instruction) == ("NGC 281", END, None)
    assert counts(now) == ("SII", 3, 10)
    assert counts(present(imaging(), selected=None)) == (None, 3, 10)
    own = ExposureNumber(number=3, total=10, filter="Ha")
    assert counts(present(imaging(exposure=own))) == ("Ha", 3, 10)


def test_no_exposure_is_its_instruction() -> None:
    """Focusing, slewing, flipping: the frame comes after that."""
    now = present(imaging(exposure=None))
    assert (now.target.name, now.instruction) == ("NGC 281", "Smart Exposure")
    assert counts(now) == (None, None, None)


@pytest.mark.parametrize(
    ("known", "number", "total"),
    [
        (plan(wanted()), 43, 60),
        (plan(wanted(ungraded=3)), 46, 60),
        (plan(wanted(ungraded=-3)), 43, 60),
        # Two exposure times through one filter.
        (plan(wanted(), wanted(accepted=60), wanted(name="Ha")), 103, 120),
        # Without a grader there are more frames than are wanted.
        (plan(wanted(accepted=60)), 61, None),
        (plan(wanted(accepted=None)), None, None),
        (plan(wanted(name="Ha")), None, None),
        (plan(wanted(), count=2), None, None),
        (plan(wanted(), count=0), None, None),
        (None, None, None),
    ],
)
def test_the_target_scheduler(
    known: SchedulerPlan | None, number: int | None, total: int | None
) -> None:
    now = present(scheduled(), known)
    assert (now.target.name, now.until) == ("NGC 281", END)
    assert counts(now) == ("SII", number, total)
    assert counts(present(scheduled(), known, None)) == (None, None, None)


def test_a_scheduler_that_waits() -> None:
    now = present(scheduled(scheduler_activity=SchedulerActivity(waiting_until=END)), plan())
    assert now == NowImaging(state=SequenceState.WAITING, target=now.target, until=END)
    assert now.target.name is None


@pytest.mark.parametrize(
    ("read", "state"),
    [
        (SequenceReading(), None),
        (SequenceReading(reachable=True), None),
        (SequenceReading(reachable=True, readable=True), SequenceState.NOT_READY),
        (
            reading(Sequence.from_wire([container("Start"), container("Targets")])),
            SequenceState.NOT_LOADED,
        ),
    ],
)
def test_nothing_is_imaged(read: SequenceReading, state: SequenceState | None) -> None:
    assert present(read, plan(wanted())) == NowImaging(state=state)


NGC = CurrentTarget(name="NGC 281")


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (
            {"target": NGC, "filter": "SII", "number": 3, "total": 10, "until": END},
            "NGC 281 · SII · frame 3 of 10 · until 23:26",
        ),
        ({"target": NGC, "number": 3}, "NGC 281 · frame 3"),
        ({"target": NGC, "total": 10}, "NGC 281"),
        ({"number": 3, "total": 10}, "frame 3 of 10"),
        ({"target": NGC, "instruction": "Center"}, "NGC 281 · Center"),
        ({"instruction": "Cool\nCamera"}, "Cool Camera"),
        ({}, "Running"),
        ({"state": None, "target": NGC}, None),
        ({"state": SequenceState.IDLE}, "Idle"),
        ({"state": SequenceState.WAITING, "until": END}, "Waiting · until 23:26"),
        (
            {"state": SequenceState.WAITING, "target": NGC, "until": END},
            "NGC 281 · Waiting · until 23:26",
        ),
        (
            {"target": CurrentTarget(name="M 31 " * 50), "number": 3},
            "M 31 " * 11 + "M 31… · frame 3",
        ),
    ],
)
async def test_line(hass: HomeAssistant, now: dict[str, Any], line: str | None) -> None:
    """What is unknown is left out; a long name hides nothing."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await async_get_translations(hass, hass.config.language, "entity", {DOMAIN})
    found = NowImaging(**{"state": SequenceState.RUNNING, **now})
    assert line_of(hass, found) == line


async def test_line_without_texts(hass: HomeAssistant) -> None:
    """A language is not loaded: there are symbols."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.language = "tlh"
    now = NowImaging(state=SequenceState.RUNNING, target=NGC, number=3, total=10, until=END)
    assert line_of(hass, now) == "NGC 281 · 3/10 · → 23:26"


LINE, EXPOSURE = (
    "sensor.observatory_now_imaging",
    "sensor.observatory_sequence_current_exposure",
)
MOON = "sensor.observatory_imaging_moon_separation"


@pytest.mark.usefixtures("socket_enabled")
async def test_a_night(hass: HomeAssistant) -> None:
    """The Target Scheduler images: line and count follow, and change no more often than they show."""
    async with Observatory(port=0, scheduler_port=0, speed=5, scenario="clear_night") as night:
        await eventually(lambda: "TS-TARGETSTART" in night.events.names)
        entry = make_entry(night)
        await set_up(hass, entry)
        written: list[str] = []

        @callback
        def note(event: Event[Any]) -> None:
            if event.data["entity_id"] == LINE:
                written.append(event.data["new_state"].state)

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        await eventually(lambda: state(hass, EXPOSURE) != "unknown", 120)
        first = state(hass, EXPOSURE)
        shown = attributes(hass, EXPOSURE)
        number, total = int(first), shown["total"]
        assert shown["unit_of_measurement"] == f"/ {total}"
        line = state(hass, LINE)
        assert line.startswith(state(hass, "sensor.observatory_sequence_current_target"))
        assert f" · {shown['filter']} · frame {number} of {total} · until " in line
        registry, identity = er.async_get(hass), f"{entry.entry_id}_scheduler_target_ends_at"
        ends_at = registry.async_get_entity_id("sensor", DOMAIN, identity)
        assert ends_at is not None
        ends = dt_util.parse_datetime(state(hass, ends_at))
        assert ends is not None
        assert line.endswith(f"{dt_util.as_local(ends):%H:%M}")
        assert 0 <= int(state(hass, MOON)) <= 180
        await eventually(lambda: state(hass, EXPOSURE) not in (first, "unknown"), 1800)
        number, total = int(state(hass, EXPOSURE)), attributes(hass, EXPOSURE)["total"]
        assert f" · frame {number} of {total} · until " in state(hass, LINE)
        assert all(one != other for one, other in pairwise(written))
        await unload(hass, entry)


@pytest.mark.usefixtures("socket_enabled")
async def test_nina_is_closed(hass: HomeAssistant) -> None:
    """A present that is over is not shown."""
    async with recorded_rig(hass, connected()) as rig:
        assert rig.sensor("hub_current_exposure") == "unknown"
        assert rig.sensor("hub_moon_separation") == "unknown"
        await rig.close_nina()
        for key in ("now_imaging", "current_exposure", "moon_separation"):
            assert unavailable(rig.find("sensor", f"hub_{key}"))


def sequence_of(done: int, *triggers: dict[str, Any]) -> list[Any]:
    """Return the answer of a server that images NGC 281, of which so many frames are done."""
    coordinates = {"RA": 0.88, "RADegrees": 13.2, "Dec": 56.6, "Epoch": "J2000"}
    slew = step("Slew", "FINISHED", Coordinates=coordinates)
    smart = step(
        "Smart Exposure", "RUNNING", ExposureTime=60, Iterations=10, CompletedIterations=done
    )
    target = container("NGC 281", "RUNNING", slew, smart, Triggers=list(triggers))
    targets = container("Targets", "RUNNING", target)
    return [{"GlobalTriggers": []}, container("Start", "FINISHED"), targets, container("End")]


def exposure(rig: Rig) -> tuple[str, str]:
    """Return the current exposure as it is displayed: the number, and of how many."""
    state = rig.get("sensor", "hub_current_exposure")
    return state.state, state.attributes["unit_of_measurement"]


@pytest.mark.usefixtures("socket_enabled")
async def test_a_sequence_in_home_assistant(hass: HomeAssistant) -> None:
    """A dither is no reason to forget the frame; a focus run of minutes is."""
    async with recorded_rig(hass, connected(), {"sequence/json": sequence_of(2)}) as rig:
        data = rig.entry.runtime_data
        assert exposure(rig) == ("3", "/ 10")
        assert rig.sensor("hub_now_imaging").startswith("NGC 281 · ")
        assert " · frame 3 of 10 · until " in rig.sensor("hub_now_imaging")
        selected = rig.blocks["FilterWheel"]["SelectedFilter"]["Name"]
        assert f" · {selected} · " in rig.sensor("hub_now_imaging")
        await rig.show(
            "FilterWheel", {"IsMoving": True, "SelectedFilter": {"Id": 9, "Name": "Next"}}
        )
        assert f" · {selected} · " in rig.sensor("hub_now_imaging")
        expected = data.sky.moon_separation(13.2, 56.6)
        assert float(rig.sensor("hub_moon_separation")) == pytest.approx(expected, abs=1.0)
        trigger = step("Autofocus_Trigger", "RUNNING")
        rig.server.answers["sequence/json"] = sequence_of(2, trigger)
        await data.sequence.async_read()
        assert exposure(rig) == ("3", "/ 10")
        await asyncio.sleep(61)
        await data.sequence.async_read()
        assert rig.sensor("hub_current_exposure") == "unknown"
        assert rig.sensor("hub_now_imaging").startswith("NGC 281 · Autofocus")
        rig.server.answers["sequence/json"] = sequence_of(3)
        await data.sequence.async_read()
        assert exposure(rig) == ("4", "/ 10")
