"""Whatever becomes of an answer on its way, a model never raises and never makes a value up."""

import dataclasses
from datetime import UTC, datetime
import importlib
import math
import pkgutil
from typing import Any, get_args, get_type_hints

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    AutofocusReport,
    AvailableDevice,
    CaptureResult,
    CaptureStatistics,
    Equipment,
    EventDecoder,
    FlatsStatus,
    Frame,
    LiveStack,
    LogEntry,
    MoonSeparation,
    PlanEntry,
    PlanStatistics,
    PluginSettings,
    Profile,
    ProfileSummary,
    Project,
    SchedulerProfile,
    Sequence,
    Target,
    decode,
    ends_at,
    integration_by_filter,
    message_boxes,
    models,
    percent,
    running_parts,
    sequence_exposures,
    undecoded_keys,
)
from custom_components.nina_observatory.api.models.sequence_node import NodeDetails

from .conftest import Captures

NOW = datetime(2026, 2, 24, 21, tzinfo=UTC)
MODELS: tuple[type[Any], ...] = (
    *DEVICE_MODELS.values(),
    Equipment,
    AutofocusReport,
    AvailableDevice,
    CaptureResult,
    CaptureStatistics,
    FlatsStatus,
    Frame,
    LiveStack,
    LogEntry,
    MoonSeparation,
    PlanEntry,
    PlanStatistics,
    PluginSettings,
    Profile,
    ProfileSummary,
    Project,
    SchedulerProfile,
    Target,
)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("NaN", "Infinity", "-Infinity", "", " ", "?", "24:00:00", "0001-01-01T00:00:00"),
        *(None, True, False, 0, -1, 1e308, 10**30, -(10**30), 0.5, [], {}, [[]], [{}], {"": {}}),
        *("2026-02-24T21:14:03.1234567+01:00", "2026-02-24T21:14:03", "Tot: 1e (", "--"),
    ]
)
CAPTURES: dict[str, type[Any]] = {
    "imaging_guiding_equipment_info": Equipment,
    "imaging_guiding_equipment_focuser_last_af": AutofocusReport,
    "default_profile_profile_show_active": Profile,
}
SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def keys_of(model: type[Any]) -> list[str]:
    """List the keys a model reads."""
    return [*model.Config.aliases.values()]


def assert_honest(value: Any) -> None:
    """Check that a decoded value is of the kinds that a model may hold, all the way down."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            assert_honest(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            assert_honest(item)
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, datetime):
        assert value.utcoffset() is not None
    else:
        assert value is None or isinstance(value, bool | int | str) or hasattr(value, "days")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
@given(data=st.data())
@settings(max_examples=40)
def test_a_model_of_anything(model: type[Any], data: st.DataObject) -> None:
    keys = st.sampled_from(keys_of(model)) | st.text(max_size=4)
    payload = data.draw(st.dictionaries(keys, ODD))
    payload["Connected"] = data.draw(st.just(True) | ODD)

    assert_honest(decode(model, payload))
    undecoded_keys(payload, model)


def every_model() -> list[type[Any]]:
    """List all models, those inside of others included."""
    modules = (f"{models.__name__}.{found.name}" for found in pkgutil.iter_modules(models.__path__))
    found = {
        kind
        for module in modules
        for kind in vars(importlib.import_module(module)).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and hasattr(kind, "Config")
    }
    # Its flags are not on the wire: they are whether keys exist.
    found.remove(NodeDetails)
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("model", every_model(), ids=lambda model: str(model.__name__))
def test_a_flag_that_is_missing_or_odd_is_unknown(model: type[Any]) -> None:
    """It is neither, except of a connection: a device without that is no device."""
    flags = {
        name for name, kind in get_type_hints(model).items() if bool in (kind, *get_args(kind))
    }
    keys = model.Config.aliases
    values: tuple[object, ...] = (None, 0, 1, "true", [], {})
    for odd in values:
        for payload in ({}, {keys[name]: odd for name in flags}):
            decoded = decode(model, {**payload, "Connected": True})
            assert {name for name in flags if getattr(decoded, name) is not None} <= {"connected"}
    decoded = decode(model, {**{keys[name]: False for name in flags}, "Connected": True})
    assert {getattr(decoded, name) for name in flags - {"connected"}} <= {False}


def mutate(data: st.DataObject, value: Any, depth: int = 0) -> Any:
    """Break some of what an answer is made of."""
    if data.draw(st.integers(0, 14)) == 0:
        return data.draw(ODD)
    if depth < 4 and isinstance(value, dict):
        return {key: mutate(data, item, depth + 1) for key, item in list(value.items())[:12]}
    if depth < 4 and isinstance(value, list):
        return [mutate(data, item, depth + 1) for item in value[:4]]
    return value


@pytest.mark.parametrize(("name", "model"), CAPTURES.items(), ids=CAPTURES)
@given(data=st.data())
@SLOW
def test_a_broken_answer(
    captures: Captures, name: str, model: type[Any], data: st.DataObject
) -> None:
    payload = mutate(data, captures.response(name))
    if isinstance(payload, dict):
        assert_honest(decode(model, payload))


@pytest.mark.parametrize("name", ["sh2_101_running_sequence_json", "imaging_guiding_sequence_json"])
@given(data=st.data())
@SLOW
def test_a_broken_sequence(captures: Captures, name: str, data: st.DataObject) -> None:
    tree = Sequence.from_wire(mutate(data, captures.response(name)))

    exposures = sequence_exposures(tree)
    assert exposures.done is None or exposures.done >= 0
    assert exposures.percent is None or 0 <= exposures.percent <= 100
    end = ends_at(tree, NOW)
    assert end is None or (tree.running and end >= NOW)
    parts = running_parts(tree)
    assert bool(parts) is tree.running
    assert tree.running or not message_boxes(tree)
    assert tree.failed is not None
    assert tree.activity is None or tree.running
    assert tree.waiting_until is None or tree.waiting


@given(data=st.data())
@SLOW
def test_a_broken_history(captures: Captures, data: st.DataObject) -> None:
    payload = mutate(data, captures.response("imaging_guiding_event_history")[100:104])
    for event in EventDecoder().history(payload if isinstance(payload, list) else []):
        assert_honest(event.time)


@given(data=st.data())
@SLOW
def test_a_broken_event(captures: Captures, data: st.DataObject) -> None:
    payload = mutate(data, captures.response("live_image_save_socket_push"))
    event = EventDecoder().live(payload, NOW)
    assert event is None or event.time == NOW
    if event is not None and event.frame is not None:
        assert_honest(event.frame)
        assert_honest(event.frame.rms)


@given(data=st.data())
@SLOW
def test_broken_plans(captures: Captures, data: st.DataObject) -> None:
    payload = mutate(data, captures.body("ts_docs_targets")[0])
    if isinstance(payload, dict):
        target = decode(Target, payload)
        assert_honest(target)
        assert 0 <= (percent(target.plans) or 0) <= 100
        assert 0 <= (target.scheduler_percent(grader=True) or 0) <= 100
        assert (target.remaining_seconds() or 0) >= 0
        assert all((each or 0) >= 0 for each in integration_by_filter(target.plans).values())
