"""The actions of a person at the rig: one table for the control port and the terminal."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import math
from typing import TYPE_CHECKING, Any

from .habits import PHD2_STATES, GuiderKind, changed
from .reply import Refusal

if TYPE_CHECKING:
    from .devices.base import Device
    from .observatory import Observatory

__all__ = ["COMMANDS", "Command", "run"]

_REQUIRED = object()
_UNCHANGED = object()
_CHANNELS = [
    "average_period",
    "cloud_cover",
    "humidity",
    "pressure",
    "rain_rate",
    "sky_brightness",
    "sky_quality",
    "sky_temperature",
    "star_fwhm",
    "temperature",
    "wind_direction",
    "wind_gust",
    "wind_speed",
]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its description, its options with defaults, and its function."""

    text: str
    do: Callable[..., Awaitable[None]]
    options: dict[str, tuple[type, Any]] = field(default_factory=dict)


async def run(observatory: Observatory, name: str, options: dict[str, Any]) -> None:
    """Run a command; raises ValueError with an explanation."""
    command = COMMANDS.get(name)
    if command is None:
        known = ", ".join(sorted(COMMANDS))
        raise ValueError(f"there is no command {name!r} (known: {known})")
    unknown = set(options) - set(command.options)
    if unknown:
        allowed = ", ".join(command.options) or "none"
        given = ", ".join(sorted(unknown))
        raise ValueError(f"command {name!r} has no option {given} (options: {allowed})")
    values = {}
    for key, (kind, default) in command.options.items():
        value = options.get(key, default)
        if value is _REQUIRED:
            raise ValueError(f"command {name!r} needs the option {key!r}")
        if value is _UNCHANGED:
            continue
        values[key] = _checked(name, key, value, kind)
    await command.do(observatory, **values)


def _checked(name: str, key: str, value: Any, kind: type) -> Any:
    """Return a value in its type; raises ValueError."""
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise ValueError(f"option {key!r} of command {name!r} must be {kind.__name__}, not {value!r}")


def _device(observatory: Observatory, role: str) -> Device:
    """Return a device by role; raises ValueError."""
    for device in observatory.devices:
        if device.role == role:
            return device
    roles = ", ".join(sorted(device.role for device in observatory.devices))
    raise ValueError(f"there is no device {role!r} (known: {roles})")


async def _rain(observatory: Observatory, rate: float, monitor: bool) -> None:
    """Let it rain."""
    if not 0 < rate <= 500:
        raise ValueError("a rate of rain is between 0 and 500 mm/h")
    observatory.rain(rate, monitor=monitor)


async def _clear_up(observatory: Observatory, monitor: bool) -> None:
    """Let the sky clear up."""
    observatory.clear_up(monitor=monitor)


async def _weather(observatory: Observatory, channel: str, value: float) -> None:
    """Set a channel of the weather station."""
    if channel not in _CHANNELS:
        raise ValueError(f"there is no channel {channel!r} (known: {', '.join(_CHANNELS)})")
    setattr(observatory.weather, channel, value)


async def _safe(observatory: Observatory, safe: bool) -> None:
    """Set the safety monitor's verdict."""
    observatory.safety_monitor.is_safe = safe


async def _speed(observatory: Observatory, factor: float, lapse: bool | None = None) -> None:
    """Run faster or slower, with times for clients that fit their clocks, or simulated ones."""
    if not math.isfinite(factor) or not 0 < factor <= 10_000:
        raise ValueError("the speed is a factor above 0, at most 10000")
    clock = observatory.clock
    # Never a time lapse at the wrong one of both speeds, not even for a moment.
    clock.lapse = clock.lapse and lapse is not False
    clock.speed = factor
    clock.lapse = clock.lapse if lapse is None else lapse


async def _connect(observatory: Observatory, device: str) -> None:
    """Begin to connect one device or all."""
    chosen = observatory.devices if device == "all" else (_device(observatory, device),)
    for entry in chosen:
        observatory.tasks.start(entry.connect())


async def _disconnect(observatory: Observatory, device: str) -> None:
    """Disconnect one device or all."""
    chosen = observatory.devices if device == "all" else (_device(observatory, device),)
    for entry in chosen:
        await entry.disconnect()


async def _shutter(observatory: Observatory, opening: float) -> None:
    """Move the roof by hand."""
    if not 0 <= opening <= 1:
        raise ValueError("an opening is between 0 (closed) and 1 (open)")
    observatory.dome.put_shutter(opening)


async def _roof_switch(observatory: Observatory, opens: bool) -> None:
    """Move the roof by its own switch."""
    observatory.dome.move_shutter(1.0 if opens else 0.0)


async def _command_roof(observatory: Observatory, opens: bool) -> None:
    """Have N.I.N.A. itself move the roof."""
    observatory.command_roof(opens=opens)


async def _select(observatory: Observatory, device: str, selected: bool) -> None:
    """Select a device in N.I.N.A.'s profile, or none."""
    _device(observatory, device).select(selected=selected)


async def _roof(observatory: Observatory, **options: Any) -> None:
    """Give the roof and its driver other habits."""
    observatory.dome.habits = changed(observatory.dome.habits, **options)


async def _mount(observatory: Observatory, **options: Any) -> None:
    """Give the mount and its driver other habits."""
    observatory.mount.habits = changed(observatory.mount.habits, **options)


async def _focus(observatory: Observatory, position: int) -> None:
    """Move the focuser by hand, which N.I.N.A. announces."""
    if not 0 <= position <= observatory.focuser.max_position:
        raise ValueError(f"a position is between 0 and {observatory.focuser.max_position}")
    observatory.focuser.travel.put(float(position))
    await observatory.events.emit("FOCUSER-USER-FOCUSED")


async def _park(observatory: Observatory) -> None:
    """Park the mount with its hand controller."""
    observatory.mount.hardware.park_by_hand()


async def _guider(observatory: Observatory, state: str, guides: bool) -> None:
    """Put PHD2 into a state."""
    if state not in PHD2_STATES:
        raise ValueError(f"there is no state {state!r} (known: {', '.join(PHD2_STATES)})")
    observatory.guider.routines.put(state, guides=guides)


async def _guider_kind(observatory: Observatory, kind: str, word: str) -> None:
    """Use another guider, or have it always report one state."""
    if kind not in list(GuiderKind):
        raise ValueError(f"there is no guider {kind!r} (known: {', '.join(GuiderKind)})")
    observatory.guider.kind = GuiderKind(kind)
    observatory.guider.says = word or None


async def _switch(observatory: Observatory, number: int, value: float) -> None:
    """Change a channel of the switch hub by hand."""
    hub = observatory.switch_hub
    for channel in (*hub.writable, *hub.readonly):
        if channel.number == number:
            channel.value = value
            return
    raise ValueError(f"there is no channel {number}")


async def _restart(observatory: Observatory, seconds: float) -> None:
    """Restart N.I.N.A."""
    if not 0 <= seconds <= 86400:
        raise ValueError("a restart takes 0 to 86400 s")
    observatory.nina.restart_soon(seconds)


async def _profile(observatory: Observatory, name: str) -> None:
    """Load another profile."""
    profile = next((entry for entry in observatory.profiles.all if entry.name == name), None)
    if profile is None:
        names = ", ".join(repr(entry.name) for entry in observatory.profiles.all)
        raise ValueError(f"there is no profile {name!r} (known: {names})")
    await observatory.switch_profile(profile)


async def _say(observatory: Observatory, text: str) -> None:
    """Send the text of a user's own event."""
    await observatory.events.emit_text(text)


async def _emit(observatory: Observatory, event: str) -> None:
    """Send an event by name."""
    if not event.isascii() or not event.replace("-", "").isalnum():
        raise ValueError(f"no name of an event: {event!r}")
    await observatory.events.emit(event)


async def _play(observatory: Observatory, scenario: str) -> None:
    """Play the script of a scenario."""
    observatory.play(scenario)


async def _sequence(observatory: Observatory, do: str, name: str) -> None:
    """Do something in the sequencer itself."""
    sequence = observatory.sequence
    try:
        match do:
            case "run":
                await sequence.run(name)
            case "start":
                await sequence.start()
            case "stop":
                await sequence.stop()
            case "reset":
                sequence.reset()
            case _:
                raise ValueError(f"a sequence cannot {do!r} (known: run, start, stop, reset)")
    except Refusal as refusal:
        raise ValueError(refusal.text) from None


async def _confirm_filter(observatory: Observatory) -> None:
    """Confirm the networked filter wheel."""
    observatory.networked.confirm_filter()


async def _answer(observatory: Observatory, go_on: bool) -> None:
    """Click on the dialog that waits for a person at the computer."""
    if not observatory.dialogs.answer(go_on=go_on):
        raise ValueError("no dialog is open")


async def _confirm_rotation(observatory: Observatory) -> None:
    """Confirm the networked rotator."""
    observatory.networked.confirm_rotation()


async def _delete_image(observatory: Observatory, index: int) -> None:
    """Delete an image's file."""
    frames = observatory.images.frames
    if not 0 <= index < len(frames):
        raise ValueError(f"there is no image {index} ({len(frames)} saved)")
    observatory.images.deleted.add(frames[index].filename)


COMMANDS: dict[str, Command] = {
    "rain": Command(
        "let it rain; not safe, where the monitor sees it",
        _rain,
        {"rate": (float, 2.4), "monitor": (bool, True)},
    ),
    "clear_up": Command(
        "let the sky clear up; safe, where the monitor sees it",
        _clear_up,
        {"monitor": (bool, True)},
    ),
    "weather": Command(
        "set a channel of the weather station",
        _weather,
        {"channel": (str, _REQUIRED), "value": (float, _REQUIRED)},
    ),
    "safe": Command("set the safety monitor's verdict", _safe, {"safe": (bool, True)}),
    "speed": Command(
        "run faster or slower, with times that fit the clocks of clients, or simulated ones",
        _speed,
        {"factor": (float, _REQUIRED), "lapse": (bool, _UNCHANGED)},
    ),
    "connect": Command("connect a device, or all", _connect, {"device": (str, "all")}),
    "disconnect": Command("disconnect a device, or all", _disconnect, {"device": (str, "all")}),
    "shutter": Command("put the roof by hand, at once", _shutter, {"opening": (float, _REQUIRED)}),
    "roof_switch": Command(
        "move the roof by its own switch, in its usual time",
        _roof_switch,
        {"opens": (bool, _REQUIRED)},
    ),
    "command_roof": Command(
        "have N.I.N.A. itself (its window, a sequence) open or close the roof",
        _command_roof,
        {"opens": (bool, _REQUIRED)},
    ),
    "select": Command(
        "select the usual device, or none, in the active profile",
        _select,
        {"device": (str, _REQUIRED), "selected": (bool, False)},
    ),
    "roof": Command(
        "give the roof's driver other habits",
        _roof,
        {
            "words": (str, _UNCHANGED),
            "open_seconds": (float, _UNCHANGED),
            "close_seconds": (float, _UNCHANGED),
            "blocks": (bool, _UNCHANGED),
        },
    ),
    "mount": Command(
        "give the mount's driver other habits",
        _mount,
        {
            "words": (str, _UNCHANGED),
            "park_seconds": (float, _UNCHANGED),
            "home_seconds": (float, _UNCHANGED),
            "lingers": (float, _UNCHANGED),
            "coordinates": (str, _UNCHANGED),
            "blocks": (bool, _UNCHANGED),
        },
    ),
    "focus": Command("move the focuser by hand", _focus, {"position": (int, _REQUIRED)}),
    "park": Command("park the mount with its hand controller", _park),
    "guider": Command(
        "do something in PHD2 itself",
        _guider,
        {"state": (str, _REQUIRED), "guides": (bool, True)},
    ),
    "guider_kind": Command(
        "use another guider, or a state word of choice",
        _guider_kind,
        {"kind": (str, "phd2"), "word": (str, "")},
    ),
    "switch": Command(
        "change a channel of the switch hub by hand",
        _switch,
        {"number": (int, _REQUIRED), "value": (float, _REQUIRED)},
    ),
    "restart": Command("close N.I.N.A. and start it again", _restart, {"seconds": (float, 5.0)}),
    "profile": Command("load another profile", _profile, {"name": (str, _REQUIRED)}),
    "say": Command("send the text of a user's own event", _say, {"text": (str, "Test event")}),
    "emit": Command("send an event by name", _emit, {"event": (str, _REQUIRED)}),
    "play": Command("play the script of a scenario", _play, {"scenario": (str, _REQUIRED)}),
    "sequence": Command(
        "run (load and start), start, stop or reset a sequence in N.I.N.A. itself",
        _sequence,
        {"do": (str, "start"), "name": (str, "Evening")},
    ),
    "confirm_filter": Command("confirm the networked filter wheel", _confirm_filter),
    "answer": Command("click on the dialog that waits", _answer, {"go_on": (bool, True)}),
    "confirm_rotation": Command("confirm the networked rotator", _confirm_rotation),
    "delete_image": Command("delete an image's file", _delete_image, {"index": (int, _REQUIRED)}),
}
