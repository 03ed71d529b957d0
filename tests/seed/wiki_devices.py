"""The wiki of plugin 2.0: the lines that are the same for all kinds of equipment."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from custom_components.nina_observatory.api import Role
from simulator import Observatory

from .prepare import detached
from .table import UNKNOWN_PAGE, Check, Row, rest, says, unsent, works
from .wiki_answers import parts_of
from .wiki_fields import field_rows

if TYPE_CHECKING:
    from .bench import Bench

# Section of the page, part of the path, and what the answers call it.
DEVICES = {
    Role.CAMERA: ("Camera", "camera", "Camera"),
    Role.MOUNT: ("Mount", "mount", "Mount"),
    Role.FOCUSER: ("Focuser", "focuser", "Focuser"),
    Role.ROTATOR: ("Rotator", "rotator", "Rotator"),
    Role.FILTER_WHEEL: ("Filter wheel", "filterwheel", "Filterwheel"),
    Role.DOME: ("Dome", "dome", "Dome"),
    Role.SWITCH_HUB: ("Switch", "switch", "Switch"),
    Role.GUIDER: ("Guider", "guider", "Guider"),
    Role.FLAT_PANEL: ("Flat device", "flatdevice", "Flatdevice"),
    Role.SAFETY_MONITOR: ("Safety monitor", "safetymonitor", "Safetymonitor"),
    Role.WEATHER: ("Weather", "weather", "Weather"),
}
BUNDLE = "/equipment/info"


def shown(*states: tuple[str, str, str]) -> Check:
    """Return what looks at entities: platform, end of the unique id, and state."""

    async def look(bench: Bench) -> None:
        """Read the equipment, and compare."""
        for platform, unique, wanted in states:
            await bench.shows(platform, unique, wanted)

    return look


def common(
    role: Role,
    info: Check,
    entities: str,
    prepare: Callable[[Observatory], object] = rest,
) -> Iterator[Row]:
    """Yield the lines of a kind of equipment that all have.

    `info` looks at what is shown of it, when it was prepared.
    """
    section, path, noun = DEVICES[role]
    yield Row(
        section=section,
        line="connect: performs a rescan before connecting, if not already connected",
        through="action `connect`",
        route=f"/equipment/{path}/connect",
        prepare=detached(role),
        do=lambda bench: bench.act("connect", device=role.value),
        verdicts=(says(f"{noun} connected"), says("Connected")),
    )
    yield Row(
        section=section,
        line="disconnect",
        through="action `disconnect`",
        route=f"/equipment/{path}/disconnect",
        do=lambda bench: bench.act("disconnect", device=role.value),
        verdicts=(says(f"{noun} disconnected"), says("Disconnected")),
    )
    yield Row(
        section=section,
        line="info",
        through=entities,
        route=f"/equipment/{path}/info",
        do=info,
        prepare=prepare,
        verdicts=(works(), works(BUNDLE)),
    )
    yield from field_rows(role, section)
    yield from parts_of(role)
    yield Row(
        section=section,
        line="unknown action: Unknown action in Error, with StatusCode 400",
        through="–",
        route=f"/equipment/{path}/unknown",
        verdicts=(unsent("Unknown action", 400), UNKNOWN_PAGE),
    )
