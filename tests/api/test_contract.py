"""Every recorded answer of a real server decodes, and no key of it is lost unnoticed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    DEVICE_PATHS,
    AutofocusReport,
    AvailableDevice,
    Equipment,
    EventDecoder,
    EventType,
    FlatsStatus,
    Frame,
    ImageType,
    LiveStack,
    MoonSeparation,
    Mount,
    NinaCommandError,
    Node,
    PlanEntry,
    Profile,
    Project,
    SchedulerProfile,
    Sequence,
    Target,
    Unknown,
    decode,
    parse_version,
    release,
    unknown_keys,
)
from custom_components.nina_observatory.api.models.base import decode_all
from custom_components.nina_observatory.api.models.sequence_node import unknown_keys_of_nodes
from custom_components.nina_observatory.api.models.wire import moment
from custom_components.nina_observatory.api.transport import Answer, open_envelope

from .conftest import Captures, captured_files, need_fixtures

REFUSALS = {
    "parked_idle_equipment_mount_tracking": ("Mount parked", 409),
    "parked_idle_flats_auto_brightness": ("Process already running", 400),
    "parked_idle_image_history": ("Index out of range", 400),
    "parked_idle_prepared_image": ("No image", 404),
    "scheduler_waiting_image_history_latest": ("Index out of range", 400),
    "startup_not_initialized_sequence_json": ("Sequence is not initialized", 409),
}


def devices(payload: Any) -> set[str]:
    """Decode the bundle."""
    equipment = decode(Equipment, payload)
    assert set(dict(equipment.devices())) == set(DEVICE_MODELS)
    return unknown_keys(payload, Equipment)


def one(model: type[Any]) -> Callable[[Any], set[str]]:
    """Decode one object."""

    def check(payload: Any) -> set[str]:
        nothing_to_show = payload.get("Connected") is False
        assert (decode(model, payload) == model()) == nothing_to_show
        return unknown_keys(payload, model)

    return check


def many(model: type[Any]) -> Callable[[Any], set[str]]:
    """Decode an array."""

    def check(payload: Any) -> set[str]:
        assert len(decode_all(model, payload)) == len(payload)
        return unknown_keys(payload, model)

    return check


def sequence(payload: Any) -> set[str]:
    """Decode a sequence and see that no node got lost."""
    tree = Sequence.from_wire(payload)
    assert len(tree.roots) == 3
    assert sum(map(count_nodes, tree.roots)) == sum(map(count_objects, payload[1:]))
    assert len(tree.global_triggers) == len(payload[0]["GlobalTriggers"])
    return set()


def sequence_json(payload: Any) -> set[str]:
    """Decode a sequence whose nodes have no keys but the documented ones."""
    sequence(payload)
    return unknown_keys_of_nodes(payload)


def count_nodes(node: Node) -> int:
    """Count the nodes of a tree."""
    return 1 + sum(map(count_nodes, (*node.items, *node.conditions, *node.triggers)))


def count_objects(block: dict[str, Any]) -> int:
    """Count what should become nodes."""
    below = ("Items", "Conditions", "Triggers")
    return 1 + sum(count_objects(each) for key in below for each in block.get(key, ()))


def history(payload: Any) -> set[str]:
    """Decode an event history; only one name in it belongs to older versions."""
    events = EventDecoder().history(payload)
    assert len(events) == len(payload)
    assert all(event.time is not None and event.replayed for event in events)
    others = {event.name for event in events if event.type is EventType.OTHER}
    return others - {"ADV-SEQ-START"}


def frames(payload: Any) -> set[str]:
    """Decode frames."""
    for frame in decode_all(Frame, payload):
        assert isinstance(frame.image_type, ImageType)
        assert frame.date is not None
        assert frame.stars != -1
        assert frame.hfr != 0
    return unknown_keys(payload, Frame)


def version(payload: Any) -> set[str]:
    """Read a version."""
    assert parse_version(payload) > release(2, 0)
    return set()


def time(payload: Any) -> set[str]:
    """Read a time."""
    assert moment(payload) is not None
    return set()


def socket_push(payload: Any) -> set[str]:
    """Decode a live event."""
    event = EventDecoder().live(payload, datetime.now(UTC))
    assert event is not None
    assert event.type is EventType.IMAGE_SAVED
    assert event.frame is not None
    return unknown_keys(payload["ImageStatistics"], Frame)


def nothing(payload: Any) -> set[str]:
    """Take a text, a number or a list of texts as it is."""
    assert isinstance(payload, str | int | list)
    return set()


def unread(payload: Any) -> set[str]:
    """Take an answer that is not asked for."""
    assert isinstance(payload, dict)
    return set()


CHECKS: dict[str, Callable[[Any], set[str]]] = {
    "equipment_info": devices,
    "list_devices": many(AvailableDevice),
    "last_af": one(AutofocusReport),
    "guider_graph": unread,
    "sequence_json": sequence_json,
    "sequence_state": sequence,
    "event_history": history,
    "image_history_all": frames,
    "image_history_latest": frames,
    "profile_show_active": one(Profile),
    "flats_status": one(FlatsStatus),
    "moon_separation": one(MoonSeparation),
    "plugin_settings": unread,
    "image_available": many(LiveStack),
    "socket_push": socket_push,
    "application_start": time,
    "version": version,
    "version_nina": version,
    "image_history_count": nothing,
    "livestack_status": nothing,
    "application_plugins": nothing,
    "flats_skyflat": nothing,
    "ts_docs_profiles": many(SchedulerProfile),
    "ts_docs_projects": many(Project),
    "ts_docs_targets": many(Target),
    "ts_docs_preview": many(PlanEntry),
    **{f"{path}_info": one(DEVICE_MODELS[role]) for role, path in DEVICE_PATHS.items()},
}


@pytest.mark.parametrize("file", captured_files() or [None], ids=lambda file: file and file.stem)
def test_a_recorded_answer_decodes_completely(file: Path | None) -> None:
    need_fixtures()
    assert file is not None
    body = file.read_bytes()
    payload = orjson.loads(body)
    if not file.stem.startswith("ts_docs"):
        if file.stem in REFUSALS:
            with pytest.raises(NinaCommandError) as caught:
                open_envelope(Answer(200, "application/json", body))
            assert (caught.value.text, caught.value.code) == REFUSALS[file.stem]
            return
        payload = open_envelope(Answer(200, "application/json", body)).response
    endpoint = max((name for name in CHECKS if file.stem.endswith(name)), key=len)
    assert CHECKS[endpoint](payload) == set()


def test_a_value_that_nina_never_sends(captures: Captures) -> None:
    """A publisher redacted a side of the pier; a value from the future would look like that."""
    raw = captures.response("restart_partial_connect_equipment_info")["Mount"]

    mount = decode(Mount, {**raw, "Connected": True})

    assert mount.side_of_pier == Unknown("REDACTED")


def test_all_values_of_an_imaging_rig_are_known(captures: Captures) -> None:
    equipment = decode(Equipment, captures.response("imaging_guiding_equipment_info"))

    assert "Unknown(" not in repr(equipment)
    assert equipment.guider is not None
    assert equipment.guider.guiding
