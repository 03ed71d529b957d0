"""The target of a running sequence: random trees around a known one, and cases that are known."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import Sequence, SequenceStatus

from .test_sequence import container, step

type Block = dict[str, Any]

TARGET = "2026-11-28 002 2026 VB3 (n090)"
# Hours and degrees: the target, a star to focus on, and other targets.
PLACE, STAR, ELSEWHERE = (0.71, 41.27), (5.9, 7.4), (1.56, 30.66)
WRAPPERS = st.sampled_from(
    ["If", "Once safe", "Wiederhole bis", "", "Night_Container", "M 33", "Loop"]
)
IDLE = st.sampled_from(["Run Autofocus", "Start Guiding", "Annotation", "Schalte Filter", ""])


def slew(place: tuple[float, float], status: str, name: str = "Slew and center") -> Block:
    """Make a slew."""
    coordinates = {"RA": place[0], "Dec": place[1], "Epoch": "J2000"}
    return step(name, status, Coordinates=coordinates)


def lights(status: str) -> Block:
    """Make an instruction that takes light frames."""
    return step("Smart Exposure", status, ExposureTime=60, Type="LIGHT", Iterations=5)


def status_of(items: list[Block]) -> str:
    """Return what a container reads that is being worked on, or not."""
    inside = {item["Status"] for item in items}
    if "RUNNING" in inside:
        return "RUNNING"
    return "FINISHED" if inside == {"FINISHED"} else "CREATED"


def wrapped(
    draw: st.DrawFn, items: list[Block], deepest: int, names: Any = WRAPPERS
) -> list[Block]:
    """Put items into containers inside each other, with idle ones beside them."""
    for _ in range(draw(st.integers(0, deepest))):
        before = [step(draw(IDLE), "FINISHED") for _ in range(draw(st.integers(0, 1)))]
        around = [*before, *items] if status_of(items) != "CREATED" else items
        items = [container(draw(names), status_of(items), *around)]
    return items


def steps_of(draw: st.DrawFn, *, mount: bool, running: bool) -> list[Block]:
    """Make what is in a target: perhaps a star to focus on, a slew, light frames."""
    makers: list[Callable[[str], Block]] = []
    if mount and draw(st.booleans()):
        makers.append(lambda status: slew(STAR, status))
        makers.append(lambda status: step("Run Autofocus", status))
    if mount:
        place = PLACE if running else ELSEWHERE
        makers.append(lambda status: slew(place, status))
    makers.append(lambda status: step("Start Guiding", status))
    makers.extend([lights] * draw(st.integers(1, 3)))
    if not running:
        status = draw(st.sampled_from(["CREATED", "FINISHED", "SKIPPED"]))
        return [make(status) for make in makers]
    here = draw(st.integers(0, len(makers) - 1))
    read = ["FINISHED"] * here + ["RUNNING"] + ["CREATED"] * len(makers)
    return [make(each) for make, each in zip(makers, read, strict=False)]


@st.composite
def targets(draw: st.DrawFn) -> tuple[list[Block], bool]:
    """Make what is in a root of targets, of which one runs, at any depth; and whether it slews."""
    mount = draw(st.booleans())
    inner: list[Block] = []
    # Without a slew the innermost name counts.
    names = WRAPPERS if mount else st.just("")
    for item in steps_of(draw, mount=mount, running=True):
        inner += wrapped(draw, [item], 3, names)
    items = [container(TARGET, "RUNNING", *inner)]
    for _ in range(draw(st.integers(0, 6))):
        for beside in range(draw(st.integers(0, 2))):
            other = container(f"M {beside}", "CREATED", *steps_of(draw, mount=mount, running=False))
            items.insert(draw(st.integers(0, len(items))), other)
        items = [container(draw(WRAPPERS), "RUNNING", *items)]
    return items, mount


def running(*items: Block, detailed: bool = True) -> Sequence:
    """Decode a sequence that runs its targets."""
    roots = [
        container("Start", "FINISHED"),
        container("Targets", "RUNNING", *items),
        container("End"),
    ]
    return Sequence.from_wire([{"GlobalTriggers": []}, *roots] if detailed else roots)


def place_of(sequence: Sequence) -> tuple[float | None, float | None] | None:
    """Return where the target of a sequence is."""
    place = sequence.coordinates
    return None if place is None else (place.right_ascension, place.declination)


@given(targets())
def test_a_known_target_in_any_tree(made: tuple[list[Block], bool]) -> None:
    """It is found among wrappers and other targets, at its own place, not at the focus star's."""
    items, mount = made
    sequence = running(*items)
    assert sequence.target == TARGET
    assert place_of(sequence) == (PLACE if mount else None)


def in_detail(block: Block) -> Block:
    """Return a node as the detailed shape of the tree has it: the target is marked."""
    detailed = {**block, "Items": [in_detail(item) for item in block.get("Items", ())]}
    if "Items" not in block:
        del detailed["Items"]
    if "Coordinates" in block:
        detailed |= {"Coordinates": typed(block["Coordinates"]), "Inherited": False}
    if "Type" in block:
        detailed["ImageType"] = detailed.pop("Type")
    if block["Name"] == f"{TARGET}_Container":
        place = typed({"RA": PLACE[0], "Dec": PLACE[1]})
        detailed["Target"] = {"TargetName": "2026 VB3", "InputCoordinates": place}
    return detailed


def typed(place: Block) -> Block:
    """Return a place as it is typed."""
    minutes, hour = place["RA"] % 1 * 60, int(place["RA"])
    return {
        "RAHours": hour,
        "RAMinutes": int(minutes),
        "RASeconds": minutes % 1 * 60,
        "NegativeDec": place["Dec"] < 0,
        "DecDegrees": int(place["Dec"]),
        "DecMinutes": 0,
        "DecSeconds": place["Dec"] % 1 * 3600,
    }


@given(targets())
def test_a_marked_target_in_any_tree(made: tuple[list[Block], bool]) -> None:
    """The detailed shape marks it and knows its name and place also without a mount."""
    items, _ = made
    sequence = running(*map(in_detail, items))
    assert sequence.target == "2026 VB3"
    assert place_of(sequence) == pytest.approx(PLACE)


@pytest.mark.parametrize(
    ("negative", "degrees", "declination"), [(True, 0, -0.5), (True, -1, -1.5), (False, 1, 1.5)]
)
def test_the_sign_of_a_typed_place(negative: bool, degrees: int, declination: float) -> None:
    """The sign of -0° is in a flag of its own."""
    place = {"RAHours": 1, "RAMinutes": 30, "RASeconds": 0, "DecMinutes": 30, "DecSeconds": 0}
    place |= {"NegativeDec": negative, "DecDegrees": degrees}
    target = {"TargetName": "A", "InputCoordinates": place}
    sequence = running(container("B", "RUNNING", step("X", "RUNNING"), Target=target))
    assert place_of(sequence) == (1.5, declination)


@pytest.mark.parametrize("missing", ["RAHours", "DecSeconds"])
def test_a_typed_place_that_is_not_whole(missing: str) -> None:
    """Half a place is none."""
    place = typed({"RA": PLACE[0], "Dec": PLACE[1]}) | {missing: "NaN"}
    target = {"TargetName": "A", "InputCoordinates": place}
    sequence = running(container("B", "RUNNING", step("X", "RUNNING"), Target=target))
    assert (sequence.target, place_of(sequence)) == ("A", (None, None))


def test_a_wrapper_is_no_target_while_none_of_its_targets_runs() -> None:
    """Between two targets of a loop, and on the way to a star to focus on, the target is unknown."""
    done = container("M 31", "FINISHED", slew(ELSEWHERE, "FINISHED"), lights("FINISHED"))
    following = container("M 33", "CREATED", slew(ELSEWHERE, "CREATED"), lights("CREATED"))
    for between in (
        [],
        [slew(STAR, "RUNNING")],
        [container("F", "RUNNING", slew(STAR, "RUNNING"))],
    ):
        sequence = running(container("Night", "RUNNING", done, *between, following))
        assert (sequence.target, place_of(sequence)) == (None, None)


def test_a_target_that_focuses_in_a_container_of_its_own() -> None:
    """It takes light frames itself, beside a container that slews and images, too."""
    focus = container("Focus", "FINISHED", slew(STAR, "FINISHED"), lights("FINISHED"))
    slewed = slew(PLACE, "FINISHED")
    sequence = running(container("M 31", "RUNNING", focus, slewed, lights("RUNNING")))
    assert (sequence.target, place_of(sequence)) == ("M 31", PLACE)


@pytest.mark.parametrize("status", ["CREATED", "SKIPPED", "DISABLED"])
def test_a_slew_that_was_not_carried_out(status: str) -> None:
    """A branch that was not taken, a skipped and a disabled slew led nowhere."""
    steps = [slew(PLACE, "FINISHED"), slew(STAR, status), lights("RUNNING")]
    assert place_of(running(container("M 31", "RUNNING", *steps))) == PLACE


def test_the_place_of_each_of_two_panels() -> None:
    """What is imaged next decides, also between two frames."""
    panels = [slew(STAR, "FINISHED"), lights("FINISHED"), slew(PLACE, "CREATED"), lights("CREATED")]
    assert place_of(running(container("Mosaic", "RUNNING", *panels))) == PLACE
    panels[1]["Status"] = "RUNNING"
    assert place_of(running(container("Mosaic", "RUNNING", *panels))) == STAR


def side_by_side(*items: Block) -> Block:
    """Make a container whose items run at the same time."""
    return container("Parallel", "RUNNING", *items)


def test_targets_side_by_side() -> None:
    """What images counts; where both do, or neither, it is unknown; what is no target is not asked."""
    watch = container("Watch", "RUNNING", step("Wait", "RUNNING", Delay=5))
    here = [slew(PLACE, "FINISHED"), lights("RUNNING")]
    there = [slew(ELSEWHERE, "RUNNING"), lights("CREATED")]
    m31, m33 = container("M 31", "RUNNING", *here), container("M 33", "RUNNING", *there)
    assert running(side_by_side(watch, m31)).target == "M 31"
    assert running(side_by_side(m33, m31)).target == "M 31"
    m33["Items"][1]["Status"] = "RUNNING"
    assert running(side_by_side(m31, m33)).target is None


def test_two_roots_that_run() -> None:
    """Of two targets in two roots the one that exposes counts; the end has not begun."""
    m31 = container("M 31", "RUNNING", slew(PLACE, "FINISHED"), lights("RUNNING"))
    m33 = container("M 33", "RUNNING", slew(ELSEWHERE, "RUNNING"), lights("CREATED"))
    roots = [container("Targets", "RUNNING", each) for each in (m33, m31)]
    start, end = container("Start", "RUNNING"), container("End", "RUNNING", step("Park", "RUNNING"))
    sequence = Sequence.from_wire([{"GlobalTriggers": []}, start, *roots, end])
    assert (sequence.running, sequence.target, sequence.ending) == (True, "M 31", False)


@pytest.mark.parametrize("roots", [3, 4, 6, 8])
@pytest.mark.parametrize("state", ["FINISHED", "FAILED", "SKIPPED", None, "PAUSED"])
def test_any_number_of_roots_of_targets(roots: int, state: str | None) -> None:
    """The first is the start, the last the end, all between are targets, whatever became of them."""
    before = [container("Start", "FINISHED"), *(container("T", state) for _ in range(roots - 3))]  # type: ignore[arg-type]
    image = container("M 31", "RUNNING", slew(PLACE, "FINISHED"), lights("RUNNING"))
    target = container("T", "RUNNING", image)
    end = container("End", "CREATED", step("Park"))
    sequence = Sequence.from_wire([{"GlobalTriggers": []}, *before, target, end])
    assert (sequence.running, sequence.target, sequence.ending) == (True, "M 31", False)
    assert not sequence.at_rest
    target["Status"], end["Status"] = "FINISHED", "RUNNING"
    sequence = Sequence.from_wire([{"GlobalTriggers": []}, *before, target, end])
    assert (sequence.running, sequence.target, sequence.ending) == (True, None, True)
    assert len(sequence.roots) == roots


@pytest.mark.parametrize("name", [None, "", 7, ["M 31"], "x" * 300])
def test_odd_names(name: Any) -> None:
    """One without a name is unknown, at its place; a long one is itself."""
    image = container("", "RUNNING", slew(PLACE, "FINISHED"), lights("RUNNING"))
    image["Name"] = name
    sequence = running(container("Night", "RUNNING", image))
    assert sequence.target == (name if name == "x" * 300 else None)
    assert place_of(sequence) == PLACE


@pytest.mark.parametrize("status", [None, "PAUSED", 7, "absent"])
def test_odd_statuses(status: Any) -> None:
    """They cost only themselves: what runs inside runs."""
    image = container("M 31", "RUNNING", slew(PLACE, "FINISHED"), lights("RUNNING"))
    image["Status"] = status
    if status == "absent":
        del image["Status"]
    sequence = running(None, image, 7)  # type: ignore[arg-type]
    assert (sequence.target, place_of(sequence)) == ("M 31", PLACE)
    assert sequence.activity is not None
    assert (sequence.activity.name, sequence.activity.path) == (
        "Smart Exposure",
        ("Targets", "M 31"),
    )
    image["Items"][1]["Status"] = "CREATED"
    assert running(image).target is None


SEQUENTIAL = {"Description": "Führt alle Anweisungen der Reihe nach aus"}
PARALLEL = {"Description": "Führt alle Anweisungen gleichzeitig aus"}
OBJECT = {"Description": "Wie ein Satz, aber mit einem Himmelsobjekt"}


def described(name: str, kind: Block, *items: Block, status: str = "RUNNING") -> Block:
    """Make a container of plugin 2.0, which tells its type in the language of N.I.N.A."""
    return {"Name": f"{name}_Container", "Status": status, "Items": list(items), **kind}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (described("M 31", OBJECT, step("Take", "RUNNING")), "M 31"),
        (
            described(
                "M 31",
                OBJECT,
                described(
                    "Imaging", SEQUENTIAL, described("LRGB", SEQUENTIAL, step("T", "RUNNING"))
                ),
            ),
            "M 31",
        ),
        (
            described(
                "Night",
                SEQUENTIAL,
                described("M 31", OBJECT, described("LRGB", SEQUENTIAL, step("T", "RUNNING"))),
            ),
            "M 31",
        ),
        # The end is made of such containers, too.
        (described("M 31", OBJECT, described("LRGB", PARALLEL, step("T", "RUNNING"))), "M 31"),
        # Nothing tells one type from the other: the innermost.
        (described("Night", SEQUENTIAL, described("M 31", OBJECT, step("T", "RUNNING"))), "M 31"),
        (described("Night", {}, described("M 31", {}, step("T", "RUNNING"))), "M 31"),
    ],
)
def test_before_nodes_told_what_they_do(target: Block, name: str) -> None:
    """Plugin 2.0: a type that is inside itself, or in the end, is not that of targets."""
    end = described("End", {}, described("Away", PARALLEL, status="CREATED"), status="CREATED")
    roots = [described("Start", {}, status="FINISHED"), described("Targets", {}, target), end]
    sequence = Sequence.from_wire(roots)
    assert (sequence.target, sequence.coordinates) == (name, None)


def told(name: str, status: str = "CREATED") -> Block:
    """Make an instruction of plugin 2.0."""
    return step(name, status, Description=f"{name}, in words")


# A container around the target that has a type of its own cannot be told from a target.
@pytest.mark.parametrize(
    ("kind", "wrapper"),
    [
        (OBJECT, SEQUENTIAL),
        (OBJECT, PARALLEL),
        (OBJECT, {"Description": "Wenn"}),
        (SEQUENTIAL, SEQUENTIAL),
        ({}, SEQUENTIAL),
    ],
)
@pytest.mark.parametrize("deep", [False, True])
def test_between_two_targets_before_nodes_told_what_they_do(
    kind: Block, wrapper: Block, deep: bool
) -> None:
    """Plugin 2.0: for a moment only the loop around them runs, or one around the next; it is no target."""

    def night(*statuses: str, inside: str = "CREATED") -> Sequence:
        """Make a loop with two targets, of which none runs, or one, and an instruction between."""
        steps = [told("Slew", inside), told("Take"), told("Dither")]
        each = [
            described(name, kind, *steps, status=status)
            for name, status in zip(("M 31", "M 33"), statuses, strict=True)
        ]
        if deep:
            each[1] = described("If", wrapper, each[1])
        items = [each[0], told("Wait", "FINISHED"), each[1]]
        loop = described("All night", SEQUENTIAL, *items)
        end = described("End", {}, described("Away", SEQUENTIAL, status="CREATED"))
        end["Status"] = "CREATED"
        roots = [described("Start", {}, status="FINISHED"), described("Targets", {}, loop), end]
        return Sequence.from_wire(roots)

    assert night("CREATED", "CREATED").target is None
    assert night("FINISHED", "CREATED").target is None
    assert night("FINISHED", "RUNNING", inside="RUNNING").target == "M 33"


def test_a_target_of_containers_before_nodes_told_what_they_do() -> None:
    """Plugin 2.0: it is the target also in the moment between two containers in it."""
    parts = [
        described("Center", SEQUENTIAL, told("Slew", "FINISHED"), status="FINISHED"),
        described("LRGB", SEQUENTIAL, told("Take"), told("Dither"), status="CREATED"),
    ]
    m31 = described("M 31", OBJECT, *parts)
    loop = described("All night", SEQUENTIAL, m31)
    end = described("End", {}, described("Away", SEQUENTIAL, status="CREATED"), status="CREATED")
    roots = [described("Start", {}, status="FINISHED"), described("Targets", {}, loop), end]
    assert Sequence.from_wire(roots).target == "M 31"


def test_side_by_side_before_nodes_told_what_they_do() -> None:
    """What two containers that run side by side are called tells nothing."""
    both = [described("A", OBJECT, step("T", "RUNNING")), described("B", OBJECT)]
    assert running(*both, detailed=False).target is None


@pytest.mark.parametrize("running_now", [True, False])
def test_twenty_thousand_containers_of_plugin_2_0(running_now: bool) -> None:
    """They are searched quickly, too, and none of many that run is the target."""
    status = "RUNNING" if running_now else "CREATED"
    items = [
        described(f"M {number}", OBJECT, step("Slew", "FINISHED"), step("T", status), status=status)
        for number in range(7_000)
    ]
    began = perf_counter()
    target = running(*items, described("M 31", OBJECT, step("T", "RUNNING")), detailed=False).target
    assert perf_counter() - began < 20
    assert target == (None if running_now else "M 31")


@pytest.mark.parametrize("shape", ["deep", "wide", "all running"])
def test_twenty_thousand_nodes(shape: str) -> None:
    """They are decoded, searched and compared quickly, 200 deep or not."""
    tree = container("M 31", "RUNNING", slew(PLACE, "FINISHED"), lights("RUNNING"))
    if shape == "deep":
        for level in range(200):
            tree = container(
                f"Loop {level}", "RUNNING", *(lights("CREATED") for _ in range(97)), tree
            )
        items = [tree]
    else:
        status = "RUNNING" if shape == "all running" else "CREATED"
        others = [[lights(status) for _ in range(200)] for _ in range(98)]
        items = [*(container(f"{n}", status, *each) for n, each in enumerate(others)), tree]
    began = perf_counter()
    sequence = running(*items)
    assert sequence == running(*items)
    assert hash(sequence) == hash(running(*items))
    assert repr(sequence)
    assert perf_counter() - began < 20
    nodes = sum(1 for root in sequence.roots for _ in root.walk())
    assert nodes > 19_500
    assert sequence.target == "M 31"
    assert sequence.activity is not None
    assert sequence.instructions[-1].node.status is SequenceStatus.RUNNING
