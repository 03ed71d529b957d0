"""Moving the roof without hitting the telescope, and never opening it while not safe."""

from enum import StrEnum

from homeassistant.core import HomeAssistant

from .api import Role, ShutterState
from .commands.dome import CLOSE_SHUTTER, OPEN_SHUTTER, PARK_DOME, STOP_DOME
from .commands.mount import PARK_MOUNT
from .const import CONF_ROOF_INTERLOCK
from .coordinator import NinaConfigEntry
from .devices import is_known
from .errors import refusal

STAYS_CLOSED = (ShutterState.CLOSED, ShutterState.CLOSING, ShutterState.NONE)


class RoofInterlock(StrEnum):
    """What happens to the mount before the roof moves over it."""

    PARK_FIRST = "park_first"
    REFUSE = "refuse"
    ALLOW = "allow"


class Roof:
    """The roof of an entry with the rules for moving it (design 6)."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Take the rules from the options of the entry."""
        self._hass = hass
        self._entry = entry
        self._commander = entry.runtime_data.commander

    @property
    def interlock(self) -> RoofInterlock:
        """Return the rule for the mount."""
        return RoofInterlock(self._entry.options.get(CONF_ROOF_INTERLOCK, RoofInterlock.PARK_FIRST))

    async def async_open(self, *, override: bool = False) -> None:
        """Open the shutter; raises ServiceValidationError while it is not known to be safe.

        An `override` helps where nothing is known. Against a connected monitor that says unsafe it
        cannot: N.I.N.A. itself then refuses, always and without a word.
        """
        await self._entry.runtime_data.rig.async_read()
        self._refuse_unsafe(override=override)
        await self._async_secure_mount()
        # Parking takes minutes; the weather does not wait.
        self._refuse_unsafe(override=override)
        await self._commander.async_run(OPEN_SHUTTER)

    async def async_close(self) -> None:
        """Close the shutter once the mount is out of its way."""
        await self._async_make_room_to_close()
        await self._commander.async_run(CLOSE_SHUTTER)

    async def async_park(self) -> None:
        """Park the dome, which closes the shutter too and is kept to the same rules."""
        await self._async_make_room_to_close()
        await self._commander.async_run(PARK_DOME)

    async def async_stop(self) -> None:
        """Stop the shutter, unless it is closing."""
        await self._commander.async_run(STOP_DOME)

    async def _async_make_room_to_close(self) -> None:
        """See to the mount, unless there is no shutter, or it is closed or on its way to that."""
        state = await self._entry.runtime_data.rig.async_read()
        dome = state.equipment.dome
        if dome is None or dome.shutter not in STAYS_CLOSED:
            await self._async_secure_mount()

    def _refuse_unsafe(self, *, override: bool) -> None:
        """Refuse where a safety monitor exists and does not say, freshly, that it is safe."""
        safety = self._entry.runtime_data.safety
        if not is_known(self._hass, self._entry, Role.SAFETY_MONITOR) or not safety.not_safe:
            return
        if not override:
            raise refusal(f"not_safe_{safety.reason}")
        monitor = self._entry.runtime_data.rig.data.equipment.safety_monitor
        if monitor is not None and monitor.connected and monitor.is_safe is not True:
            raise refusal("override_impossible")

    async def _async_secure_mount(self) -> None:
        """See to the mount as the interlock says; a rig without a mount has none."""
        if self.interlock is RoofInterlock.ALLOW or not is_known(
            self._hass, self._entry, Role.MOUNT
        ):
            return
        if self.interlock is RoofInterlock.PARK_FIRST:
            await self._commander.async_run(PARK_MOUNT)
        elif not await self._async_parked():
            raise refusal("mount_not_parked")

    async def _async_parked(self) -> bool:
        """Return whether a fresh reading proves that the mount is parked."""
        state = await self._entry.runtime_data.rig.async_read()
        mount = state.equipment.mount
        return mount is not None and mount.connected and mount.parked
