"""The checklist of N.I.N.A. before a start: what its last validation of the sequence found."""

import asyncio
from typing import Final

from ..api import NinaClient, NinaError, SequenceTree
from ..const import LOGGER
from ..errors import Reason, RefusedError

# Seconds that a start waits to be told of issues. N.I.N.A. works them out from everything that is
# loaded, plugins included, and that may never come to an end.
PATIENCE: Final = 5.0
# How many issues an error names, and how many instructions with each of them.
_MOST_ISSUES: Final = 10
_MOST_NAMES: Final = 3


class Checklist:
    """The issues of the loaded sequence, read at most once.

    They are those of the last validation in N.I.N.A.; nothing known of them is nothing against a
    start.
    """

    def __init__(self, client: NinaClient) -> None:
        """Remember whom to ask; nothing is read yet."""
        self._client = client
        self._asked = False
        self._tree: SequenceTree | None = None

    @property
    def failed(self) -> bool:
        """Return whether the issues were asked for in vain."""
        return self._asked and self._tree is None

    async def async_read_once(self) -> None:
        """Read the issues, unless that was tried before; nothing is raised."""
        if not self._asked:
            self._asked = True
            self._tree = await async_read_issues(self._client)

    @property
    def refusal(self) -> RefusedError | None:
        """Return why a start would only show the checklist; None where nothing says so."""
        if self._tree is None or not (issues := self._tree.blocking):
            return None
        return RefusedError(Reason.SEQUENCE_HAS_ISSUES, issues=in_words(issues))


async def async_read_issues(client: NinaClient) -> SequenceTree | None:
    """Return the tree with its issues; None where N.I.N.A. does not tell them in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await client.sequence.get_validated_tree(within=PATIENCE)
    except NinaError as err:
        LOGGER.debug("The issues of the sequence are not known: %s", err)
    except TimeoutError:
        LOGGER.debug("The issues of the sequence are not known: decoding them takes too long")
    return None


def in_words(issues: dict[str, tuple[str, ...]]) -> str:
    """Return issues as one line: each in N.I.N.A.'s words, with the instructions that have it."""
    shown = [_in_words(issue, names) for issue, names in list(issues.items())[:_MOST_ISSUES]]
    return "; ".join([*shown, *(["…"] if len(issues) > len(shown) else [])])


def _in_words(issue: str, names: tuple[str, ...]) -> str:
    """Return one issue with the first instructions that have it."""
    shown = [*names[:_MOST_NAMES], *(["…"] if len(names) > _MOST_NAMES else [])]
    return f"{issue} ({', '.join(shown)})" if shown else issue
