"""The sequences in the sequence folder of the simulated N.I.N.A., by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.catalog import CATALOG, DeepSkyObject
from simulator.sequence.altitude import LoopWhileAboveHorizon
from simulator.sequence.autofocus_triggers import (
    AutofocusAfterFilterChange,
    AutofocusAfterHFRIncrease,
    AutofocusAfterTemperatureChange,
    AutofocusAfterTime,
)
from simulator.sequence.conditions import (
    LoopForIterations,
    LoopUntilTime,
    LoopWhileSafe,
    LoopWhileUnsafe,
)
from simulator.sequence.containers import Parallel, Target, skyflats, trained_flats
from simulator.sequence.equipment_items import EQUIPMENT
from simulator.sequence.exposures import SmartExposure, TakeManyExposures
from simulator.sequence.kinds import Simple
from simulator.sequence.node import Container, Instruction
from simulator.sequence.plan import Plan
from simulator.sequence.pointing_items import POINTING
from simulator.sequence.target_scheduler import TargetSchedulerCondition, TargetSchedulerContainer
from simulator.sequence.timing import TimeSource
from simulator.sequence.triggers import (
    CenterAfterDrift,
    MeridianFlip,
    ReconnectCamera,
    RestoreGuiding,
    SendErrorToWebSocket,
)
from simulator.sequence.utility_items import UTILITY, WaitForTime

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sky import Coordinates

__all__ = [
    "ENDLESS",
    "EVENING",
    "OPENS_AGAIN",
    "SCHEDULED",
    "WAITS_FOR_SAFETY",
    "best_placed",
    "evening",
    "library",
]

EVENING, SCHEDULED = "Evening", "Night with Target Scheduler"
OPENS_AGAIN, ENDLESS, WAITS_FOR_SAFETY = "Opens again", "Endless", "Waits for safety"
_FOR_EVER = 99_999_999
_KINDS = {kind.name: kind for kind in (*EQUIPMENT, *POINTING, *UTILITY)}


def library() -> dict[str, Any]:
    """Return the content of the sequence folder: makers of plans, and a file that is no sequence."""
    makers: dict[str, Callable[[Rig], Plan]] = {
        EVENING: evening,
        SCHEDULED: scheduled,
        "Two targets": two_targets,
        OPENS_AGAIN: opens_again,
        ENDLESS: endless,
        WAITS_FOR_SAFETY: waits_for_safety,
        "Flats/Panel flats": panel_flats,
        "Flats/Sky flats": sky_flats,
        "Targets/M 31": lone_target,
    }
    return {**makers, "Settings backup": {"Version": 2}}


def do(name: str, title: str | None = None, **values: Any) -> Simple:
    """Return an instruction by its default name; raises KeyError for an unknown one."""
    return Simple(_KINDS[name], title, **values)


def best_placed(rig: Rig) -> DeepSkyObject:
    """Return an object that is high now and has not yet passed the meridian."""
    now = rig.clock.true_now()
    sidereal = rig.site.sidereal_time(now)

    def merit(entry: DeepSkyObject) -> float:
        jnow = entry.coordinates.to_jnow(now)
        rising = -4 < (sidereal - jnow.ra_hours + 12) % 24 - 12 < -1.0
        return rig.site.horizontal_of(jnow, sidereal).altitude + (100 if rising else 0)

    return max(CATALOG, key=merit)


def evening(
    rig: Rig, name: str | None = None, place: Coordinates | None = None, seconds: float = 60
) -> Plan:
    """Return a plain sequence: get ready, image one target until dawn, tidy up."""
    entry = best_placed(rig)
    target = Target(
        name or entry.name,
        place or entry.coordinates,
        [
            do("Slew and center"),
            do("Start Guiding"),
            Container(
                "Imaging",
                [SmartExposure(letter, 10, 3, ExposureTime=float(seconds)) for letter in "LRGB"],
                [LoopWhileAboveHorizon(15.0), LoopUntilTime(TimeSource.DAWN)],
                [AutofocusAfterHFRIncrease(Amount=15.0), AutofocusAfterTime(Amount=90.0)],
            ),
        ],
    )
    start = [do("Cool Camera"), do("Open Dome Shutter"), do("Unpark Scope")]
    end = [do("Stop Guiding"), do("Park Scope"), do("Close Dome Shutter"), do("Warm Camera")]
    return Plan(start, [target], end, [MeridianFlip()])


def scheduled(rig: Rig) -> Plan:
    """Return a whole night by the Target Scheduler, safe and with flats at its end."""
    acquisition = Container(
        "Target Acquisition",
        [TargetSchedulerContainer()],
        [LoopWhileSafe(), TargetSchedulerCondition()],
    )
    shelter: list[Instruction] = [
        do("Stop Guiding"),
        do("Park Scope"),
        do("Close Dome Shutter"),
        do("Wait for Time Span", Time=60),
    ]
    imaging = Container(
        "Target Scheduler Imaging",
        [
            Container("Get ready", [do("Open Dome Shutter"), do("Unpark Scope")]),
            acquisition,
            Container("Unsafe Wait", shelter, [TargetSchedulerCondition(), LoopWhileUnsafe()]),
        ],
        [TargetSchedulerCondition()],
        [
            CenterAfterDrift(),
            RestoreGuiding(),
            AutofocusAfterHFRIncrease(Amount=15.0),
            AutofocusAfterTemperatureChange(Amount=2.0),
            AutofocusAfterTime(Amount=120.0),
            MeridianFlip(),
            ReconnectCamera(),
        ],
    )
    return Plan(_dusk(), [_camera_prep(), imaging], _dawn(rig), [SendErrorToWebSocket()])


def _dusk() -> list[Instruction]:
    """Return the instructions before the night."""
    connect = [do("Connect All Equipment"), do("Open Flat Panel Cover"), do("Dew Heater")]
    outside = [
        do("Wait until safe"),
        do("Open Dome Shutter"),
        do("Unpark Scope"),
        do("Find home"),
        do("Synchronize Dome"),
    ]
    return [
        do("Annotation", Text="Connect, cool, open and unpark before it gets dark."),
        Container("Connect Equipment", connect),
        WaitForTime(TimeSource.SUNSET),
        Parallel("Cool and open", [do("Cool Camera", Duration=10.0), Container("Open", outside)]),
        do("Start live stacking"),
    ]


def _camera_prep() -> Container:
    """Return the instructions at nightfall."""
    items = [WaitForTime(TimeSource.DUSK, offset=-15), do("Switch Filter", Filter="L")]
    return Container("Camera Prep", [*items, do("Run Autofocus")])


def _dawn(rig: Rig) -> list[Instruction]:
    """Return the instructions after the night."""
    flats = [trained_flats(entry["Name"], 5) for entry in rig.filter_wheel.filters]
    close = [do("Stop Guiding"), do("Park Scope"), do("Close Dome Shutter")]
    return [
        do("Stop live stacking"),
        Container("Close", [*close, do("Park Dome")]),
        Container("Flats", flats),
        Parallel("Warm up", [do("Warm Camera", Duration=10.0), do("Dew Heater", OnOff=False)]),
        do("Open Flat Panel Cover"),
        do("Disconnect Equipment", SelectedDevice="Guider"),
    ]


def two_targets(rig: Rig) -> Plan:
    """Return two targets one after the other, each in its own way."""
    first = best_placed(rig)
    second = next(entry for entry in CATALOG if entry.narrow and entry is not first)
    imaging = Container(
        "Imaging",
        [SmartExposure("L", 4, 2, ExposureTime=30.0), SmartExposure("R", 4, 0, ExposureTime=30.0)],
        [LoopForIterations(2)],
        [AutofocusAfterFilterChange()],
    )
    items = [do("Slew, center and rotate"), do("Start Guiding"), imaging]
    alone = TakeManyExposures(3, ExposureTime=20.0)
    later = [do("Slew and center"), do("Switch Filter", Filter="Ha"), alone, do("Dither")]
    return Plan(
        [do("Unpark Scope"), do("Set Tracking")],
        [
            Target(first.name, first.coordinates, items, 90.0),
            Target(second.name, second.coordinates, later),
        ],
        [Parallel("End", [do("Warm Camera"), do("Park Scope")])],
        [MeridianFlip()],
    )


def opens_again(rig: Rig) -> Plan:
    """Return a sequence that unparks and opens at its start, and every minute again."""
    entry = best_placed(rig)
    again = Container(
        "Again",
        [do("Unpark Scope"), do("Open Dome Shutter"), do("Wait for Time Span", Time=60)],
        [LoopForIterations(_FOR_EVER)],
    )
    start = [do("Unpark Scope"), do("Open Dome Shutter")]
    return Plan(start, [Target(entry.name, entry.coordinates, [again])])


def endless(rig: Rig) -> Plan:
    """Return a sequence that is to expose for nearly a million years."""
    entry = best_placed(rig)
    imaging = Container(
        "Imaging",
        [SmartExposure("L", _FOR_EVER, 0, ExposureTime=300.0)],
        [LoopForIterations(_FOR_EVER)],
    )
    return Plan(targets=[Target(entry.name, entry.coordinates, [imaging])])


def waits_for_safety(rig: Rig) -> Plan:
    """Return a sequence that shelters by itself while it is not safe, and goes on afterward."""
    entry = best_placed(rig)
    ready = [do("Wait until safe"), do("Open Dome Shutter"), do("Unpark Scope")]
    imaging = Container(
        "Imaging", [SmartExposure("L", 10, 0, ExposureTime=60.0)], [LoopWhileSafe()]
    )
    shelter: list[Instruction] = [
        do("Park Scope"),
        do("Close Dome Shutter"),
        do("Wait for Time Span", Time=60),
    ]
    night = Container(
        "Night",
        [
            Container("Get ready", ready),
            imaging,
            Container("Unsafe Wait", shelter, [LoopWhileUnsafe()]),
        ],
        [LoopForIterations(_FOR_EVER)],
    )
    return Plan(targets=[Target(entry.name, entry.coordinates, [night])])


def panel_flats(rig: Rig) -> Plan:
    """Return flats with the panel, through every filter."""
    flats = [trained_flats(entry["Name"], 10) for entry in rig.filter_wheel.filters]
    return Plan(targets=[Container("Flats", [*flats, do("Open Flat Panel Cover")])])


def sky_flats(rig: Rig) -> Plan:
    """Return flats of the twilight sky."""
    del rig
    return Plan([do("Open Dome Shutter")], [skyflats(letter, 5) for letter in "BGR"])


def lone_target(rig: Rig) -> Plan:
    """Return the sequence for a file with a single target: an empty frame around it."""
    del rig
    entry = next(entry for entry in CATALOG if entry.name == "M 31")
    items = [do("Slew and center"), SmartExposure("L", 20, 4, ExposureTime=120.0)]
    return Plan(targets=[Target(entry.name, entry.coordinates, items, 35.0)])
