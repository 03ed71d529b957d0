"""Reading N.I.N.A.'s sequence files: JSON with the names of .NET classes."""

from collections.abc import Callable, Mapping
from typing import Any

from simulator.enums import TrackingMode
from simulator.sequence import altitude, autofocus_triggers, conditions, triggers
from simulator.sequence.containers import Parallel, Target
from simulator.sequence.equipment_items import EQUIPMENT
from simulator.sequence.exposures import (
    SmartExposure,
    TakeExposure,
    TakeManyExposures,
    TakeSubframeExposure,
)
from simulator.sequence.forms import coordinates_of
from simulator.sequence.kinds import Kind, Simple
from simulator.sequence.node import Condition, Container, Instruction, Node, Status, Trigger
from simulator.sequence.plan import Plan
from simulator.sequence.pointing_items import POINTING
from simulator.sequence.target_scheduler import TargetSchedulerCondition, TargetSchedulerContainer
from simulator.sequence.utility_items import UTILITY, WaitForTime

__all__ = ["plan_from"]

_KINDS: dict[str, Kind] = {
    kind.dotnet.rpartition(".")[2]: kind for kind in (*EQUIPMENT, *POINTING, *UTILITY)
}
_AREAS = ("StartAreaContainer", "TargetAreaContainer", "EndAreaContainer")
_NODES: dict[str, Callable[[], Node]] = {
    "TakeExposure": TakeExposure,
    "TakeSubframeExposure": TakeSubframeExposure,
    "WaitForTime": WaitForTime,
    "WaitForAltitude": altitude.WaitForAltitude,
    "WaitUntilAboveHorizon": altitude.WaitUntilAboveHorizon,
    "WaitForSunAltitude": altitude.WaitIfSunAltitude,
    "WaitForMoonAltitude": altitude.WaitIfMoonAltitude,
    "LoopCondition": conditions.LoopForIterations,
    "TimeCondition": conditions.LoopUntilTime,
    "TimeSpanCondition": conditions.LoopForTimeSpan,
    "SafetyMonitorCondition": conditions.LoopWhileSafe,
    "LoopWhileUnsafe": conditions.LoopWhileUnsafe,
    "MoonIlluminationCondition": conditions.MoonIllumination,
    "AboveHorizonCondition": altitude.LoopWhileAboveHorizon,
    "AltitudeCondition": altitude.LoopUntilAltitudeBelow,
    "SunAltitudeCondition": altitude.LoopUntilSunAltitude,
    "MoonAltitudeCondition": altitude.LoopUntilMoonAltitude,
    "TargetSchedulerCondition": TargetSchedulerCondition,
    "DitherAfterExposures": triggers.DitherAfterExposures,
    "MeridianFlipTrigger": triggers.MeridianFlip,
    "CenterAfterDriftTrigger": triggers.CenterAfterDrift,
    "RestoreGuiding": triggers.RestoreGuiding,
    "SynchronizeDomeTrigger": triggers.SynchronizeDome,
    "ReconnectTrigger": triggers.ReconnectEquipment,
    "ReconnectOnDownloadFailure": triggers.ReconnectCamera,
    "SendErrorToWebSocket": triggers.SendErrorToWebSocket,
    "AutofocusAfterExposures": autofocus_triggers.AutofocusAfterExposures,
    "AutofocusAfterFilterChange": autofocus_triggers.AutofocusAfterFilterChange,
    "AutofocusAfterHFRIncreaseTrigger": autofocus_triggers.AutofocusAfterHFRIncrease,
    "AutofocusAfterTemperatureChangeTrigger": autofocus_triggers.AutofocusAfterTemperatureChange,
    "AutofocusAfterTimeTrigger": autofocus_triggers.AutofocusAfterTime,
}


def plan_from(body: Any) -> Plan:
    """Return the sequence in a file, or a lone target within an empty frame.

    Raises ValueError when it is neither.
    """
    kind = _class_of(body)
    if kind == "DeepSkyObjectContainer":
        return Plan(targets=[_instruction(body)])
    if kind != "SequenceRootContainer":
        raise ValueError("neither a sequence nor a target")
    areas = {_class_of(area): area for area in _values(body, "Items")}
    start, targets, end = (
        [_instruction(item) for item in _values(areas.get(name, {}), "Items")] for name in _AREAS
    )
    plan = Plan(start, targets, end, [_trigger(item) for item in _values(body, "Triggers")])
    for root, name in zip(plan.roots, _AREAS, strict=True):
        root.name = areas.get(name, {}).get("Name") or root.name
    return plan


def _class_of(body: Any) -> str:
    """Return the name of the class of an object; raises ValueError when it has none."""
    kind = body.get("$type") if isinstance(body, Mapping) else None
    if not kind:
        raise ValueError("an object without a type")
    return str(kind).split(",")[0].rpartition(".")[2]


def _values(body: Mapping[str, Any], key: str) -> list[Any]:
    """Return a list, which may be wrapped."""
    value = body.get(key) or []
    return list(value.get("$values", [])) if isinstance(value, Mapping) else list(value)


def _instruction(body: Any) -> Instruction:
    """Return an instruction or container; one of an unknown class does nothing."""
    name = _class_of(body)
    if name in _KINDS:
        return _simple(_KINDS[name], body)
    if "Items" in body:
        return _container(name, body)
    node = _NODES[name]() if name in _NODES else Simple(_KINDS["Annotation"], name)
    if not isinstance(node, Instruction):
        raise ValueError(f"{name} is no instruction")  # noqa: TRY004 - see _condition
    return _filled(node, body)


def _simple(kind: Kind, body: Mapping[str, Any]) -> Simple:
    """Return an instruction of a table."""
    node = _filled(Simple(kind), body)
    if "Filter" in node.values and isinstance(body.get("Filter"), Mapping):
        node.values["Filter"] = body["Filter"].get("_name")
    if "TrackingMode" in node.values:
        mode = TrackingMode.parse(str(body.get("TrackingMode", 0)))
        node.values["TrackingMode"] = mode or TrackingMode.SIDEREAL
    return node


def _container(name: str, body: Mapping[str, Any]) -> Container:
    """Return a container with its content."""
    items = [_instruction(item) for item in _values(body, "Items")]
    loops = [_condition(item) for item in _values(body, "Conditions")]
    watches = [_trigger(item) for item in _values(body, "Triggers")]
    if name in ("SmartExposure", "TakeManyExposures"):
        return _disguised(name, items, loops, watches)
    if name == "TargetSchedulerContainer":
        return TargetSchedulerContainer()
    title = body.get("Name")
    if name == "DeepSkyObjectContainer":
        target = body["Target"]
        place = coordinates_of(target["InputCoordinates"])
        made: Container = Target(
            target["TargetName"],
            place,
            items,
            float(target.get("PositionAngle", 0.0)),
            conditions=loops,
            triggers=watches,
        )
        made.name = title or made.name
        return made
    kind = Parallel if name == "ParallelContainer" else Container
    return kind(title, items, loops, watches)


def _disguised(
    name: str, items: list[Instruction], loops: list[Condition], watches: list[Trigger]
) -> Container:
    """Return a smart exposure or many exposures made of their container's content."""
    exposure = next(item for item in items if isinstance(item, TakeExposure))
    count = next((loop.values["Iterations"] for loop in loops if "Iterations" in loop.values), 1)
    if name == "TakeManyExposures":
        return TakeManyExposures(count, **exposure.values)
    switch = next((item for item in items if isinstance(item, Simple)), None)
    every = next((t.values["AfterExposures"] for t in watches if "AfterExposures" in t.values), 0)
    chosen = switch.values["Filter"] if switch is not None else None
    return SmartExposure(chosen, count, every, **exposure.values)


def _condition(body: Any) -> Condition:
    """Return a condition; raises ValueError for an unknown one."""
    node = _NODES[_class_of(body)]() if _class_of(body) in _NODES else None
    if not isinstance(node, Condition):
        raise ValueError("an unknown condition")  # noqa: TRY004 - the file is wrong, not its type
    return _filled(node, body)


def _trigger(body: Any) -> Trigger:
    """Return a trigger; raises ValueError for an unknown one."""
    node = _NODES[_class_of(body)]() if _class_of(body) in _NODES else None
    if not isinstance(node, Trigger):
        raise ValueError("an unknown trigger")  # noqa: TRY004 - the file is wrong, not its type
    return _filled(node, body)


def _filled[Kept: Node](node: Kept, body: Mapping[str, Any]) -> Kept:
    """Return a node with the values that the file gives, in the types it has."""
    for key, former in node.values.items():
        if key not in body or key == "Filter":
            continue
        value = body[key]
        if isinstance(former, float) and isinstance(value, int | float):
            node.values[key] = float(value)
        elif isinstance(former, dict) and isinstance(value, Mapping):
            known = {name: value[name] for name in former if name in value}
            node.values[key] = {**former, **known}
        elif type(value) is type(former):
            node.values[key] = value
    if body.get("Name"):
        node.name = str(body["Name"])
    if body.get("Status") == "DISABLED":
        node.status = Status.DISABLED
    return node
