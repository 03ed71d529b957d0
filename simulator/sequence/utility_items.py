"""Instructions that wait, notify and annotate."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, override

from simulator.sequence.kinds import Kind, Simple
from simulator.sequence.node import Instruction
from simulator.sequence.timing import TimeSource, moment_of, time_values

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = ["UTILITY", "WaitForTime"]

_SCRIPT_SECONDS = 2.0


async def _nothing(engine: Runner, node: Simple) -> None:
    """Do nothing."""


async def _message(engine: Runner, node: Simple) -> None:
    """Show a message and wait until a person at the computer answers it."""
    await engine.rig.context.dialogs.ask(node.values["Text"])


async def _script(engine: Runner, _: Simple) -> None:
    """Run a script."""
    await engine.rig.clock.sleep(_SCRIPT_SECONDS)


async def _wait(engine: Runner, node: Simple) -> None:
    """Wait for some seconds."""
    await engine.rig.clock.sleep(node.values["Time"])


async def _wait_until_safe(engine: Runner, node: Simple) -> None:
    """Wait until the safety monitor reports safe."""
    monitor = engine.rig.safety_monitor
    while not (monitor.connected and monitor.known["IsSafe"]):
        await engine.rig.clock.sleep(node.values["WaitInterval"])


async def _send_text(engine: Runner, node: Simple) -> None:
    """Send a text on the websocket."""
    await engine.rig.events.emit_text(node.values["Message"])


def _text(_: Rig, node: Simple) -> dict[str, Any]:
    """Return the text of an instruction."""
    return {"Text": node.values["Text"]}


UTILITY = (
    Kind("Annotation", "Utility.Annotation", _nothing, (), {"Text": ""}, _text),
    Kind("Message Box", "Utility.MessageBox", _message, (), {"Text": ""}, _text),
    Kind(
        "External Script",
        "Utility.ExternalScript",
        _script,
        (),
        {"Script": ""},
        lambda _, node: {"Script": node.values["Script"]},
    ),
    Kind(
        "Save Sequence",
        "Utility.SaveSequence",
        _nothing,
        (),
        {"FilePath": ""},
        lambda _, node: {"FilePath": node.values["FilePath"]},
    ),
    Kind(
        "Wait for Time Span",
        "Utility.WaitForTimeSpan",
        _wait,
        (),
        {"Time": 60},
        lambda rig, node: {"Delay": rig.clock.countdown(node.values["Time"])},
    ),
    Kind(
        "Wait until safe",
        "SafetyMonitor.WaitUntilSafe",
        _wait_until_safe,
        ("safety_monitor",),
        {"WaitInterval": 5},
    ),
    Kind(
        "Send WebSocket Event",
        "AdvancedAPI.SendWebSocketEvent",
        _send_text,
        (),
        {"Message": "Test event"},
    ),
)


class WaitForTime(Instruction):
    """Waits for a time of day, by the clock or by the sun."""

    default_name = "Wait for Time"

    def __init__(
        self,
        source: TimeSource = TimeSource.CLOCK,
        name: str | None = None,
        **times: int,
    ) -> None:
        """Wait for a time by the clock (hours, minutes, seconds, offset) or by the sun."""
        super().__init__(name, **time_values(**times))
        self.source = source

    def moment(self, rig: Rig) -> datetime:
        """Return the moment it waits for: now, when it has passed."""
        return max(moment_of(rig, self.values, self.source), rig.clock.now())

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        moment = self.moment(rig)
        left = max(timedelta(), moment - rig.clock.now())
        return {"TargetTime": moment, "CalculatedWaitDuration": rig.clock.countdown(left)}

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        self.moment(rig)
        return {**self.values, "RolloverTime": timedelta(hours=6, minutes=54)}

    @override
    async def run(self, engine: Runner) -> None:
        """Wait."""
        await engine.rig.clock.sleep_until(self.moment(engine.rig))
