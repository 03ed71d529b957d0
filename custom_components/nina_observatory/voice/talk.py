"""Talking: which observatory is meant, who may ask, and what is answered."""

import asyncio
from typing import Final

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..api import Role
from ..const import CONF_READ_ONLY, DOMAIN, LOGGER, Needs, VoiceCommands
from ..errors import EndedError, Reason, RefusedError
from ..helpers.permissions import async_permitted, async_require
from ..runtime import NinaConfigEntry
from .answers import QUESTIONS
from .asked import Asked, Utterance
from .commands import ORDERS, Order, allowed, not_opened
from .texts import VoiceTexts, async_explain, async_texts
from .wordings import Ask, named_in, spoken

# Seconds that an answer waits for a command to be proven: nobody stands in silence for longer.
PATIENCE: Final = 8.0
# Seconds within which the opening of the roof has to be confirmed.
CONFIRMED_WITHIN: Final = 60.0

_ANNOUNCE: Final = ("assist_satellite", "announce")


@callback
def enabled_entries(hass: HomeAssistant) -> list[NinaConfigEntry]:
    """Return the observatories that are not disabled, loaded or not."""
    return hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)


class Talk:
    """Answers sentences that were understood."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        # Until when who may confirm the opening of which roof.
        self._unconfirmed: dict[tuple[str | None, ...], float] = {}

    async def async_answer(self, ask: Ask, utterance: Utterance) -> str:
        """Return the answer to a sentence."""
        texts = await async_texts(self._hass, utterance.language)
        try:
            return await self._async_answer(ask, utterance, texts)
        except HomeAssistantError as err:
            return await async_explain(self._hass, texts, err)

    async def _async_answer(self, ask: Ask, utterance: Utterance, texts: VoiceTexts) -> str:
        entries = enabled_entries(self._hass)
        entry = _meant(utterance, entries)
        if entry is None and ask is Ask.CONFIRM_OPEN:
            entry = self._only_unconfirmed(utterance, entries)
        if entry is None:
            return await self._async_ask_which(ask, utterance, texts, entries)
        await async_require(self._hass, utterance.context, entry, *needed(ask))
        if entry.state is not ConfigEntryState.LOADED:
            return texts("not_loaded", name=entry.title)
        asked = Asked(hass=self._hass, entry=entry, texts=texts, utterance=utterance)
        answer = await self._async_respond(ask, asked)
        return answer if len(entries) == 1 else texts("named", name=entry.title, answer=answer)

    async def _async_ask_which(
        self, ask: Ask, utterance: Utterance, texts: VoiceTexts, entries: list[NinaConfigEntry]
    ) -> str:
        """Return the question which observatory is meant, with those that the speaker may use."""
        if not entries:
            return texts("no_observatory")
        permitted = await async_permitted(self._hass, utterance.context, entries, *needed(ask))
        return texts("which", names=texts.either(sorted(each.title for each in permitted)))

    async def _async_respond(self, ask: Ask, asked: Asked) -> str:
        """Answer a question, or carry out a command."""
        if (question := QUESTIONS.get(ask)) is not None:
            return await question.answer(asked)
        if asked.entry.options.get(CONF_READ_ONLY):
            raise RefusedError(Reason.READ_ONLY)
        if allowed(asked) is VoiceCommands.NONE:
            return asked.texts("commands_off")
        if ask is Ask.OPEN_ROOF or (ask is Ask.CONFIRM_OPEN and not self._is_confirmed(asked)):
            return self._ask_to_confirm(asked)
        order = ORDERS[ask]
        if (refusal := order.refusal(asked)) is not None:
            return refusal
        return await self._async_carry_out(order, asked)

    def _ask_to_confirm(self, asked: Asked) -> str:
        """Return the question whether to open the roof, or why it is not opened."""
        if (refusal := not_opened(asked)) is not None:
            return refusal
        key = (asked.entry.entry_id, *asked.utterance.speaker)
        self._unconfirmed[key] = self._hass.loop.time() + CONFIRMED_WITHIN
        return asked.texts("confirm_open")

    def _is_confirmed(self, asked: Asked) -> bool:
        """Return whether the speaker was asked lately whether to open this roof."""
        until = self._unconfirmed.pop((asked.entry.entry_id, *asked.utterance.speaker), None)
        return until is not None and self._hass.loop.time() <= until

    def _only_unconfirmed(
        self, utterance: Utterance, entries: list[NinaConfigEntry]
    ) -> NinaConfigEntry | None:
        """Return the only observatory whose opening the speaker may confirm; None if several."""
        now = self._hass.loop.time()
        waiting = [
            each
            for each in entries
            if self._unconfirmed.get((each.entry_id, *utterance.speaker), now) > now
        ]
        return waiting[0] if len(waiting) == 1 else None

    async def _async_carry_out(self, order: Order, asked: Asked) -> str:
        """Carry out a command; return what is proven, or that it is not proven yet.

        It continues if nobody waits for it any more.
        """
        entry, name = asked.entry, f"{asked.entry.title} voice command"
        task = entry.async_create_background_task(self._hass, _async_run(order, asked), name)
        try:
            await asyncio.wait([task], timeout=PATIENCE)
        finally:
            if not task.done():
                later = self._async_follow_up(order, asked, task)
                entry.async_create_background_task(self._hass, later, f"{name} follow-up")
        if task.cancelled():
            raise EndedError(Reason.UNLOADED)
        if task.done():
            task.result()
            return order.done(asked)
        return f"{order.pending(asked)} {asked.texts('follow_up')}"

    async def _async_follow_up(
        self, order: Order, asked: Asked, task: asyncio.Task[object]
    ) -> None:
        """Announce how a command ended where it was given, and notify people if it failed."""
        await asyncio.wait([task])
        error = EndedError(Reason.UNLOADED) if task.cancelled() else task.exception()
        if error is None:
            return await self._async_announce(asked, order.done(asked))
        if not isinstance(error, HomeAssistantError):
            LOGGER.error("%s: a voice command failed", asked.entry.title, exc_info=error)
            error = EndedError(Reason.UNLOADED)
        answer = await async_explain(self._hass, asked.texts, error)
        LOGGER.warning("%s: a voice command failed: %s", asked.entry.title, error)
        persistent_notification.async_create(
            self._hass, answer, asked.texts("failed", name=asked.entry.title)
        )
        return await self._async_announce(asked, answer)

    async def _async_announce(self, asked: Asked, answer: str) -> None:
        """Announce something on the satellite that received the command, if one did."""
        satellite = asked.utterance.satellite
        if satellite is None or not self._hass.services.has_service(*_ANNOUNCE):
            return
        data = {ATTR_ENTITY_ID: satellite, "message": answer}
        try:
            await self._hass.services.async_call(*_ANNOUNCE, data, blocking=True)
        except HomeAssistantError as err:
            LOGGER.debug("%s announced nothing: %s", satellite, err)


def _meant(utterance: Utterance, entries: list[NinaConfigEntry]) -> NinaConfigEntry | None:
    """Return the only observatory, or the one that a sentence names.

    None if it names none, or a name that several have: the wrong roof must not open.
    """
    if len(entries) == 1:
        return entries[0]
    if (named := named_in(utterance.text, [each.title for each in entries])) is None:
        return None
    name = spoken(named).casefold()
    found = [each for each in entries if spoken(each.title).casefold() == name]
    return found[0] if len(found) == 1 else None


async def _async_run(order: Order, asked: Asked) -> None:
    await order.run(asked)


def needed(ask: Ask) -> tuple[Needs, tuple[Role, ...]]:
    """Return the permission that the speaker needs, and for which equipment."""
    if (question := QUESTIONS.get(ask)) is not None:
        return Needs.READ, question.roles
    return Needs.CONTROL, ORDERS[Ask.CONFIRM_OPEN if ask is Ask.OPEN_ROOF else ask].roles
