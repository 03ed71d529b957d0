"""The wiki of plugin 2.0: the equipment but the camera."""

from typing import TYPE_CHECKING, Any

from custom_components.nina_observatory.api import Role
from simulator import Observatory

from .prepare import (
    detached,
    guided,
    near_focus,
    roof_closing,
    roof_open,
    switched_off,
    synced,
    under_the_stars,
)
from .table import Check, Row, never, says, unsent
from .wiki_devices import DEVICES, common, shown

if TYPE_CHECKING:
    from .bench import Bench


def _act(action: str, done: Any, **fields: Any) -> Check:
    """Return what carries out an action, and looks at the observatory afterwards."""

    async def carry_out(bench: Bench) -> None:
        """Do it."""
        await bench.act(action, **fields)
        assert done(bench.observatory)

    return carry_out


def _lines(role: Role, action: str, through: str, do: Check, **rows: Any) -> tuple[Row, ...]:
    """Return the rows of an action of a device: its answer, when there is nothing to do, not connected.

    `answer`, `idle` and `refusal` are the verdicts; `ready` and `idling` what prepares the first two.
    """
    section, path, noun = DEVICES[role]
    common_part: dict[str, Any] = {
        "section": section,
        "through": through,
        "route": f"/equipment/{path}/{action}",
        "do": do,
        "sent": rows.get("sent", {}),
    }
    answer, idle, refusal = rows["answer"], rows.get("idle"), rows.get("refusal")
    found = [
        Row(
            line=f"{action}: {answer[0].answer or answer[-1].answer}",
            verdicts=answer,
            prepare=rows.get("ready", lambda _: None),
            **common_part,
        )
    ]
    if idle is not None:
        line = f"{action}: {idle.answer}"
        found.append(Row(line=line, verdicts=(idle,), prepare=rows["idling"], **common_part))
    if refusal is not None:
        line = f"{action}: {noun} not connected as Error with StatusCode 409"
        prepare = detached(role)
        found.append(Row(line=line, verdicts=refusal, prepare=prepare, **common_part))
    return tuple(found)


def _absent(role: Role, error: str = "") -> tuple[Any, ...]:
    """Return the verdict of a device that is not connected: Home Assistant looks before."""
    noun = DEVICES[role][2]
    return (unsent(f"{noun} not connected", 409, error or f"{role}_not_connected"),)


MOUNT = (
    *_lines(
        Role.MOUNT,
        "park",
        "action `park`",
        _act("park", lambda o: o.mount.parked),
        answer=(says("Parking"),),
        ready=under_the_stars,
        idle=unsent("Mount already parked"),
        idling=lambda _: None,
        refusal=_absent(Role.MOUNT),
    ),
    *_lines(
        Role.MOUNT,
        "unpark",
        "action `unpark`",
        _act("unpark", lambda o: not o.mount.parked),
        answer=(says("Unparking"),),
        ready=roof_open,
        idle=unsent("Mount not parked"),
        idling=under_the_stars,
        refusal=_absent(Role.MOUNT),
    ),
    *common(
        Role.MOUNT,
        shown(("binary_sensor", "mount_parked", "on")),
        "sensors, switches and buttons of the mount",
    ),
)

FOCUSER = (
    *_lines(
        Role.FOCUSER,
        "move",
        "action `move_focuser`",
        _act("move_focuser", lambda o: o.focuser.position == 21500, position=21500),
        sent={"position": "21500"},
        answer=(never("plugin_too_old"), says("Move started")),
        ready=lambda o: o.focuser.travel.put(20000.0),
    ),
    *_lines(
        Role.FOCUSER,
        "auto-focus",
        "action `autofocus`",
        _act("autofocus", lambda o: not o.autofocus.running),
        answer=(says("Autofocus started"),),
        ready=near_focus,
        refusal=_absent(Role.FOCUSER),
    ),
    *common(
        Role.FOCUSER,
        shown(("sensor", "focuser_position", "20000")),
        "sensors of the focuser",
        prepare=lambda o: o.focuser.travel.put(20000.0),
    ),
)


def _turned(angle: float) -> Any:
    """Return the test whether the rotator stands at an angle."""
    return lambda o: (
        abs(o.rotator.position - angle) < 0.1 or abs(o.rotator.mechanical - angle) < 0.1
    )


ROTATOR = (
    *_lines(
        Role.ROTATOR,
        "move",
        "action `move_rotator`",
        _act("move_rotator", _turned(70), position=70),
        sent={"position": "70.0"},
        answer=(says("Rotator move started"),),
        ready=synced,
        refusal=_absent(Role.ROTATOR),
    ),
    *_lines(
        Role.ROTATOR,
        "move-mechanical",
        "action `move_rotator`, mechanical",
        _act("move_rotator", _turned(75), position=75, mechanical=True),
        sent={"position": "75.0"},
        answer=(says("Rotator move started"),),
        ready=synced,
        refusal=_absent(Role.ROTATOR),
    ),
    *common(
        Role.ROTATOR,
        shown(("number", "rotator_mechanical_position", "64.0")),
        "numbers and switches of the rotator",
        prepare=synced,
    ),
)

FILTER_WHEEL = tuple(
    common(
        Role.FILTER_WHEEL,
        shown(("sensor", "filter_wheel_filter", "L")),
        "sensors and select of the filter wheel",
    )
)


# Home Assistant passes over an entity that is not available.
UNAVAILABLE = (unsent("Dome not connected", 409),)


def _opened(observatory: Observatory) -> bool:
    """Return whether the roof is open."""
    return observatory.dome.opening == 1.0


DOME = (
    *_lines(
        Role.DOME,
        "open",
        "action `open_roof`",
        _act("open_roof", _opened),
        answer=(says("Shutter opening"),),
        idle=unsent("Shutter already open"),
        idling=roof_open,
        refusal=_absent(Role.DOME),
    ),
    *_lines(
        Role.DOME,
        "close",
        "`cover.close_cover`",
        lambda bench: bench.control("cover", "dome_shutter", "close_cover"),
        answer=(says("Shutter closing"),),
        ready=roof_open,
        idle=unsent("Shutter already closed"),
        idling=lambda _: None,
        refusal=UNAVAILABLE,
    ),
    *_lines(
        Role.DOME,
        "stop",
        "`cover.stop_cover`",
        lambda bench: bench.control("cover", "dome_shutter", "stop_cover"),
        answer=(says("Movement stopped"),),
        ready=roof_closing,
        refusal=UNAVAILABLE,
    ),
    *common(
        Role.DOME,
        shown(("cover", "dome_shutter", "closed")),
        "cover, sensors and switches of the dome",
    ),
)

SWITCH = (
    *_lines(
        Role.SWITCH_HUB,
        "set",
        "action `set_switch`",
        _act(
            "set_switch",
            lambda o: o.switch_hub.writable[2].value == 1,
            switch="Flat Panel",
            value=1,
        ),
        sent={"index": "2", "value": "1.0"},
        answer=(says("Switch value updated"),),
        ready=switched_off,
    ),
    *common(
        Role.SWITCH_HUB,
        shown(("number", "switch_hub_channel_5", "30.0")),
        "switches, numbers and sensors of the channels",
    ),
)

GUIDER = (
    *_lines(
        Role.GUIDER,
        "start",
        "action `start_guiding`",
        _act("start_guiding", lambda o: o.guider.guiding),
        answer=(says("Guiding started"),),
        ready=under_the_stars,
        refusal=_absent(Role.GUIDER),
    ),
    *_lines(
        Role.GUIDER,
        "stop",
        "action `stop_guiding`",
        _act("stop_guiding", lambda o: not o.guider.guiding),
        answer=(says("Guiding stopped"),),
        ready=guided,
        refusal=_absent(Role.GUIDER),
    ),
    *common(
        Role.GUIDER,
        shown(("sensor", "guider_pixel_scale", "1.65012")),
        "sensors of the guider",
    ),
)

OTHERS = (
    *common(
        Role.FLAT_PANEL,
        shown(("sensor", "flat_panel_cover_state", "closed")),
        "cover and sensors of the flat panel",
    ),
    *common(
        Role.SAFETY_MONITOR,
        shown(("binary_sensor", "safety_monitor_unsafe", "off")),
        "the safety monitor, the roof guard",
    ),
    *common(
        Role.WEATHER,
        shown(("sensor", "weather_humidity", "62.0"), ("sensor", "weather_sky_quality", "21.3")),
        "weather entity and sensors",
    ),
)

EQUIPMENT = (*MOUNT, *FOCUSER, *ROTATOR, *FILTER_WHEEL, *DOME, *SWITCH, *GUIDER, *OTHERS)
