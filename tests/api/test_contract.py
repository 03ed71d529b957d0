"""Every recorded answer of a real server decodes.

The keys in them that are not decoded are listed in docs/undecoded-keys.md.
"""

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
    EquipmentDecoder,
    EventDecoder,
    EventType,
    FlatsStatus,
    Frame,
    Guider,
    ImageType,
    LiveStack,
    MoonSeparation,
    Mount,
    NinaCommandError,
    Node,
    PlanEntry,
    Profile,
    Project,
    Role,
    SchedulerProfile,
    Sequence,
    Target,
    Unknown,
    decode,
    parse_version,
    release,
)
from custom_components.nina_observatory.api.models.base import decode_all
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


def devices(payload: Any) -> None:
    """Decode the bundle."""
    assert set(EquipmentDecoder().decode(payload)) == set(DEVICE_MODELS)


def one(model: type[Any]) -> Callable[[Any], None]:
    """Decode one object."""

    def check(payload: Any) -> None:
        nothing_to_show = payload.get("Connected") is False
        assert (decode(model, payload) == model()) == nothing_to_show

    return check


def many(model: type[Any]) -> Callable[[Any], None]:
    """Decode an array."""

    def check(payload: Any) -> None:
        assert len(decode_all(model, payload)) == len(payload)

    return check


def sequence(payload: Any) -> None:
    """Decode a sequence and see that no node got lost."""
    tree = Sequence.from_wire(payload)
    assert len(tree.roots) == 3
    assert sum(map(count_nodes, tree.roots)) == sum(map(count_objects, payload[1:]))
    assert len(tree.global_triggers) == len(payload[0]["GlobalTriggers"])


def count_nodes(node: Node) -> int:
    """Count the nodes of a tree."""
    return 1 + sum(map(count_nodes, (*node.items, *node.conditions, *node.triggers)))


def count_objects(block: dict[str, Any]) -> int:
    """Count what should become nodes."""
    below = ("Items", "Conditions", "Triggers")
    return 1 + sum(count_objects(each) for key in below for each in block.get(key, ()))


def history(payload: Any) -> None:
    """Decode an event history; only one name in it belongs to older versions."""
    events = EventDecoder().history(payload)
    assert len(events) == len(payload)
    assert all(event.time is not None and event.replayed for event in events)
    others = {event.name for event in events if event.type is EventType.OTHER}
    assert others <= {"ADV-SEQ-START"}


def frames(payload: Any) -> None:
    """Decode frames."""
    for frame in decode_all(Frame, payload):
        assert isinstance(frame.image_type, ImageType)
        assert frame.date is not None
        assert frame.stars != -1
        assert frame.hfr != 0


def version(payload: Any) -> None:
    """Read a version."""
    assert parse_version(payload) > release(2, 0)


def time(payload: Any) -> None:
    """Read a time."""
    assert moment(payload) is not None


def socket_push(payload: Any) -> None:
    """Decode a live event."""
    event = EventDecoder().live(payload, datetime.now(UTC))
    assert event is not None
    assert event.type is EventType.IMAGE_SAVED
    assert event.frame is not None


def nothing(payload: Any) -> None:
    """Take a text, a number or a list of texts as it is."""
    assert isinstance(payload, str | int | list)


def unread(payload: Any) -> None:
    """Take an answer that is not asked for."""
    assert isinstance(payload, dict)


CHECKS: dict[str, Callable[[Any], None]] = {
    "equipment_info": devices,
    "list_devices": many(AvailableDevice),
    "last_af": one(AutofocusReport),
    "guider_graph": unread,
    "sequence_json": sequence,
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
    CHECKS[endpoint](payload)


def test_a_value_that_nina_never_sends(captures: Captures) -> None:
    """A publisher redacted a side of the pier; a value from the future would look like that."""
    raw = captures.response("restart_partial_connect_equipment_info")["Mount"]

    mount = decode(Mount, {**raw, "Connected": True})

    assert mount.side_of_pier == Unknown("REDACTED")


def test_all_values_of_an_imaging_rig_are_known(captures: Captures) -> None:
    devices = EquipmentDecoder().decode(captures.response("imaging_guiding_equipment_info"))

    assert "Unknown(" not in repr(devices)
    guider = devices[Role.GUIDER]
    assert isinstance(guider, Guider)
    assert guider.guiding
