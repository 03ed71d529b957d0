"""Commands in tests: what was sent, and cases of what should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .states import act

# What only reads, and is asked for at any time.
READING = (
    "/info",
    "/version",
    "/version/nina",
    "/application-start",
    "/application/plugins",
    "/application/get-tab",
    "/event-history",
    "/image-history",
    "/equipment/focuser/last-af",
    "/equipment/guider/graph",
    "/flats/status",
    "/framing/info",
    "/livestack/image/available",
    "/livestack/status",
    "/plugin/settings",
    "/profile/show",
    "/sequence/json",
    "/sequence/list-available",
    "/sequence/state",
    "/socket",
    "/time",
)


def nothing(_observatory: Observatory) -> None:
    """Prepare nothing."""


def sent(observatory: Observatory) -> list[tuple[str, dict[str, str]]]:
    """Return the commands that were sent: paths without their prefix, and parameters."""
    return [
        (entry.path.removeprefix("/v2/api"), entry.parameters)
        for entry in observatory.ledger.entries
        if entry.path.startswith("/v2/") and not entry.path.endswith(READING)
    ]


def paths(observatory: Observatory) -> list[str]:
    """Return the paths of what was sent, in order."""
    return [path for path, _ in sent(observatory)]


def teach(entry: NinaConfigEntry, *commands: Command[Any]) -> None:
    """Let the drivers be known to announce these movements, as after a first use."""
    data = entry.runtime_data
    for command in commands:
        device = data.equipment.data.equipment.device(Role(command.subject))
        data.runner.movements.note_announced(device, command.key)


def forget(entry: NinaConfigEntry) -> None:
    """Let nothing be known of what the drivers announce, as before a first use."""
    entry.runtime_data.runner.movements._habits.clear()


async def call(hass: HomeAssistant, entry: NinaConfigEntry, action: str, **data: Any) -> None:
    """Carry out an action for an entry."""
    await act(hass, f"{DOMAIN}.{action}", config_entry_id=entry.entry_id, **data)


async def answer(
    hass: HomeAssistant, entry: NinaConfigEntry, action: str, **data: Any
) -> dict[str, Any]:
    """Carry out an action for an entry and return what it answers."""
    response = await act(
        hass, f"{DOMAIN}.{action}", return_response=True, config_entry_id=entry.entry_id, **data
    )
    assert isinstance(response, dict)
    return response


def prepare(observatory: Observatory, make_ready: Callable[[Observatory], object]) -> None:
    """Prepare the observatory, and have N.I.N.A. know of it; forget what was sent."""
    make_ready(observatory)
    for device in observatory.devices:
        device.refresh()
    observatory.ledger.reset()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A control, what it should send, and what should then be so.

    `control` is platform and end of the unique id; `error` is what is said where the device ignores
    the command. `prepare` makes the simulated observatory ready.
    """

    control: tuple[str, str]
    action: str
    path: str
    sent: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    done: Callable[[Observatory], bool]
    prepare: Callable[[Observatory], object] = nothing
    error: str = ""

    @property
    def name(self) -> str:
        """Return what tells the case from others."""
        values = "_".join(map(str, self.data.values()))
        return "_".join(filter(None, (self.control[1], self.action, values)))


def place(observatory: Observatory, *, opening: float, parked: bool) -> None:
    """Have the roof and the mount somewhere, and N.I.N.A. know of it; forget what was sent."""
    observatory.dome.put_shutter(opening)
    if parked:
        observatory.mount.hardware.park_by_hand()
    else:
        observatory.mount.hardware.put(observatory.sequence.target)
    for device in (observatory.dome, observatory.mount):
        device.refresh()
    observatory.ledger.reset()


def entity_of(hass: HomeAssistant, entry: NinaConfigEntry, platform: str, unique: str) -> str:
    """Return the id of an entity by platform and end of its unique id; fails where there is none."""
    identity = f"{entry.entry_id}_{unique}"
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, identity)
    assert entity_id is not None, f"there is no {platform} {unique}"
    return entity_id


async def carry_out(hass: HomeAssistant, entry: NinaConfigEntry, case: Case) -> None:
    """Do what a person would do with the control."""
    platform, unique = case.control
    entity_id = entity_of(hass, entry, platform, unique)
    await act(hass, f"{platform}.{case.action}", entity_id, **case.data)


async def make_ready(
    hass: HomeAssistant, entry: NinaConfigEntry, observatory: Observatory, case: Case
) -> None:
    """Prepare a case, and have N.I.N.A. and Home Assistant know of it; forget what was sent."""
    prepare(observatory, case.prepare)
    await act(hass, "button.press", entity_of(hass, entry, "button", "hub_refresh"))
    observatory.ledger.reset()
