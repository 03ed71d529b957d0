"""Routes of the advanced sequencer."""

import json
from typing import TYPE_CHECKING, Any

from simulator.enums import SequenceSkip
from simulator.parameters import Body, Boolean, Choice, Double, Integer, Text
from simulator.reply import UNKNOWN_ERROR, Empty, Refusal, Reply, StateReply
from simulator.routing import get, post

if TYPE_CHECKING:
    from simulator.dialect import Dialect
    from simulator.sequence.sequencer import Sequencer


class SequenceRoutes:
    """Answers for a sequencer."""

    def __init__(self, sequence: Sequencer, dialect: Dialect) -> None:
        """Serve a sequencer."""
        self._sequence = sequence
        self._dialect = dialect

    @get("/sequence/json")
    async def json(self) -> Reply:
        """Return the tree."""
        self._sequence.require()
        if self._dialect.is_wiki:
            if not self._sequence.plan.targets:
                raise Refusal("No DSO Container found", 409)
            return Reply(self._sequence.plan.as_wiki())
        tree = self._sequence.as_json()
        if not self._dialect.at_least("2.2.10.0"):
            _drop_completed(tree)
        return Reply(tree)

    @get("/sequence/state", since="2.2.0.0")
    async def state(self) -> StateReply | Empty:
        """Return the tree by reflection, or nothing at all when that fails."""
        self._sequence.require()
        tree = self._sequence.as_state()
        return Empty() if tree is None else StateReply(tree)

    @get("/sequence/running", since="2.2.0.0", until="2.2.8.0")
    async def running(self) -> Reply:
        """Return whether it runs; gone since 2.2.8."""
        self._sequence.require()
        return Reply(self._sequence.running)

    @get("/sequence/start", Boolean("skipValidation"))
    async def start(self, skip_validation: bool) -> Reply:
        """Start the sequence; in 2.0 a second start is accepted and changes nothing."""
        self._sequence.require()
        if self._sequence.running:
            if self._dialect.is_wiki:
                return Reply("Sequence started")
            raise Refusal("Sequence is already running", 409)
        await self._sequence.start(skip_validation=skip_validation)
        return Reply("Sequence started")

    @get("/sequence/stop")
    async def stop(self) -> Reply:
        """Stop the sequence, whether it runs or not."""
        if not self._dialect.is_wiki:
            self._sequence.require()
        await self._sequence.stop()
        return Reply("Sequence stopped")

    @get("/sequence/reset", since="2.1.0")
    async def reset(self) -> Reply:
        """Reset the sequence, running or not."""
        self._sequence.require()
        self._sequence.reset()
        return Reply("Sequence reset")

    @get("/sequence/skip", Choice("type", required=True, members=SequenceSkip), since="2.2.15.0")
    async def skip(self, kind: SequenceSkip) -> Reply:
        """Skip something in the running sequence."""
        self._sequence.require()
        if not self._sequence.running:
            raise Refusal("Sequence not running", 409)
        await self._sequence.skip(kind)
        return Reply("Skipped")

    @get("/sequence/list-available", since="2.1.0")
    async def available(self) -> Reply:
        """Return the names of the files in the sequence folder; below it since 2.2.8."""
        files = self._sequence.files
        if files is None:
            raise UNKNOWN_ERROR
        deep = self._dialect.at_least("2.2.8.0")
        return Reply([name for name in files if deep or "/" not in name])

    @get("/sequence/load", Text("sequenceName", required=True), since="2.2.6.0")
    async def load(self, name: str) -> Reply:
        """Load a sequence from a file."""
        self._require_stopped()
        files = self._sequence.files or {}
        if name not in files:
            raise Refusal("Sequence not found", 400)
        self._load(files[name])
        return Reply("Sequence updated")

    @post("/sequence/load", Body(), since="2.2.6.0")
    async def load_body(self, body: str) -> Reply:
        """Load a sequence from the body."""
        self._require_stopped()
        try:
            content = json.loads(body)
        except ValueError:
            raise UNKNOWN_ERROR from None
        self._load(content)
        return Reply("Sequence updated")

    def _require_stopped(self) -> None:
        """Refuse to load while not initialized or running."""
        self._sequence.require(400)
        if self._sequence.running:
            raise Refusal("Sequence is already running", 400)

    def _load(self, content: Any) -> None:
        """Load a file's content; anything but a sequence or a target is an unknown error."""
        try:
            self._sequence.load(content)
        except KeyError, TypeError, ValueError:
            raise UNKNOWN_ERROR from None

    @get(
        "/sequence/set-target",
        Text("name"),
        Double("ra"),
        Double("dec"),
        Double("rotation"),
        Integer("index"),
        since="2.1.2",
    )
    async def set_target(
        self, name: str | None, ra: float, dec: float, rotation: float, index: int
    ) -> Reply:
        """Write a target, omitted values included; before 2.2.15 always the first."""
        self._sequence.require()
        if not self._dialect.at_least("2.2.15.0"):
            index = 0
        if index < 0:
            raise UNKNOWN_ERROR
        if not self._sequence.set_target(index, name, ra, dec, rotation):
            raise Refusal("Index out of range", 400)
        return Reply("Target updated")

    @get("/sequence/edit", Text("path"), Text("value"), since="2.2.0.0")
    async def edit(self, path: str | None, value: str | None) -> Reply:
        """Change a property; failures carry the exception's text."""
        self._sequence.require(400)
        if not path:
            raise Refusal("Invalid path", 400)
        if not value:
            raise Refusal("New value can't be null", 400)
        try:
            self._sequence.edit(path, value)
        except KeyError, IndexError, TypeError, AttributeError:
            text = "Object reference not set to an instance of an object."
            raise Refusal(text, 500) from None
        except ValueError as error:
            raise Refusal(str(error), 500) from None
        return Reply("Updated setting")


def _drop_completed(nodes: list[dict[str, Any]]) -> None:
    """Remove the fields that smart exposures have since 2.2.10."""
    for node in nodes:
        if "Filter" in node:
            node.pop("CompletedIterations", None)
        _drop_completed(node.get("Items", []))
