"""Routes of the advanced sequencer."""

from typing import TYPE_CHECKING

from simulator.parameters import Boolean
from simulator.reply import Reply
from simulator.routing import get

if TYPE_CHECKING:
    from simulator.observatory import Observatory


class SequenceRoutes:
    """Answers for the sequence of an observatory."""

    def __init__(self, observatory: Observatory) -> None:
        """Serve the sequence of an observatory."""
        self.observatory = observatory

    @get("/sequence/json")
    async def json(self) -> Reply:
        """Return the tree."""
        self.observatory.sequence.require()
        return Reply(self.observatory.sequence.as_json())

    @get("/sequence/start", Boolean("skipValidation"))
    async def start(self, skip_validation: bool) -> Reply:
        """Start the sequence."""
        await self.observatory.sequence.start(skip_validation=skip_validation)
        return Reply("Sequence started")

    @get("/sequence/stop")
    async def stop(self) -> Reply:
        """Stop the sequence."""
        await self.observatory.sequence.stop()
        return Reply("Sequence stopped")

    @get("/sequence/reset", since="2.1.0")
    async def reset(self) -> Reply:
        """Reset the sequence, running or not."""
        self.observatory.sequence.reset()
        return Reply("Sequence reset")
