"""The sequence."""

import asyncio
from typing import Final

from ..models.enums import SequenceSkip
from ..models.sequence import Sequence
from ..models.sequence_tree import SequenceTree
from ..plugin_version import since
from ..transport import WINDOW_TIMEOUT, WORK_TIMEOUT, Answer, Endpoint, Reply, open_envelope

# Plugins add arbitrary data to `sequence/state`; no more than this many bytes are read.
_LONGEST_STATE: Final = 8 * 1024 * 1024


class SequenceEndpoint(Endpoint):
    """Read and command the sequence.

    Trees of unlimited size are decoded outside the event loop. Commands run when N.I.N.A.'s window
    is not busy, and raise NinaNotReadyError while the sequencer is being initialized.
    """

    async def get(self) -> Sequence:
        """Read the loaded sequence; raises NinaNotReadyError for some seconds after N.I.N.A. starts."""
        envelope = await self._ask("sequence", "json", within=WORK_TIMEOUT)
        return await asyncio.to_thread(Sequence.from_wire, envelope.array())

    async def get_tree(self) -> SequenceTree:
        """Read the names, statuses and progress of all nodes of the loaded sequence."""
        envelope = await self._ask("sequence", "json", within=WORK_TIMEOUT)
        return await asyncio.to_thread(SequenceTree.from_wire, envelope.array(), with_issues=False)

    @since(2, 2)
    async def get_validated_tree(self, *, within: float = WORK_TIMEOUT) -> SequenceTree:
        """Read the tree with the issues of the last validation, which N.I.N.A. has to compute.

        `within` is in seconds. Raises NinaResponseError if the answer is far too long or empty; it
        is empty if N.I.N.A. cannot serialize a plugin's instruction.
        """
        answer = await self._transport.fetch(
            "sequence", "state", within=within, limit=_LONGEST_STATE
        )
        return await asyncio.to_thread(_validated_tree, answer)

    @since(2, 1)
    async def list_available(self) -> tuple[str, ...]:
        """List the sequences that can be loaded."""
        names = (await self._ask("sequence", "list-available")).array()
        return tuple(name for name in names if isinstance(name, str))

    async def start(self, *, skip_validation: bool = True) -> Reply:
        """Start the sequence; without `skip_validation` it may wait for a click.

        A complete sequence does nothing until it is reset.
        """
        return await self._command(
            "sequence", "start", params={"skipValidation": skip_validation}, within=WINDOW_TIMEOUT
        )

    async def stop(self) -> Reply:
        """Stop the sequence; the current instruction may take up to two minutes to end."""
        return await self._command("sequence", "stop", within=WINDOW_TIMEOUT)

    @since(2, 1)
    async def reset(self) -> Reply:
        """Reset the progress of all nodes, even while the sequence runs."""
        return await self._command("sequence", "reset", within=WINDOW_TIMEOUT)

    @since(2, 2, 15)
    async def skip(self, what: SequenceSkip) -> Reply:
        """Skip a part of the running sequence."""
        return await self._command("sequence", "skip", params={"type": what.wire_name})

    @since(2, 2, 6)
    async def load(self, name: str) -> Reply:
        """Load a sequence by its name in `list_available`; unsaved changes are lost."""
        return await self._command(
            "sequence", "load", params={"sequenceName": name}, within=WINDOW_TIMEOUT
        )

    @since(2, 1, 2)
    async def set_target(
        self, *, name: str, ra_degrees: float, dec_degrees: float, rotation: float, index: int
    ) -> Reply:
        """Change a target container: J2000 degrees; before 2.2.15 always the first one."""
        if index:
            self._require("a target other than the first", 2, 2, 15)
        return await self._command(
            "sequence",
            "set-target",
            params={
                "name": name,
                "ra": ra_degrees,
                "dec": dec_degrees,
                "rotation": rotation,
                "index": index,
            },
        )


def _validated_tree(answer: Answer) -> SequenceTree:
    """Decode the reply of `sequence/state`."""
    return SequenceTree.from_wire(open_envelope(answer).array(), with_issues=True)
