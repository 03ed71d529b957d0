"""Starting the sequence, and why it did not start: N.I.N.A. may wait for a click."""

from typing import Final

from ..api import EventType, NinaClient, NinaError
from ..const import LOGGER
from ..control.checklist import Checklist, async_read_issues, in_words
from ..control.commands.sequence import start_sequence
from ..errors import NotDoneError, Reason, UnprovenError
from ..runtime import NinaConfigEntry

_EDGES: Final = (EventType.SEQUENCE_STARTED, EventType.SEQUENCE_FINISHED)


async def async_last_edge(client: NinaClient) -> EventType | None:
    """Return the last start or end of a sequence in N.I.N.A.'s history.

    None if there is neither; raises NinaError if its history cannot be read.
    """
    history = await client.application.get_event_history()
    return next((event.type for event in reversed(history) if event.type in _EDGES), None)


async def async_start_sequence(entry: NinaConfigEntry, *, skip_validation: bool) -> None:
    """Start the loaded sequence and return when it runs.

    Raises ServiceValidationError if N.I.N.A. has issues and would show its checklist, otherwise
    HomeAssistantError that distinguishes a checklist on the screen, a sequence that was over at once,
    and one that did not start.
    """
    runner = entry.runtime_data.runner
    began = runner.loop.time()
    checklist = None if skip_validation else Checklist(entry.runtime_data.client)
    try:
        await runner.async_run(start_sequence(skip_validation=skip_validation, checklist=checklist))
    except UnprovenError as err:
        if (reason := await _async_reason(entry, began, skipped=skip_validation)) is None:
            raise
        raise await _async_explained(entry, reason, checklist) from err


async def _async_explained(
    entry: NinaConfigEntry, reason: Reason, checklist: Checklist | None
) -> NotDoneError:
    """Return the error for a start that did not happen, with the issues of a checklist.

    The start validated the sequence, so there may be issues that were unknown before.
    """
    if reason is not Reason.SEQUENCE_WAITING_FOR_PERSON or checklist is None or checklist.failed:
        return NotDoneError(reason)
    tree = await async_read_issues(entry.runtime_data.client)
    if tree is None or not (issues := tree.blocking):
        return NotDoneError(reason)
    return NotDoneError(Reason.SEQUENCE_WAITING_WITH_ISSUES, issues=in_words(issues))


async def _async_reason(entry: NinaConfigEntry, began: float, *, skipped: bool) -> Reason | None:
    """Return why nothing runs, None if that is not known.

    N.I.N.A. announces the start before it shows the checklist, and the end when that is canceled. Its
    history also has the events that the stream missed. A start that was announced now and `skipped`
    the validation shows no checklist.
    """
    runner = entry.runtime_data.runner
    try:
        last = await async_last_edge(entry.runtime_data.client)
    except NinaError as err:
        LOGGER.debug("The events of %s could not be read: %s", entry.title, err)
        return None
    if last is EventType.SEQUENCE_STARTED:
        announced = runner.received_at(EventType.SEQUENCE_STARTED) > began
        return None if skipped and announced else Reason.SEQUENCE_WAITING_FOR_PERSON
    over = runner.received_at(EventType.SEQUENCE_FINISHED) > began
    return Reason.SEQUENCE_OVER_AT_ONCE if over else None
