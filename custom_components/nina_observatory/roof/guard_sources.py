"""Inputs of the roof guard: the roof, the mount, and the sources of danger."""

from typing import Final

from homeassistant.components.weather import (
    ATTR_CONDITION_HAIL,
    ATTR_CONDITION_LIGHTNING,
    ATTR_CONDITION_LIGHTNING_RAINY,
    ATTR_CONDITION_POURING,
    ATTR_CONDITION_RAINY,
    ATTR_CONDITION_SNOWY_RAINY,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant, State, split_entity_id
from homeassistant.helpers import entity_registry as er

from ..api import Dome, Role
from ..const import DOMAIN
from ..helpers.devices import is_known, unique_id
from ..readings.equipment import EquipmentCoordinator
from ..readings.safety import SafetyGuard, SafetyReason
from .detector import reading_of
from .guard_state import Danger, GuardInputs, SourceState
from .roof import CAN_BE_PARKED, Roof

MONITOR: Final = "safety_monitor"
WEATHER: Final = "weather"
SAFETY_STATES: Final = {
    SafetyReason.SAFE: SourceState.CLEAR,
    SafetyReason.UNSAFE: SourceState.DANGER,
}
WET: Final = frozenset(
    {
        ATTR_CONDITION_HAIL,
        ATTR_CONDITION_LIGHTNING,
        ATTR_CONDITION_LIGHTNING_RAINY,
        ATTR_CONDITION_POURING,
        ATTR_CONDITION_RAINY,
        ATTR_CONDITION_SNOWY_RAINY,
    }
)


def rain_state(state: State | None) -> SourceState:
    """Return the state of a rain sensor or weather entity of Home Assistant."""
    if state is None or state.state in (STATE_UNKNOWN, STATE_UNAVAILABLE):
        return SourceState.UNKNOWN
    if split_entity_id(state.entity_id)[0] == Platform.WEATHER:
        return SourceState.DANGER if state.state in WET else SourceState.CLEAR
    return {STATE_ON: SourceState.DANGER, STATE_OFF: SourceState.CLEAR}.get(
        state.state, SourceState.UNKNOWN
    )


class GuardSources:
    """Collect the inputs; `sensors` are the entities that the user chose as rain sensors."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        safety: SafetyGuard,
        roof: Roof,
        sensors: tuple[str, ...],
    ) -> None:
        """Nothing is read before `inputs`."""
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._safety = safety
        self._roof = roof
        self._sensors = sensors

    def inputs(self) -> GuardInputs:
        """Return everything that decides now, as last read."""
        state = self._equipment.data
        dome = state.device(Role.DOME)
        obstacle = self._roof.mounts().last_obstacle()
        parked: bool | None = obstacle is None
        if obstacle is not None and obstacle.reason not in CAN_BE_PARKED:
            parked = None
        return GuardInputs(
            has_roof=is_known(self._hass, self._entry, Role.DOME),
            shutter=reading_of(dome) if isinstance(dome, Dome) else None,
            read_at=state.read_at.get(Role.DOME, 0.0),
            mount_parked=parked,
            sources=self._reported(),
        )

    def _reported(self) -> dict[str, tuple[Danger, SourceState]]:
        """Return the states of the sources of danger that exist or were chosen."""
        state, sources = self._equipment.data, dict[str, tuple[Danger, SourceState]]()
        if is_known(self._hass, self._entry, Role.SAFETY_MONITOR):
            sources[MONITOR] = (
                Danger.UNSAFE,
                SAFETY_STATES.get(self._safety.reason, SourceState.UNKNOWN),
            )
        weather = state.equipment.weather if state.reachable else None
        rate = weather.rain_rate if weather is not None and weather.connected else None
        if rate is not None:
            sources[WEATHER] = (Danger.RAIN, SourceState.DANGER if rate > 0 else SourceState.CLEAR)
        elif self._measures_rain():
            sources[WEATHER] = (Danger.RAIN, SourceState.UNKNOWN)
        for sensor in self._sensors:
            sources[sensor] = (Danger.RAIN, rain_state(self._hass.states.get(sensor)))
        return sources

    def _measures_rain(self) -> bool:
        """Return whether the weather device ever measured rain."""
        identity = unique_id(self._entry, Role.WEATHER, "rain")
        registry = er.async_get(self._hass)
        return registry.async_get_entity_id(Platform.BINARY_SENSOR, DOMAIN, identity) is not None
