"""Actions for equipment that is there but cannot, or is busy: said in words, and nothing is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.enums import PierSide
from simulator.flats import FlatPlan
from simulator.sequence.node import Status
from simulator.sky import Coordinates

from .action_cases import unparked
from .action_fields import BY_NAME, sensible
from .commanding import nothing, sent
from .test_actions_refused import error_of
from .waiting import eventually

type Change = Callable[[Observatory], object]


@dataclass(frozen=True, kw_only=True)
class Unable:
    """What is wrong with the equipment, or with the fields for it, and how that is said."""

    change: Change = nothing
    data: dict[str, Any] = field(default_factory=dict)
    error: str


def _set(device: str, name: str, value: object = False) -> Change:
    """Return what sets a part of a device."""
    return lambda observatory: setattr(getattr(observatory, device), name, value)


def _lacks(ability: str) -> Change:
    """Return what takes an ability from the mount, which is unparked."""

    def change(observatory: Observatory) -> None:
        """Take it."""
        unparked(observatory)
        observatory.mount.unable.add(ability)

    return change


def _without_side(observatory: Observatory) -> None:
    """Have a mount that does not tell its side of the pier."""
    unparked(observatory)
    observatory.mount.hardware.side = PierSide.UNKNOWN


def _over(observatory: Observatory) -> None:
    """Have the sequence done."""
    nodes: list[Any] = list(observatory.sequence.plan.roots)
    for node in nodes:
        node.status = Status.FINISHED
        nodes += getattr(node, "items", ())


def _running(observatory: Observatory) -> None:
    """Have the sequence run."""
    observatory.sequence.plan.reset()
    observatory.sequence.plan.roots[1].status = Status.RUNNING


def _exposing(observatory: Observatory) -> None:
    """Have the camera expose."""
    observatory.camera.begin_exposure(900.0)


def _exposing_unparked(observatory: Observatory) -> None:
    """Have the camera expose and the mount track."""
    unparked(observatory)
    _exposing(observatory)


def _framed(observatory: Observatory) -> None:
    """Have a place framed, with a mount that is parked."""
    framing = observatory.nina.framing
    framing.coordinates, framing.framed = Coordinates(5.5, 22.0), True


def _taking_flats(observatory: Observatory) -> None:
    """Have flats taken for long."""
    observatory.flats.start(FlatPlan("trained", 500, None, 9000.0, keep_closed=True))


def _closing(observatory: Observatory) -> None:
    """Have the roof close, ever so slowly."""
    observatory.dome.put_shutter(0.5)
    observatory.dome.shutter_seconds = 9000
    observatory.dome.drive_shutter(0.0)


INCAPABLE: Final[dict[str, Unable]] = {
    "auto_brightness_flats": Unable(data={"binning": "7x7"}, error="binning_missing"),
    "auto_exposure_flats": Unable(data={"filter": "Infrared"}, error="filter_missing"),
    "autofocus": Unable(change=lambda o: o.camera.detach(), error="camera_not_connected"),
    "capture": Unable(data={"exposure": 3600}, error="exposure_out_of_range"),
    "change_filter": Unable(data={"filter": "Infrared"}, error="filter_missing"),
    "cool": Unable(change=_set("camera", "can_cool"), error="cooler_not_supported"),
    "find_home": Unable(change=_lacks("CanFindHome"), error="home_not_supported"),
    "load_sequence": Unable(data={"sequence": "None such"}, error="sequence_unknown"),
    "meridian_flip": Unable(change=_without_side, error="side_of_pier_unknown"),
    "move_rotator": Unable(change=_set("rotator", "synced"), error="rotator_not_synced"),
    "open_roof": Unable(change=_set("dome", "can_set_shutter"), error="shutter_not_supported"),
    "park": Unable(change=_set("mount", "can_park"), error="park_not_supported"),
    "set_framing": Unable(data={"rotation": 30}, error="framing_not_ready"),
    "set_switch": Unable(data={"switch": "Nothing"}, error="switch_unknown"),
    "set_tracking": Unable(data={"mode": "king"}, error="mount_parked"),
    "sky_flats": Unable(data={"gain": 9999}, error="field_out_of_range"),
    "solve": Unable(data={"frame": "99"}, error="frame_unknown"),
    "slew": Unable(change=_lacks("CanSlew"), error="slew_not_supported"),
    "slew_dome": Unable(change=_set("dome", "can_turn"), error="dome_turn_not_supported"),
    "slew_to_framing": Unable(change=_framed, error="mount_parked"),
    "slew_to_target": Unable(data={"target": "None such"}, error="target_unknown"),
    "start_polar_alignment": Unable(error="mount_parked"),
    "switch_profile": Unable(data={"profile": "None such"}, error="profile_unknown"),
    "sync": Unable(error="mount_parked"),
    "trained_dark_flats": Unable(data={"binning": "7x7"}, error="binning_missing"),
    "trained_flats": Unable(data={"filter": "Infrared"}, error="filter_missing"),
    "warm": Unable(change=_set("camera", "can_cool"), error="cooler_not_supported"),
}

# What everything of its kind can do, what only reads, and procedures, which tell it step by step.
ABLE: Final = {
    "abort_exposure",
    "connect",
    "disconnect",
    "get_events",
    "get_frames",
    "get_framing",
    "get_logs",
    "get_night_report",
    "get_picture_url",
    "get_plan",
    "get_plot",
    "get_projects",
    "get_sequence",
    "get_target_statistics",
    "list_devices",
    "list_sequences",
    "moon_separation",
    "move_focuser",
    "pause_polar_alignment",
    "rescan_devices",
    "reset_sequence",
    "resume_polar_alignment",
    "screenshot",
    "secure",
    "set_profile_value",
    "set_sequence_target",
    "skip_sequence",
    "start_guiding",
    "start_sequence",
    "start_up",
    "stop_flats",
    "stop_guiding",
    "stop_mount",
    "stop_polar_alignment",
    "stop_sequence",
    "unpark",
}

BUSY: Final[dict[str, Unable]] = {
    "auto_brightness_flats": Unable(change=_taking_flats, error="flats_running"),
    "auto_exposure_flats": Unable(change=_taking_flats, error="flats_running"),
    "autofocus": Unable(change=_exposing, error="autofocus_while_busy"),
    "capture": Unable(change=_exposing, error="camera_busy"),
    "connect": Unable(
        change=_exposing,
        data={"device": "camera", "device_id": "other"},
        error="disconnect_while_exposing",
    ),
    "disconnect": Unable(change=_exposing, error="disconnect_while_exposing"),
    "load_sequence": Unable(change=_running, error="sequence_running"),
    "open_roof": Unable(change=_closing, error="close_shutter_under_way"),
    "pause_polar_alignment": Unable(error="alignment_not_running"),
    "reset_sequence": Unable(change=_running, error="sequence_running"),
    "resume_polar_alignment": Unable(error="alignment_not_running"),
    "skip_sequence": Unable(change=_over, error="sequence_not_running"),
    "sky_flats": Unable(change=_taking_flats, error="flats_running"),
    "slew_dome": Unable(change=_closing, error="close_shutter_under_way"),
    "start_polar_alignment": Unable(change=_exposing_unparked, error="camera_busy"),
    "start_sequence": Unable(change=_over, error="sequence_complete"),
    "switch_profile": Unable(change=_running, error="profile_while_running"),
    "trained_dark_flats": Unable(change=_taking_flats, error="flats_running"),
    "trained_flats": Unable(change=_taking_flats, error="flats_running"),
}

# What waits for its turn, or ends what is under way, or has nobody in its way. That nothing
# disturbs parking or an autofocus is in the tests of the mechanism.
NEVER_BUSY: Final = {
    "abort_exposure",
    "change_filter",
    "cool",
    "find_home",
    "get_events",
    "get_frames",
    "get_framing",
    "get_logs",
    "get_night_report",
    "get_picture_url",
    "get_plan",
    "get_plot",
    "get_projects",
    "get_sequence",
    "get_target_statistics",
    "list_devices",
    "list_sequences",
    "meridian_flip",
    "moon_separation",
    "move_focuser",
    "move_rotator",
    "park",
    "rescan_devices",
    "screenshot",
    "secure",
    "set_framing",
    "set_profile_value",
    "set_sequence_target",
    "set_switch",
    "set_tracking",
    "slew",
    "slew_to_framing",
    "slew_to_target",
    "solve",
    "start_guiding",
    "start_up",
    "stop_flats",
    "stop_guiding",
    "stop_mount",
    "stop_polar_alignment",
    "stop_sequence",
    "sync",
    "unpark",
    "warm",
}


@pytest.mark.parametrize("table", [INCAPABLE, BUSY], ids=["incapable", "busy"])
async def test_equipment_that_cannot_now(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    subtests: pytest.Subtests,
    table: dict[str, Unable],
) -> None:
    """N.I.N.A. would say yes to much of it and do nothing, or end what is under way."""
    second = observatory.profiles.all[1].name
    for name, case in table.items():
        with subtests.test(name):
            _as_new(observatory)
            await eventually(lambda: not observatory.flats.running)
            case.change(observatory)
            for device in observatory.devices:
                device.refresh()
            observatory.ledger.reset()
            data = {**sensible(BY_NAME[name]), **case.data}
            if name == "switch_profile" and not case.data:
                data["profile"] = second
            error = await error_of(
                hass, BY_NAME[name], {"config_entry_id": settled.entry_id, **data}
            )
            assert isinstance(error, ServiceValidationError)
            assert error.translation_key == case.error
            assert [path for path, _ in sent(observatory)] == []
    _as_new(observatory)


def _as_new(observatory: Observatory) -> None:
    """Let the observatory be as it was."""
    observatory.flats.stop()
    observatory.sequence.plan.reset()
    observatory.camera.end_exposure(observatory.camera.state)
    observatory.camera.can_cool = observatory.mount.can_park = True
    observatory.mount.unable.clear()
    observatory.mount.hardware.park_by_hand()
    observatory.rotator.synced = True
    observatory.dome.can_set_shutter = observatory.dome.can_turn = True
    observatory.dome.abort()
    observatory.dome.put_shutter(0.0)
    for device in observatory.devices:
        device.attach()


@pytest.mark.parametrize(("table", "others"), [(INCAPABLE, ABLE), (BUSY, NEVER_BUSY)])
def test_no_action_is_left_out(table: dict[str, Unable], others: set[str]) -> None:
    """A new action has to say what becomes of it when the equipment cannot, or is busy."""
    assert table.keys() | others == BY_NAME.keys()
    assert not table.keys() & others
