"""The base of coordinators whose part is read again when N.I.N.A. comes back."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import NinaClient, Server
from .coordinator import NinaCoordinator
from .equipment import EquipmentCoordinator


class FollowingCoordinator[DataT](NinaCoordinator[DataT]):
    """Read again when N.I.N.A. comes back, and clear the state at once when it is gone."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator, part: str
    ) -> None:
        super().__init__(hass, entry, part)
        self.equipment = equipment
        self.news_turn = equipment.news_turn
        self._followed: Server | None = None
        entry.async_on_unload(equipment.async_add_listener(self._follow_rig))

    @property
    def client(self) -> NinaClient:
        """Return the client of the equipment coordinator."""
        return self.equipment.client

    @callback
    def _follow_rig(self) -> None:
        """Read at once when N.I.N.A. connected, disconnected, or was restarted."""
        state = self.equipment.data
        if (server := state.server if state.reachable else None) != self._followed:
            self._followed = server
            self.config_entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{self.name} after a change of connection"
            )
