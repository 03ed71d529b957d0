"""The sequence: whether it runs, what it does, what it waits for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.nina_observatory.api import NodeKind, Sequence, SequenceStatus, Unknown

from .conftest import Captures


def container(name: str, status: str = "CREATED", *items: Any, **more: Any) -> dict[str, Any]:
    """Make a container as the server sends it."""
    return {
        "Name": f"{name}_Container",
        "Status": status,
        "Items": list(items),
        "Conditions": [],
        "Triggers": [],
        **more,
    }


def step(name: str, status: str = "CREATED", **more: Any) -> dict[str, Any]:
    """Make an instruction, a condition or a trigger."""
    return {"Name": name, "Status": status, **more}


def running(*targets: Any, triggers: tuple[Any, ...] = ()) -> Sequence:
    """Make a sequence that runs its targets."""
    return Sequence.from_wire(
        [
            {"GlobalTriggers": list(triggers)},
            container("Start", "FINISHED"),
            container("Targets", "RUNNING", *targets),
            container("End"),
        ]
    )


@pytest.mark.parametrize(
    ("name", "runs", "target", "path", "activity"),
    [
        ("not_started_sequence_json", False, None, None, None),
        ("parked_idle_sequence_json", False, None, None, None),
        ("parked_idle_sequence_state", False, None, None, None),
        (
            "crescent_running_sequence_json",
            True,
            "Crescent Nebula",
            ("Targets", "Crescent Nebula", "Target Imaging Instructions", "12x3x300s"),
            "Smart Exposure",
        ),
        (
            "sh2_101_running_sequence_json",
            True,
            "Sh2 101",
            ("Targets", "Sh2 101", "Target Imaging Instructions", "20x300s"),
            "Smart Exposure",
        ),
        (
            "simple_sequence_running_sequence_json",
            True,
            "LRGBSHO",
            ("Targets", "", "LRGBSHO"),
            "Smart Exposure",
        ),
        (
            "imaging_guiding_sequence_json",
            True,
            None,
            ("Targets", "If", "Target Scheduler Imaging", "Target Acquisition"),
            "Target Scheduler Container",
        ),
    ],
)
def test_recorded_sequences(
    captures: Captures,
    name: str,
    runs: bool,
    target: str | None,
    path: tuple[str, ...] | None,
    activity: str | None,
) -> None:
    sequence = Sequence.from_wire(captures.response(name))

    assert (sequence.running, sequence.target) == (runs, target)
    assert (sequence.activity and sequence.activity.path) == path
    assert (sequence.activity and sequence.activity.name) == activity
    assert not sequence.waiting


def test_only_the_roots_tell_whether_it_runs() -> None:
    """Statuses below come from the file or from an earlier run."""
    sequence = Sequence.from_wire(
        [
            {},
            container("S"),
            container("T", "CREATED", container("M 31", "RUNNING")),
            container("E"),
        ]
    )

    assert not sequence.running
    assert sequence.activity is None
    assert sequence.target is None


@pytest.mark.parametrize("root", [1, 2, 3])
def test_any_root_makes_it_run(root: int) -> None:
    payload = [{"GlobalTriggers": []}, container("Début"), container("Cibles"), container("Fin")]
    payload[root]["Status"] = "RUNNING"

    assert Sequence.from_wire(payload).running


def test_the_shape_of_a_server_before_2_1() -> None:
    described = step("Slew and center", "RUNNING", Description="Slews to the target")
    sequence = Sequence.from_wire(
        [
            container("Start", "FINISHED"),
            container("Targets", "RUNNING", container("M 31", "RUNNING", described)),
            container("End"),
        ]
    )

    assert sequence.global_triggers == ()
    assert [root.name for root in sequence.roots] == ["Start", "Targets", "End"]
    assert (sequence.running, sequence.target) == (True, "M 31")
    assert sequence.activity is not None
    assert sequence.activity.name == "Slew and center"


@pytest.mark.parametrize("payload", [None, {}, [], "x", [1, 2, 3, 4], [{}], [[], None]])
def test_no_sequence_at_all(payload: Any) -> None:
    sequence = Sequence.from_wire(payload)

    assert not sequence.running
    assert sequence.activity is None
    assert sequence.failed == ()


def test_names_lose_their_suffix_once() -> None:
    sequence = running(
        container("My_Container", "RUNNING", step("Wait_Condition", "RUNNING")),
        triggers=(step("Flip_Trigger"),),
    )

    mine = sequence.roots[1].items[0]
    assert (mine.name, mine.kind) == ("My_Container", NodeKind.CONTAINER)
    assert (mine.items[0].name, mine.items[0].kind) == ("Wait_Condition", NodeKind.INSTRUCTION)
    assert (sequence.global_triggers[0].name, sequence.global_triggers[0].kind) == (
        "Flip",
        NodeKind.TRIGGER,
    )


def test_parallel_instructions() -> None:
    sequence = running(
        container("Both", "RUNNING", step("Cool Camera", "RUNNING"), step("Unpark", "RUNNING"))
    )

    assert [each.name for each in sequence.instructions] == ["Cool Camera", "Unpark"]
    assert sequence.activity == sequence.instructions[0]


def test_between_two_instructions_there_is_no_activity() -> None:
    sequence = running(container("M 31", "RUNNING", step("A", "FINISHED"), step("B")))

    assert sequence.running
    assert sequence.activity is None
    assert not sequence.waiting


@pytest.mark.parametrize("where", ["global", "root", "inner"])
def test_a_running_trigger_is_the_activity(where: str) -> None:
    flip = [step("Meridian Flip_Trigger", "RUNNING")]
    inner = container(
        "M 31",
        "RUNNING",
        step("Smart Exposure", "RUNNING"),
        Triggers=[step("Idle_Trigger"), *(flip if where == "inner" else [])],
    )
    sequence = Sequence.from_wire(
        [
            {"GlobalTriggers": flip if where == "global" else []},
            container("Start", "FINISHED"),
            container("Targets", "RUNNING", inner, Triggers=flip if where == "root" else []),
            container("End"),
        ]
    )

    assert sequence.activity is not None
    assert sequence.activity.name == "Meridian Flip"
    assert (
        sequence.activity.path
        == {
            "global": (),
            "root": ("Targets",),
            "inner": ("Targets", "M 31"),
        }[where]
    )


def test_a_trigger_left_running_in_a_sequence_that_does_not_run() -> None:
    stale = [step("Meridian Flip_Trigger", "RUNNING")]
    sequence = Sequence.from_wire(
        [{"GlobalTriggers": stale}, container("Start", Triggers=stale), container("Targets")]
    )

    assert sequence.trigger is None


def test_the_target_of_the_detailed_shape() -> None:
    sequence = running(
        container(
            "Outer",
            "RUNNING",
            container(
                "Renamed", "RUNNING", step("Take", "RUNNING"), Target={"TargetName": "NGC 7000"}
            ),
        )
    )

    assert sequence.target == "NGC 7000"


SLEW = step("Slew, center and rotate", "FINISHED", Coordinates={"RA": 0.7123, "Dec": 41.27})
EXPOSURE = step("Smart Exposure", "RUNNING", ExposureTime=60)
LIGHTS = container("LRGB", "RUNNING", EXPOSURE)


@pytest.mark.parametrize(
    ("running_below", "target", "right_ascension"),
    [
        # Flow of a plugin, around a target that slews itself, or not.
        ([container("If", "RUNNING", container("M 31", "RUNNING", SLEW, LIGHTS))], "M 31", 0.7123),
        ([container("If", "RUNNING", container("M 31", "RUNNING", EXPOSURE))], "M 31", None),
        # Without a slew the innermost with a name of its own.
        ([container("M 31", "RUNNING", LIGHTS)], "LRGB", None),
        ([container("M 31", "RUNNING", container("", "RUNNING", EXPOSURE))], "M 31", None),
        (
            [container("Evening", "RUNNING", container("M 31", "RUNNING", SLEW, LIGHTS))],
            "M 31",
            0.7123,
        ),
        (
            [container("M 31", "RUNNING", container("Prepare", "RUNNING", SLEW), LIGHTS)],
            "M 31",
            0.7123,
        ),
        ([container("M 31", "RUNNING", SLEW)], "M 31", 0.7123),
        # A scheduler's container hides what it does; flats and parking are about no target.
        (
            [container("Night", "RUNNING", container("Target Scheduler Container", "RUNNING"))],
            None,
            None,
        ),
        (
            [container("Flats", "RUNNING", step("Take Exposure", ExposureTime=1, Type="FLAT"))],
            None,
            None,
        ),
        (
            [container("Away", "RUNNING", step("Slew To Alt/Az", Coordinates={"Alt": 9}))],
            None,
            None,
        ),
    ],
)
def test_which_container_is_the_target(
    running_below: list[Any], target: str | None, right_ascension: float | None
) -> None:
    """Nothing marks a target: it slews and takes light frames."""
    sequence = running(*running_below)

    assert sequence.target == target
    place = sequence.coordinates
    assert (None if place is None else place.right_ascension) == right_ascension


@pytest.mark.parametrize(
    ("wait", "until"),
    [
        (
            step(
                "Warten",
                CalculatedWaitDuration="01:00:00",
                TargetTime="2026-02-24T22:00:00+00:00",
            ),
            datetime(2026, 2, 24, 22, tzinfo=UTC),
        ),
        (step("Pause", Delay=60), None),
        (step("Höhe", ExpectedTime="22:41", CurrentAltitude=12.5, Altitude=30), None),
        (
            step("Höhe", CurrentAltitude=12.5, ExpectedDateTime="2026-02-24T22:00:00Z"),
            datetime(2026, 2, 24, 22, tzinfo=UTC),
        ),
        # Where `/sequence/state` shows it.
        (step("Warten bis sicher", WaitInterval=5), None),
    ],
)
def test_waiting(wait: dict[str, Any], until: datetime | None) -> None:
    sequence = running(container("M 31", "RUNNING", {**wait, "Status": "RUNNING"}))

    assert sequence.waiting
    assert sequence.waiting_until == until


def test_not_waiting() -> None:
    wait = step("Wait for Time Span", "RUNNING", Delay=60)
    busy = running(container("Both", "RUNNING", wait, step("Cool Camera", "RUNNING")))
    focusing = running(
        container("M 31", "RUNNING", wait), triggers=(step("AF_Trigger", "RUNNING"),)
    )

    assert not running(container("M 31", "RUNNING", step("Wait for Bob", "RUNNING"))).waiting
    assert not busy.waiting
    assert not focusing.waiting
    assert busy.waiting_until is None


def test_what_failed() -> None:
    sequence = running(
        container("M 31", "FAILED", step("Run Autofocus", "FAILED"), step("B", "FINISHED"))
    )

    assert sequence.failed == ("Run Autofocus",)


def test_a_status_from_the_future() -> None:
    sequence = running(container("M 31", "PAUSED"), container("M 33", "RUNNING"))

    assert sequence.roots[1].items[0].status == Unknown("PAUSED")
    assert sequence.roots[1].items[1].status is SequenceStatus.RUNNING


def test_five_thousand_nodes() -> None:
    exposures = [step("Smart Exposure", ExposureTime=60, Iterations=3) for _ in range(50)]
    sequence = running(*(container(f"T {number}", "CREATED", *exposures) for number in range(100)))

    assert sum(1 for _ in sequence.roots[1].walk()) == 5101


def test_a_tree_deeper_than_sense() -> None:
    deepest = step("Take Exposure", "RUNNING", ExposureTime=1)
    for number in range(500):
        deepest = container(f"Level {number}", "RUNNING", deepest)

    sequence = running(deepest)

    assert sequence.running
    assert sequence.activity is not None
    assert sequence.activity.name == "Take Exposure"
    assert len(sequence.activity.path) == 501
    assert sequence == running(deepest)
    assert hash(sequence) == hash(running(deepest))
    assert len(repr(sequence)) > 1000
