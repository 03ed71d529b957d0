"""Registering the sentences with Home Assistant while there is an observatory."""

from functools import partial
import logging
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    CoreState,
    Event,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_state_added_domain
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.trigger import async_initialize_triggers
from homeassistant.setup import async_when_setup

from ..const import DOMAIN, LOGGER
from ..runtime import NinaConfigEntry
from .asked import Utterance
from .commands import planned_targets
from .talk import Talk, enabled_entries
from .texts import closest
from .wordings import LANGUAGES, Ask, Names, Wordings, literals, load_wordings, templates

_CONVERSATION: Final = "conversation"
_PIPELINES: Final = "assist_pipeline"

# Entities that people open, close, run, start or read by name, as they do with ours.
_NAMESAKES: Final = (Platform.COVER.value, Platform.SENSOR.value, "scene", "script")


async def async_setup_voice(hass: HomeAssistant) -> None:
    """Register the sentences as soon as Home Assistant understands any."""

    async def start(hass: HomeAssistant, _component: str) -> None:
        Voice(hass).async_start()

    async_when_setup(hass, _CONVERSATION, start)


class Voice:
    """The registered sentences, which follow the observatories, their plans, and the languages.

    They stay while there is an observatory, loaded or not: without them, a question about safety
    would be answered by whatever in the home has a similar name.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._talk = Talk(hass)
        self._wordings: dict[str, Wordings] = {}
        self._registered: tuple[tuple[str, ...], Names] | None = None
        self._unregister: CALLBACK_TYPE | None = None
        self._followed: set[str] = set()
        # Words that may be names of other things, and those that are.
        self._words: frozenset[str] = frozenset()
        self._taken: frozenset[str] | None = None
        self._updating = self._outdated = False

    @callback
    def async_start(self) -> None:
        """Register the sentences, and follow what they depend on until Home Assistant stops."""
        hass = self._hass
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_entry)
        hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._handle_change)
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._handle_entity)
        async_track_state_added_domain(hass, _NAMESAKES, self._handle_entity)
        for entry in enabled_entries(hass):
            self._follow_plan(entry)
        async_at_started(hass, self._handle_change)

    @callback
    def _handle_entry(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Follow the entries of this integration."""
        if entry.domain == DOMAIN:
            self._follow_plan(entry)
            self._handle_change()

    @callback
    def _handle_entity(self, event: Event[Any]) -> None:
        """Update the sentences if another entity gets or loses a name that they contain."""
        entity_id: str = event.data["entity_id"]
        if split_entity_id(entity_id)[0] not in _NAMESAKES:
            return
        if self._taken or self._words & self._names_of(entity_id):
            self._taken = None
            self._handle_change()

    def _follow_plan(self, entry: NinaConfigEntry) -> None:
        """Follow the plan of a loaded entry."""
        if entry.state is not ConfigEntryState.LOADED or entry.entry_id in self._followed:
            return
        self._followed.add(entry.entry_id)
        entry.async_on_unload(partial(self._followed.discard, entry.entry_id))
        if (scheduler := entry.runtime_data.scheduler) is not None:
            entry.async_on_unload(scheduler.async_add_listener(self._handle_change))

    @callback
    def _handle_change(self, *_: object) -> None:
        """Update the sentences, once for changes that come together."""
        self._outdated = True
        if not self._updating and self._hass.state is CoreState.running:
            self._updating = True
            self._hass.async_create_task(self._async_update(), f"{DOMAIN} voice", eager_start=False)

    async def _async_update(self) -> None:
        """Register the sentences again if they have changed."""
        try:
            while self._outdated:
                self._outdated = False
                await self._async_register()
        finally:
            self._updating = False

    async def _async_register(self) -> None:
        """Replace the sentences, unless they would be the same."""
        wanted, sentences = None, dict[Ask, list[str]]()
        if enabled_entries(self._hass):
            languages = self._languages()
            wordings = [await self._async_load(language) for language in languages]
            if (words := literals(wordings)) != self._words or self._taken is None:
                self._words = words
                self._taken = words & self._names_of_others()
            wanted = (languages, self._names(self._taken))
            if wanted != self._registered:
                sentences = templates(wordings, wanted[1])
        if wanted == self._registered:
            return
        if self._unregister is not None:
            self._unregister()
        self._registered = wanted
        self._unregister = None
        if sentences:
            self._unregister = await async_initialize_triggers(
                self._hass,
                [
                    {"platform": _CONVERSATION, "id": ask.value, "command": commands}
                    for ask, commands in sentences.items()
                ],
                self._async_heard,
                DOMAIN,
                "Voice",
                _log,
            )

    async def _async_load(self, language: str) -> Wordings:
        """Return the sentences of a language, whose file is read once."""
        if language not in self._wordings:
            loaded = await self._hass.async_add_executor_job(load_wordings, language)
            self._wordings[language] = loaded
        return self._wordings[language]

    def _languages(self) -> tuple[str, ...]:
        """Return the languages of Home Assistant and its voice assistants.

        Those of everybody else would only make every sentence slower to understand.
        """
        spoken = {self._hass.config.language}
        if _PIPELINES in self._hass.config.components:
            # It loads a lot that a home without voice assistants has no use for.
            from homeassistant.components import assist_pipeline  # noqa: PLC0415

            pipelines = assist_pipeline.async_get_pipelines(self._hass)
            spoken |= {each.conversation_language for each in pipelines}
        return tuple(sorted({closest(language, LANGUAGES) for language in spoken}))

    def _names(self, taken: frozenset[str]) -> Names:
        """Return the names that sentences may contain now, and the words that mean other things."""
        entries = enabled_entries(self._hass)
        loaded = [each for each in entries if each.state is ConfigEntryState.LOADED]
        targets = {name: None for each in loaded for name in planned_targets(each.runtime_data)}
        return Names(
            observatories=tuple(sorted(each.title for each in entries)),
            targets=tuple(targets),
            taken=taken,
        )

    def _names_of_others(self) -> set[str]:
        """Return the names of what others have that people open, close, run, start or read."""
        entity_ids = self._hass.states.async_entity_ids(_NAMESAKES)
        return {name for entity_id in entity_ids for name in self._names_of(entity_id)}

    def _names_of(self, entity_id: str) -> set[str]:
        """Return the names of an entity in lowercase; none for those of this integration."""
        entity = er.async_get(self._hass).async_get(entity_id)
        state = self._hass.states.get(entity_id)
        names: list[object] = [] if state is None else [state.name]
        if entity is not None:
            if entity.platform == DOMAIN:
                return set()
            names += [entity.name, *entity.aliases]
        # Among the aliases may be one that stands for the name of the entity.
        return {name.casefold() for name in names if isinstance(name, str)}

    async def _async_heard(
        self, run_variables: dict[str, Any], _context: Context | None = None
    ) -> ScriptRunResult:
        """Answer a sentence that Home Assistant understood."""
        heard = run_variables["trigger"]
        answer = await self._talk.async_answer(Ask(heard["id"]), Utterance.of(heard))
        return ScriptRunResult(conversation_response=answer, service_response=None, variables={})


def _log(level: int, message: str, **more: Any) -> None:
    """Log what Home Assistant reports about the sentences; a success is nothing to report."""
    LOGGER.log(logging.DEBUG if level <= logging.INFO else level, "Voice: %s", message, **more)
