"""Options flow: preferences of an observatory, as opposed to its connection."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import Platform, UnitOfTemperature, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio

from ..api import Dome, Role
from ..const import (
    CONF_DAILY_PLAN,
    CONF_KEPT_NIGHTS,
    CONF_LANGUAGE_MODELS,
    CONF_MOUNT_INTERLOCK,
    CONF_NIGHT_WATCH,
    CONF_NIGHT_WATCH_DELAY,
    CONF_READ_ONLY,
    CONF_ROOF_GUARD,
    CONF_ROOF_GUARD_MINUTES,
    CONF_ROOF_GUARD_RAIN,
    CONF_ROOF_GUARD_STOP,
    CONF_ROOF_INTERLOCK,
    CONF_SECURE_PARK_LIMIT,
    CONF_SECURE_ROOF_LIMIT,
    CONF_SECURE_STEPS,
    CONF_SECURE_UNPARKED,
    CONF_SHARED_MOUNTS,
    CONF_START_UP_SEQUENCE,
    CONF_START_UP_TEMPERATURE,
    CONF_VOICE,
    DEFAULT_KEPT_NIGHTS,
    DOMAIN,
    VoiceCommands,
)
from ..night.watch import DEFAULT_DELAY, LONGEST_DELAY
from ..roof.guard import DEFAULT_MINUTES
from ..roof.guard_state import GuardMode, StopPolicy
from ..roof.mount_interlock import MountInterlock
from ..roof.roof import RoofInterlock
from ..roof.shared import name_of, shared_mounts
from ..runtime import NinaConfigEntry
from .secure import DEFAULT_LIMIT, DEFAULT_STEPS, SECURE_STEPS, Unparked

_LIMIT = NumberSelector(
    NumberSelectorConfig(
        min=30,
        max=1800,
        step=1,
        unit_of_measurement=UnitOfTime.SECONDS,
        mode=NumberSelectorMode.BOX,
    )
)

OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ROOF_INTERLOCK, default=RoofInterlock.PARK_FIRST): SelectSelector(
            SelectSelectorConfig(
                options=[interlock.value for interlock in RoofInterlock],
                translation_key=CONF_ROOF_INTERLOCK,
            )
        ),
        probatio.Required(CONF_MOUNT_INTERLOCK, default=MountInterlock.AUTOMATIC): SelectSelector(
            SelectSelectorConfig(
                options=[interlock.value for interlock in MountInterlock],
                translation_key=CONF_MOUNT_INTERLOCK,
            )
        ),
        probatio.Required(
            CONF_SECURE_STEPS, default=[step.value for step in DEFAULT_STEPS]
        ): SelectSelector(
            SelectSelectorConfig(
                options=[step.value for step in SECURE_STEPS],
                multiple=True,
                translation_key=CONF_SECURE_STEPS,
            )
        ),
        probatio.Required(CONF_SECURE_UNPARKED, default=Unparked.NEVER_CLOSE): SelectSelector(
            SelectSelectorConfig(
                options=[choice.value for choice in Unparked],
                translation_key=CONF_SECURE_UNPARKED,
            )
        ),
        probatio.Required(CONF_SECURE_PARK_LIMIT, default=DEFAULT_LIMIT): _LIMIT,
        probatio.Required(CONF_SECURE_ROOF_LIMIT, default=DEFAULT_LIMIT): _LIMIT,
        probatio.Optional(CONF_START_UP_TEMPERATURE): NumberSelector(
            NumberSelectorConfig(
                min=-80,
                max=40,
                step=0.1,
                unit_of_measurement=UnitOfTemperature.CELSIUS,
                mode=NumberSelectorMode.BOX,
            )
        ),
        probatio.Optional(CONF_START_UP_SEQUENCE): TextSelector(),
        probatio.Required(CONF_READ_ONLY, default=False): BooleanSelector(),
        probatio.Required(CONF_LANGUAGE_MODELS, default=False): BooleanSelector(),
        probatio.Required(CONF_DAILY_PLAN, default=False): BooleanSelector(),
        probatio.Required(CONF_KEPT_NIGHTS, default=DEFAULT_KEPT_NIGHTS): NumberSelector(
            NumberSelectorConfig(min=0, max=30, step=1, mode=NumberSelectorMode.BOX)
        ),
        probatio.Required(CONF_VOICE, default=VoiceCommands.ALL): SelectSelector(
            SelectSelectorConfig(
                options=[choice.value for choice in VoiceCommands], translation_key=CONF_VOICE
            )
        ),
    }
)

ROOF_GUARD_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ROOF_GUARD, default=GuardMode.OFF): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in GuardMode], translation_key=CONF_ROOF_GUARD
            )
        ),
        probatio.Required(CONF_ROOF_GUARD_MINUTES, default=DEFAULT_MINUTES): NumberSelector(
            NumberSelectorConfig(
                min=1,
                max=120,
                step=1,
                unit_of_measurement=UnitOfTime.MINUTES,
                mode=NumberSelectorMode.BOX,
            )
        ),
        probatio.Optional(CONF_ROOF_GUARD_RAIN, default=[]): EntitySelector(
            EntitySelectorConfig(
                filter=[
                    {
                        "domain": Platform.BINARY_SENSOR,
                        "device_class": BinarySensorDeviceClass.MOISTURE,
                    },
                    {"domain": Platform.WEATHER},
                ],
                multiple=True,
            )
        ),
        probatio.Required(CONF_ROOF_GUARD_STOP, default=StopPolicy.IF_NEEDED): SelectSelector(
            SelectSelectorConfig(
                options=[policy.value for policy in StopPolicy],
                translation_key=CONF_ROOF_GUARD_STOP,
            )
        ),
    }
)


NIGHT_WATCH_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_NIGHT_WATCH, default=False): BooleanSelector(),
        probatio.Required(CONF_NIGHT_WATCH_DELAY, default=DEFAULT_DELAY): NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=LONGEST_DELAY,
                step=1,
                unit_of_measurement=UnitOfTime.SECONDS,
                mode=NumberSelectorMode.BOX,
            )
        ),
    }
)


class NinaOptionsFlow(OptionsFlowWithReload):
    """Preferences, as opposed to the connection."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the menu of options."""
        return self.async_show_menu(
            step_id="init", menu_options=["general", "roof_guard", "night_watch"]
        )

    async def async_step_general(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show all options except those of the roof guard and the night watch."""
        schema = OPTIONS_SCHEMA.extend(self._shared_mounts())
        if user_input is not None:
            return self._async_save(schema, user_input)
        return self._async_show("general", schema, self.config_entry.options, {})

    async def async_step_roof_guard(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options of the roof guard."""
        errors: dict[str, str] = {}
        if user_input is not None:
            wanted = user_input[CONF_ROOF_GUARD] != GuardMode.OFF
            if not (wanted and _lacks_shutter(self.config_entry)):
                return self._async_save(ROOF_GUARD_SCHEMA, user_input)
            errors[CONF_ROOF_GUARD] = "no_shutter"
        values = user_input or self.config_entry.options
        return self._async_show("roof_guard", ROOF_GUARD_SCHEMA, values, errors)

    async def async_step_night_watch(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options of the night watch."""
        if user_input is not None:
            return self._async_save(NIGHT_WATCH_SCHEMA, user_input)
        return self._async_show("night_watch", NIGHT_WATCH_SCHEMA, self.config_entry.options, {})

    def _async_save(self, schema: probatio.Schema, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Store the input of one form together with the options of the others."""
        asked = {str(key) for key in schema.schema}
        others = {key: val for key, val in self.config_entry.options.items() if key not in asked}
        return self.async_create_entry(data=others | user_input)

    def _async_show(
        self,
        step: str,
        schema: probatio.Schema,
        values: Mapping[str, Any],
        errors: dict[str, str],
    ) -> ConfigFlowResult:
        """Show a form with the current values."""
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
        )

    def _shared_mounts(self) -> dict[Any, SelectSelector]:
        """Return the field for the mounts of other entries, if there are any.

        A removed entry is offered as well: you can only deselect an option that is in the list.
        """
        own: NinaConfigEntry = self.config_entry
        entries = {each.entry_id for each in self.hass.config_entries.async_entries(DOMAIN)}
        others = sorted({*entries, *shared_mounts(own)} - {own.entry_id})
        if not others:
            return {}
        offered = [SelectOptionDict(value=each, label=name_of(self.hass, each)) for each in others]
        selector = SelectSelector(
            SelectSelectorConfig(options=offered, multiple=True, mode=SelectSelectorMode.DROPDOWN)
        )
        return {probatio.Optional(CONF_SHARED_MOUNTS): selector}


def _lacks_shutter(entry: NinaConfigEntry) -> bool:
    """Return whether a dome that can be read now has no shutter that could be closed."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    dome = entry.runtime_data.equipment.data.device(Role.DOME)
    return isinstance(dome, Dome) and dome.lacks_shutter
