"""Problems: found in time, not cried for nothing, and told with their reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    Dome,
    Equipment,
    Focuser,
    Frame,
    Guider,
    GuiderState,
    ImageType,
    Mount,
    Role,
    Sequence,
    ShutterState,
    SideOfPier,
    Unknown,
)
from custom_components.nina_observatory.api.models.sequence_node import Node, NodeDetails, NodeKind
from custom_components.nina_observatory.night.detectors import (
    AutofocusFailed,
    Candidate,
    Detector,
    FlipOverdue,
    GuidingLost,
    ImagingStalled,
    NightReadings,
    RoofOpen,
    WaitingForPerson,
)
from custom_components.nina_observatory.night.problems import ProblemState
from custom_components.nina_observatory.readings.equipment_state import EquipmentState
from custom_components.nina_observatory.readings.scheduler_activity import SchedulerActivity
from custom_components.nina_observatory.readings.sequence import SequenceReading

RUNNING = SequenceReading(reachable=True, readable=True, tree=Sequence(running=True))
STOPPED = SequenceReading(reachable=True, readable=True, tree=Sequence())
WAITING = SequenceReading(
    reachable=True,
    readable=True,
    tree=Sequence.from_wire(
        [
            {"Status": "CREATED"},
            {"Status": "RUNNING", "Items": [{"Status": "RUNNING", "Name": "Wait for time"}]},
            {"Status": "CREATED"},
        ]
    ),
)
FLIP = Node(
    kind=NodeKind.TRIGGER, name="Meridian Flip", status=None, details=NodeDetails(time_to_flip=1.0)
)
FLIPPING = SequenceReading(
    reachable=True, readable=True, tree=Sequence(running=True, global_triggers=(FLIP,))
)
MINUTE = 60.0


class Night:
    """A night in which time passes as the test says."""

    def __init__(self, detector: Detector, sequence: SequenceReading = RUNNING) -> None:
        """Begin with everything read once."""
        self.now = datetime(2026, 11, 21, 22, tzinfo=UTC)
        self.problem = ProblemState(detector)
        self.readings = NightReadings(
            state=EquipmentState(reachable=True), sequence=sequence, frames_known=True
        )

    def look(self) -> bool | None:
        """Look once and return whether there is a problem."""
        self.problem.detector.update(self.readings, self.now)
        self.problem.update(self.now)
        return self.problem.active

    def has(self, role: Role, device: Any) -> Night:
        """Let a device read otherwise."""
        if isinstance(device, Guider):
            self.readings = replace(self.readings, guiding=device.guiding is True)
        equipment = replace(self.readings.equipment, **{role.value: device})
        return self.so(state=replace(self.readings.state, equipment=equipment))

    def so(self, **changes: Any) -> Night:
        """Let something else be otherwise, and look."""
        self.readings = replace(self.readings, **changes)
        self.look()
        return self

    def hear(self, kind: str, **data: Any) -> Night:
        """Let an event happen, and look."""
        self.problem.detector.handle_event(kind, data, self.now)
        self.look()
        return self

    def after(self, seconds: float) -> bool | None:
        """Let time pass, looking whenever one is due, and return whether there is a problem."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.problem.due) is not None and self.now < due < end:
            self.now = due
            self.look()
        self.now = end
        return self.look()

    @property
    def reason(self) -> str | None:
        """Return the reason given."""
        return self.problem.reason


def frame(number: int, seconds: float = 300) -> Frame:
    """Return one of the frames of the night."""
    return Frame(filename=f"{number}.fits", exposure_time=seconds)


def test_imaging_stalls_when_no_frame_comes() -> None:
    """Beyond the longest gap of a good night, and the exposure."""
    night = Night(ImagingStalled()).so(newest=frame(1))
    assert night.after(44 * MINUTE) is False
    assert night.after(2 * MINUTE) is True
    assert night.reason == "no_frame"
    assert night.problem.since == night.now - timedelta(minutes=46)
    assert night.so(newest=frame(2)).problem.active is False
    assert night.after(44 * MINUTE) is False
    assert night.after(2 * MINUTE) is True
    assert night.so(sequence=STOPPED).problem.active is False
    assert night.after(600 * MINUTE) is False


@pytest.mark.parametrize(
    "held_up", [{"sequence": WAITING}, {"scheduler_waits": True}, {"not_safe": True}]
)
def test_waiting_is_no_stall(held_up: Mapping[str, Any]) -> None:
    """However long it lasts; afterward there is as much time as at the beginning."""
    night = Night(ImagingStalled()).so(newest=frame(1, 0))
    assert night.so(**held_up).after(116 * MINUTE) is False
    night.so(sequence=RUNNING, scheduler_waits=False, not_safe=False)
    assert night.after(31.5 * MINUTE) is False
    assert night.after(9 * MINUTE) is True


SLEW = {"Name": "Schwenken", "Status": "FINISHED", "Coordinates": {"RA": 1.0, "Dec": 2.0}}
FRAMES = {"Name": "Belichten", "Status": "CREATED", "ExposureTime": 60, "Type": "LIGHT"}


def does(*targets: dict[str, Any], detailed: bool = True) -> SequenceReading:
    """Return a reading of a sequence that runs its targets."""
    roots = [{"Status": "FINISHED"}, {"Status": "RUNNING", "Items": list(targets)}, {"Name": "End"}]
    tree = Sequence.from_wire([{"GlobalTriggers": []}, *roots] if detailed else roots)
    return SequenceReading(reachable=True, readable=True, tree=tree)


def node(name: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a node that runs, a container where it has items."""
    return {"Name": name, "Status": "RUNNING", **({"Items": list(items)} if items else {}), **more}


STUCK = does(node("M 31_Container", SLEW, node("Zentrieren"), FRAMES))


@pytest.mark.parametrize(
    "held_up",
    [
        does(node("Skript", Script="wait.bat")),
        does(node("M 31_Container", SLEW, node("Skript", Script="wait.bat"), FRAMES)),
        does(node("Vorlage_Container", node("Heizen"))),
        does(node("Wenn_Container", node("Dann_Container", node("Heizen")))),
        does(node("Vorlage_Container", node("Heizen")), {**node("M 31", SLEW, FRAMES), "Status": "CREATED"}),
        does(node("Wenn_Container", Items=[])),
        does(node("Nachrichtenfeld", Text="Take off the cap")),
        does(node("M 31_Container", SLEW, node("Box", Text=""), FRAMES)),
    ],
)  # fmt: skip
def test_what_is_not_there_to_image_does_not_stall(held_up: SequenceReading) -> None:
    """However long it lasts; what follows has as much time as at the beginning."""
    night = Night(ImagingStalled(), held_up).so(newest=frame(1, 0))
    assert night.after(600 * MINUTE) is False
    night.so(sequence=STUCK)
    assert night.after(39 * MINUTE) is False
    assert night.after(2 * MINUTE) is True


@pytest.mark.parametrize(
    "stuck",
    [
        node("M 31_Container", SLEW, node("Zentrieren"), FRAMES),
        node("M 31_Container", node("Smart", ExposureTime=9)),
    ],
)
def test_what_is_there_to_image_stalls(stuck: dict[str, Any]) -> None:
    """A message box or a wait at the same time changes nothing."""
    beside = node("Beide_Container", node("Box", Text="?"), node("Pause", Delay=9999))
    for reading in (does(stuck), does(node("Both_Container", beside, stuck))):
        night = Night(ImagingStalled(), reading).so(newest=frame(1, 0))
        assert night.after(41 * MINUTE) is True


@pytest.mark.parametrize(
    ("role", "still", "up"),
    [
        (Role.MOUNT, Mount(connected=True, parked=True), Mount(connected=True)),
        (
            Role.DOME,
            Dome(connected=True, shutter=ShutterState.CLOSED),
            Dome(connected=True, shutter=ShutterState.OPEN),
        ),
    ],
)
def test_by_day_nothing_stalls(role: Role, still: Any, up: Any) -> None:
    """A parked mount, or a closed roof: whatever runs brings no frames."""
    night = Night(ImagingStalled(), STUCK).has(role, still).so(newest=frame(1, 0))
    assert night.after(600 * MINUTE) is False
    night.has(role, replace(still, connected=False))
    assert night.after(41 * MINUTE) is True
    night = Night(ImagingStalled(), STUCK).has(role, up).so(newest=frame(1, 0))
    assert night.after(41 * MINUTE) is True


@pytest.mark.parametrize(
    "hidden",
    [
        does(node("Plugin_Container", Items=[])),
        # Plugin 2.0 shows nothing but names.
        does(node("M 31_Container", node("Smart", Description="")), detailed=False),
    ],
)
def test_what_does_not_show_that_it_images(hidden: SequenceReading) -> None:
    """It does where a light frame came of it, or a scheduler says what its target is."""
    night = Night(ImagingStalled(), hidden).so(newest=frame(1, 0))
    assert night.after(600 * MINUTE) is False
    night.so(newest=replace(frame(2, 0), image_type=ImageType.DARK))
    assert night.after(600 * MINUTE) is False
    night.so(newest=replace(frame(3, 0), image_type=ImageType.LIGHT))
    assert night.after(41 * MINUTE) is True
    night.so(sequence=STOPPED)
    night.so(sequence=hidden)
    assert night.after(600 * MINUTE) is False


def test_a_scheduler_that_has_a_target() -> None:
    """Its container shows nothing of it, its events do."""
    reading = replace(
        does(node("Plugin_Container", Items=[])),
        scheduler_activity=SchedulerActivity(target="M 31"),
    )
    night = Night(ImagingStalled(), reading).so(newest=frame(1, 0))
    assert night.after(41 * MINUTE) is True


def guider(guiding: GuiderState | Unknown, connected: bool = True) -> Guider:
    """Return a guider."""
    return Guider(connected=connected, state=guiding)


def focusing() -> Night:
    """Return a night with a focuser."""
    return Night(AutofocusFailed()).has(Role.FOCUSER, Focuser(connected=True))


def test_an_autofocus_that_succeeds() -> None:
    """However long it takes, with a sign of life now and then."""
    night = focusing().hear("autofocus_started")
    for _ in range(20):
        assert night.after(5 * MINUTE) is False
        night.hear("autofocus_point_added")
    assert night.hear("autofocus_finished").after(60 * MINUTE) is False


def test_an_autofocus_that_falls_silent() -> None:
    """N.I.N.A. tells no failure; the next success ends it."""
    night = focusing().hear("autofocus_started").hear("autofocus_point_added")
    assert night.after(7 * MINUTE) is True
    assert night.reason == "no_result"
    assert night.after(600 * MINUTE) is True
    assert night.hear("autofocus_started").problem.active is False
    assert night.hear("autofocus_finished").after(60 * MINUTE) is False


def test_an_autofocus_overtaken_by_a_light_frame() -> None:
    """A frame begun after the run says that imaging went on without a result."""
    light = {"image_type": "LIGHT", "exposure_time": 60.0}
    night = focusing().hear("autofocus_started")
    night.after(30)
    assert night.hear("image_saved", image_statistics=light).problem.active is False
    night.after(90)
    assert night.hear("image_saved", image_statistics={**light, "image_type": "DARK"})
    assert night.problem.active is False
    assert night.hear("image_saved", image_statistics=light).problem.active is True


@pytest.mark.parametrize("exposure", [1e12, 1e300, "300", [], True, -5])
def test_an_autofocus_and_a_frame_of_no_time(exposure: Any) -> None:
    """Nobody knows when it was begun; the run is not held to be over, and nothing is raised."""
    light = {"image_type": "LIGHT", "exposure_time": exposure}
    night = focusing().hear("autofocus_started")
    night.after(60)
    assert night.hear("image_saved", image_statistics=light).problem.active is False
    assert night.hear("autofocus_finished").after(60 * MINUTE) is False


def test_an_autofocus_that_n_i_n_a_reports_as_failed() -> None:
    """What was found out here and came back over the bus is no report."""
    night = focusing().hear("autofocus_started").hear("autofocus_failed", reason="no_result")
    assert night.problem.active is False
    assert night.hear("autofocus_failed").problem.active is True
    assert night.reason == "reported"


@pytest.mark.parametrize("end", ["sequence_finished", "gone"])
def test_an_autofocus_that_was_ended_did_not_fail(end: str) -> None:
    """A stopped sequence, a focuser that was disconnected."""
    night = focusing().hear("autofocus_started").hear(end)
    device = Focuser(connected=end != "gone")
    assert night.has(Role.FOCUSER, device).after(60 * MINUTE) is False


@pytest.mark.parametrize(("not_safe", "active"), [(True, True), (False, False), (None, False)])
def test_a_roof_that_the_alarm_holds_something_against(not_safe: bool | None, active: bool) -> None:
    """It is a problem when it is due, and while it is not known to be safe."""
    night = Night(RoofOpen()).so(not_safe=not_safe)
    assert night.look() is False
    night.so(roof=Candidate(reason="open", since=night.now, delay=timedelta(minutes=1)))
    assert night.after(59) is False
    assert night.after(1) is active
    assert night.reason == ("open" if active else None)
    assert night.so(roof=None).problem.active is False


def tracking(left: float | None, pier: SideOfPier = SideOfPier.WEST, **more: Any) -> Mount:
    """Return a mount that tracks, so many minutes before its flip."""
    hours = None if left is None else left / 60 / 0.9972695663
    return Mount(
        connected=True,
        tracking=True,
        right_ascension=more.pop("right_ascension", 5.0),
        side_of_pier=pier,
        time_to_meridian_flip=hours,
        **more,
    )


def approaching() -> Night:
    """Return a night in which the mount is a minute before its flip."""
    night = Night(FlipOverdue(), FLIPPING).has(Role.MOUNT, tracking(30))
    assert night.after(29 * MINUTE) is False
    return night.has(Role.MOUNT, tracking(1))


@pytest.mark.parametrize("left", [0.0, 12 * MINUTE, None, 1439])
def test_a_flip_that_does_not_happen(left: float | None) -> None:
    """Whatever the countdown shows once it is past."""
    night = approaching()
    assert night.after(MINUTE) is False
    night.has(Role.MOUNT, tracking(left))
    assert night.after(4 * MINUTE) is False
    assert night.after(2 * MINUTE) is True
    assert night.reason == "passed"


def test_a_flip_that_happens() -> None:
    """The other side of the pier begins another half turn."""
    night = approaching().hear("meridian_flip_started")
    assert night.after(10 * MINUTE) is False
    night.has(Role.MOUNT, tracking(11 * 60, SideOfPier.EAST)).hear("meridian_flip_finished")
    assert night.after(600 * MINUTE) is False


def test_a_flip_that_does_not_end() -> None:
    """It has twenty minutes."""
    night = approaching().hear("meridian_flip_started")
    assert night.after(22 * MINUTE) is True
    assert night.reason == "flip_under_way"
    assert night.hear("meridian_flip_finished").problem.active is False


@pytest.mark.parametrize(
    "otherwise",
    [
        tracking(200, right_ascension=7.0),
        tracking(300),
        replace(tracking(None), tracking=False),
        Mount(),
    ],
)
def test_a_flip_that_is_not_needed_any_more(otherwise: Mount) -> None:
    """Another target, another meridian, or nothing tracked at all."""
    night = approaching().has(Role.MOUNT, otherwise)
    assert night.after(60 * MINUTE) is False


@pytest.mark.parametrize(
    ("reading", "overdue"),
    [
        (tracking(None, SideOfPier.EAST), False),
        (tracking(None, right_ascension=7.0), False),
        (tracking(None, SideOfPier.UNKNOWN, right_ascension=None), True),
        (tracking(None), True),
    ],
)
def test_a_flip_while_it_is_unknown_whether_the_mount_tracks(reading: Mount, overdue: bool) -> None:
    """Only a mount that is seen elsewhere has done what was due."""
    night = approaching().has(Role.MOUNT, replace(reading, tracking=None))
    assert night.after(60 * MINUTE) is overdue


def test_a_mount_that_is_not_to_flip() -> None:
    """A sequence without the trigger leaves it alone."""
    night = approaching().so(sequence=RUNNING)
    assert night.after(60 * MINUTE) is False


def test_a_sequence_that_waits_for_somebody() -> None:
    """As long as it does."""
    night = Night(WaitingForPerson(), STOPPED)
    assert night.look() is False
    assert night.so(sequence=replace(STOPPED, waiting_for_person=True)).problem.active is True
    assert night.so(sequence=RUNNING).problem.active is False


def test_a_message_box() -> None:
    """Whatever it says; it is cut where somebody pasted a manual into it."""
    night = Night(WaitingForPerson(), replace(RUNNING, messages=("Take off\nthe cap",)))
    assert night.look() is True
    assert night.problem.data == {"reason": "message_box", "text": "Take off the cap"}
    night.so(sequence=replace(RUNNING, messages=("Ä" * 20_000, "", "B")))
    assert len(str(night.problem.data["text"])) == 1000
    night.so(sequence=replace(RUNNING, messages=("",)))
    assert (night.problem.active, night.problem.data["text"]) == (True, "")
    night.so(sequence=RUNNING)
    assert (night.problem.active, night.problem.data) == (False, {"reason": None, "text": None})


def test_what_was_a_problem_before_is_unknown_until_it_is_sure() -> None:
    """Nothing arises by looking for the first time."""
    night = Night(GuidingLost())
    night.readings = replace(
        night.readings,
        state=replace(
            night.readings.state, equipment=Equipment(guider=guider(GuiderState.LOST_LOCK))
        ),
    )
    assert night.look() is None
    assert night.after(29) is None
    assert night.after(1) is True
    night.problem.reset()
    assert night.problem.active is None
    assert night.has(Role.GUIDER, guider(GuiderState.GUIDING)).problem.active is False


def test_a_run_that_fell_silent_long_ago() -> None:
    """It failed, but not now."""
    night = focusing()
    assert night.look() is False
    ago = night.now - timedelta(hours=3)
    night.problem.apply_history([("autofocus_started", {}, ago)], night.now)
    assert night.problem.active is None
    assert night.look() is True
    assert night.problem.since == ago
    night.problem.apply_history([("autofocus_started", {}, night.now)], night.now)
    assert night.look() is False
    assert night.after(7 * MINUTE) is True


def test_a_flip_that_was_under_way_before() -> None:
    """It has its time."""
    night = approaching()
    night.problem.apply_history([("meridian_flip_started", {}, night.now)], night.now)
    assert night.after(10 * MINUTE) is False
    assert night.after(12 * MINUTE) is True
    assert night.reason == "flip_under_way"
