"""The light frames are the witness of the target, whatever its containers are called."""

from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import Any

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.nina_observatory.api import Frame, ImageType
from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.night.targets import TargetAnnouncer

from . import test_sequence as base
from .states import attributes, state
from .test_sequence import INSTRUCTION, TARGET, Sequencer, node
from .test_target import told

pytestmark = pytest.mark.usefixtures("quiet")
sequencer = base.sequencer

NUMBERS = count()
VB3 = "2026-11-28 002 2026 VB3 (n090)"
M_31, M_33 = (0.71, 41.27), (1.56, 30.66)


def slew(place: tuple[float, float], status: str = "FINISHED") -> dict[str, Any]:
    """Return a slew."""
    coordinates = {"RA": place[0], "Dec": place[1], "Epoch": "J2000"}
    return node("Slew and center", status, Coordinates=coordinates)


def target(name: str, status: str, place: tuple[float, float] | None = M_31) -> dict[str, Any]:
    """Return a target that exposes, or not; without a place one that does not slew."""
    expose = node("Smart Exposure", status, ExposureTime=60.0, Type="LIGHT", Iterations=9)
    return node(f"{name}_Container", status, *([] if place is None else [slew(place)]), expose)


def two(running: int, first: str = "M 31", second: str = "M 33") -> list[dict[str, Any]]:
    """Return a loop around two targets, one of which runs."""
    status = ["RUNNING" if running == each else "CREATED" for each in (0, 1)]
    loop = node("Night", "RUNNING", target(first, status[0]), target(second, status[1], M_33))
    return base.tree("RUNNING", loop)


class Night(Sequencer):
    """A sequencer that saves frames."""

    @classmethod
    def of(cls, sequencer: Sequencer) -> Night:
        """Return one that is up to date, and knows that no frame was saved before."""
        data = sequencer.entry.runtime_data
        data.listener.caught_up = True
        return cls(sequencer.hass, sequencer.server, sequencer.entry)

    async def saves(self, name: str | None, seconds: float = 60.0) -> None:
        """Save a light frame of a target."""
        frame = Frame(
            date=datetime(2026, 2, 24, 22, tzinfo=UTC),
            filename=f"{next(NUMBERS)}.fits",
            image_type=ImageType.LIGHT,
            target_name=name,
            exposure_time=seconds,
        )
        self.entry.runtime_data.frames.async_add(frame)
        await self.hass.async_block_till_done()

    @property
    def target(self) -> str:
        """Return what is shown to be imaged."""
        return state(self.hass, TARGET)


@pytest.fixture
async def night(sequencer: Sequencer) -> Night:
    """Return a night whose frames a test saves."""
    await sequencer.entry.runtime_data.frames.async_read()
    return Night.of(sequencer)


@pytest.fixture
def heard(hass: HomeAssistant, night: Night) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


async def test_a_container_that_is_not_called_like_its_target(
    hass: HomeAssistant, night: Night, heard: list[Event[Any]]
) -> None:
    """Its frames are; it is reported once and keeps its place."""
    await night.shows(base.tree("RUNNING", target(VB3, "RUNNING")))
    assert (night.target, attributes(hass, TARGET)["source"]) == (VB3, "sequence")
    await night.saves("2026 VB3")
    assert (night.target, attributes(hass, TARGET)["source"]) == ("2026 VB3", "last_frame")
    await night.shows(base.tree("RUNNING", target(VB3, "RUNNING")))
    assert night.target == "2026 VB3"
    assert attributes(hass, TARGET)["right_ascension"] == 10.65
    assert told(heard) == [(None, VB3)]


async def test_a_target_that_is_found_running(
    hass: HomeAssistant, night: Night, heard: list[Event[Any]]
) -> None:
    """Its first frame renames it; it was begun before anybody watched."""
    await night.shows(base.tree("RUNNING", target(VB3, "RUNNING")))
    heard.clear()
    data = night.entry.runtime_data
    TargetAnnouncer(
        hass, night.entry, data.listener, data.frames, data.sequence, data.present
    ).async_start()
    await night.saves("2026 VB3")
    assert night.target == "2026 VB3"
    assert told(heard) == []


async def test_a_frame_before_its_container_is_read(night: Night, heard: list[Event[Any]]) -> None:
    """The sequence is read twice a minute, and frames may be shorter."""
    await night.saves("2026 VB3")
    await night.shows(base.tree("RUNNING", target(VB3, "RUNNING")))
    assert night.target == "2026 VB3"
    assert told(heard) == [(None, "2026 VB3")]


@pytest.mark.parametrize("late", [0.0, 60.0])
async def test_a_frame_that_comes_when_its_container_has_ended(
    night: Night, heard: list[Event[Any]], late: float
) -> None:
    """N.I.N.A. saves it while the next target is being slewed to; that is not left for it."""
    await night.shows(two(0, VB3))
    await night.saves("2026 VB3")
    await night.shows(two(1, VB3))
    await night.saves("2026 VB3", late or 60.0)
    assert night.target == "M 33"
    await night.saves("M 33")
    await night.saves("2026 VB3", late or 60.0)
    assert night.target == "M 33"
    assert [name for _, name in told(heard)] == [VB3, "M 33"]


async def test_a_late_frame_after_something_between(night: Night, heard: list[Event[Any]]) -> None:
    """A message box, or the loop around both, ran meanwhile: the frame is still of the first."""
    first, second = target("A (1)", "RUNNING", None), target("B (2)", "RUNNING", None)
    await night.shows(base.tree("RUNNING", first, target("B (2)", "CREATED", None)))
    await night.saves("A")
    await night.shows(base.tree("RUNNING", first, target("B (2)", "CREATED", None)))
    assert night.target == "A"
    box = node("Caja", "RUNNING", Text="?")
    over = target("A (1)", "FINISHED", None)
    await night.shows(base.tree("RUNNING", over, box, target("B (2)", "CREATED", None)))
    assert night.target == "unknown"
    await night.shows(base.tree("RUNNING", over, {**box, "Status": "FINISHED"}, second))
    await night.saves("A", 600)
    assert night.target == "B (2)"
    await night.saves("B", 0.001)
    assert night.target == "B"
    assert told(heard) == [(None, "A (1)"), ("A", "B (2)")]


async def test_a_frame_of_before_the_first_of_a_target(night: Night) -> None:
    """What has exposed nothing has no frame, nor is one its own that began before it was seen."""
    exposing = target("n2", "RUNNING", M_33)
    slewing = {**exposing, "Items": [slew(M_33, "RUNNING"), {**exposing["Items"][1]}]}
    slewing["Items"][1]["Status"] = "CREATED"
    await night.shows(base.tree("RUNNING", slewing))
    await night.saves("M 31")
    assert night.target == "n2"
    await night.shows(base.tree("RUNNING", exposing))
    assert night.target == "n2"
    await night.saves("M 33", 0.0)
    assert night.target == "M 33"
    await night.saves("M 31", 300.0)
    assert night.target == "M 33"


async def test_targets_that_alternate(night: Night, heard: list[Event[Any]]) -> None:
    """Each is shown while it runs, by the name of its frames, and told once."""
    for round_ in range(3):
        for running, name in ((0, "2026 VB3"), (1, "M 33")):
            await night.shows(two(running, VB3))
            assert night.target == (VB3 if not running and not round_ else name)
            await night.saves(name)
            assert night.target == name
            await night.shows(two(running, VB3))
            assert night.target == name
    assert told(heard) == [(None, VB3), ("2026 VB3", "M 33")]


@pytest.mark.parametrize("order", set(permutations(["read", "own", "late"])))
async def test_any_order_of_frames_and_readings(
    night: Night, heard: list[Event[Any]], order: tuple[str, ...]
) -> None:
    """Whatever comes first of the second target, it is reported once and stays."""
    await night.shows(two(0, VB3, "n2 M 33"))
    await night.saves("2026 VB3")
    await night.shows(two(0, VB3, "n2 M 33"))
    for step in order:
        if step == "read":
            await night.shows(two(1, VB3, "n2 M 33"))
        else:
            await night.saves("M 33" if step == "own" else "2026 VB3")
    for _ in range(2):
        await night.shows(two(1, VB3, "n2 M 33"))
        await night.saves("M 33")
    assert night.target == "M 33"
    names = [name for _, name in told(heard)]
    assert names in ([VB3, "M 33"], [VB3, "n2 M 33"])


async def test_the_same_target_twice_in_a_night(night: Night, heard: list[Event[Any]]) -> None:
    """In a container of its own it is begun again."""
    names = ("M 31", "M 33", "M 31")
    for here in range(3):
        status = ["RUNNING" if here == each else "CREATED" for each in range(3)]
        await night.shows(base.tree("RUNNING", *map(target, names, status, strict=True)))
        await night.saves(names[here])
        assert night.target == names[here]
    assert [name for _, name in told(heard)] == ["M 31", "M 33", "M 31"]


async def test_frames_without_a_name(night: Night, heard: list[Event[Any]]) -> None:
    """Before plugin 2.2.11 the tree alone decides."""
    await night.shows(two(0))
    await night.saves(None)
    assert night.target == "M 31"
    await night.shows(two(1))
    await night.saves(None)
    assert night.target == "M 33"
    assert told(heard) == [(None, "M 31"), ("M 31", "M 33")]


async def test_between_two_targets(night: Night, heard: list[Event[Any]]) -> None:
    """The loop around them is none, nor is the one before still imaged."""
    await night.shows(two(0))
    await night.saves("M 31")
    await night.shows(two(2))
    assert night.target == "unknown"
    await night.saves("M 31")
    assert night.target == "unknown"
    await night.shows(two(1))
    assert night.target == "M 33"
    assert told(heard) == [(None, "M 31"), ("M 31", "M 33")]


async def test_a_rig_without_a_mount(night: Night, heard: list[Event[Any]]) -> None:
    """Its frames tell which of the containers around them is the target, for the next set, too."""
    for inner in ("LRGB", "Ha"):
        target_ = node("M 31_Container", "RUNNING", target(inner, "RUNNING", None))
        await night.shows(base.tree("RUNNING", node("If_Container", "RUNNING", target_)))
        assert night.target == ("LRGB" if inner == "LRGB" else "M 31")
        await night.saves("M 31")
        await night.shows(base.tree("RUNNING", node("If_Container", "RUNNING", target_)))
        assert night.target == "M 31"
    assert told(heard) == [(None, "LRGB")]


def scheduled(*after: dict[str, Any], status: str = "RUNNING") -> list[dict[str, Any]]:
    """Return a sequence in which a scheduler runs, or ran."""
    hidden = {**node("Target Scheduler Container_Container", status), "Items": []}
    return base.tree("RUNNING", hidden, *after)


async def test_what_a_scheduler_does(hass: HomeAssistant, night: Night) -> None:
    """The name of its container is shown only while no target is known."""
    await night.shows(scheduled())
    assert state(hass, INSTRUCTION) == "Target Scheduler Container"
    await night.saves("M 31")
    assert state(hass, INSTRUCTION) == "Imaging M 31"
    night.server.answer(
        "event-history",
        [{"Event": "TS-TARGETSTART", "TargetName": "M 33", "ProjectName": "P"}],
    )
    await night.learns()
    assert (night.target, state(hass, INSTRUCTION)) == ("M 33", "Imaging M 33")
    assert attributes(hass, INSTRUCTION)["path"] == ["Targets"]


async def test_a_target_that_the_scheduler_renames(
    hass: HomeAssistant, night: Night, heard: list[Event[Any]]
) -> None:
    """It is the same, and not begun again."""
    await night.shows(scheduled())
    started = {"Event": "TS-TARGETSTART", "TargetName": "M 31", "ProjectName": "P"}
    night.server.answer("event-history", [started])
    await night.learns()
    night.entry.runtime_data.sequence.async_rename({("P", "M 31"): ("P", "M 31 wide")})
    assert night.target == "M 31 wide"
    night.server.answer("event-history", [started, {**started, "TargetName": "M 31 wide"}])
    await night.learns()
    assert told(heard) == [(None, "M 31")]


async def test_a_scheduler_that_has_ended(hass: HomeAssistant, night: Night) -> None:
    """Nothing announces that; the container in which it ran does not run any more."""
    end = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    started = {"Event": "TS-TARGETSTART", "TargetName": "M 33", "TargetEndTime": end}
    night.server.answer("event-history", [started])
    await night.shows(scheduled())
    await night.learns()
    assert night.target == "M 33"
    await night.shows(scheduled())
    await night.shows(scheduled(target("M 31", "RUNNING"), status="FINISHED"))
    assert (night.target, state(hass, INSTRUCTION)) == ("M 31", "Smart Exposure")


async def test_a_sequence_that_goes_on_where_it_was_stopped(night: Night) -> None:
    """It has counted frames before; the newest that were there at the start are of another."""
    data = night.entry.runtime_data
    await night.saves("M 31")
    data.sequence.async_recall(data.frames.data.frames)
    resumed = target("M 33", "RUNNING")
    resumed["Items"][1]["CompletedIterations"] = 5
    await night.shows(base.tree("CREATED", resumed))
    await night.shows(base.tree("RUNNING", resumed))
    assert night.target == "M 33"


async def test_an_instruction_without_a_name(hass: HomeAssistant, night: Night) -> None:
    """The innermost that has one is shown."""
    nameless = node("", "RUNNING", ExposureTime=60.0)
    await night.shows(base.tree("RUNNING", node("LRGB_Container", "RUNNING", nameless)))
    assert state(hass, INSTRUCTION) == "LRGB"
    inner = node("_Container", "RUNNING", {**nameless, "Name": None})
    await night.shows(base.tree("RUNNING", inner))
    assert state(hass, INSTRUCTION) == "Targets"


async def test_a_name_of_three_hundred_letters(
    hass: HomeAssistant, night: Night, heard: list[Event[Any]]
) -> None:
    """A state shows its beginning; the event has it all."""
    name = "M" * 300
    await night.shows(base.tree("RUNNING", target(name, "RUNNING")))
    assert night.target.startswith("M" * 200)
    assert told(heard) == [(None, name)]
