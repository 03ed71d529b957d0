"""The checklist that N.I.N.A. shows before a start: issues of its last validation."""

import asyncio
from typing import Final

from ..api import NinaClient, NinaError, SequenceTree
from ..const import LOGGER
from ..errors import Reason, RefusedError

# Seconds that a start waits for the issues. N.I.N.A. asks everything that is loaded, plugins
# included, and may never finish.
TIMEOUT: Final = 5.0
# How many issues an error names, and how many instructions with each of them.
_MOST_ISSUES: Final = 10
_MOST_NAMES: Final = 3


class Checklist:
    """The issues of the loaded sequence, read at most once.

    They are those of N.I.N.A.'s last validation. If they cannot be read, the start is allowed.
    """

    def __init__(self, client: NinaClient) -> None:
        self._client = client
        self._asked = False
        self._tree: SequenceTree | None = None

    @property
    def failed(self) -> bool:
        """Return whether the issues could not be read."""
        return self._asked and self._tree is None

    async def async_read_once(self) -> None:
        """Read the issues, unless that was tried before; raises nothing."""
        if not self._asked:
            self._asked = True
            self._tree = await async_read_issues(self._client)

    @property
    def refusal(self) -> RefusedError | None:
        """Return the error of a start that would only show the checklist, None otherwise."""
        if self._tree is None or not (issues := self._tree.blocking):
            return None
        return RefusedError(Reason.SEQUENCE_HAS_ISSUES, issues=in_words(issues))


async def async_read_issues(client: NinaClient) -> SequenceTree | None:
    """Return the tree with its issues, None if N.I.N.A. does not answer in time."""
    try:
        async with asyncio.timeout(TIMEOUT):
            return await client.sequence.get_validated_tree(within=TIMEOUT)
    except NinaError as err:
        LOGGER.debug("The issues of the sequence are not known: %s", err)
    except TimeoutError:
        LOGGER.debug("The issues of the sequence are not known: decoding takes too long")
    return None


def in_words(issues: dict[str, tuple[str, ...]]) -> str:
    """Return issues as one line: each in N.I.N.A.'s words, with the first instructions that have it."""
    shown = []
    for issue, names in list(issues.items())[:_MOST_ISSUES]:
        where = [*names[:_MOST_NAMES], *(["…"] if len(names) > _MOST_NAMES else [])]
        shown.append(f"{issue} ({', '.join(where)})" if where else issue)
    return "; ".join([*shown, *(["…"] if len(issues) > len(shown) else [])])
