"""One cell of the matrix: a command given while something goes wrong, judged by the truth."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
import json
from pathlib import Path
import re
from time import monotonic
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .behaviors import SURVIVED, Behavior, behaving
from .home import Rig, SkippedError, rig
from .pace import Calm, scaled
from .rows import Row, ToldError
from .witness import Witness

_TEXTS: Final = Path(__file__).parents[2] / "custom_components" / DOMAIN / "translations/en.json"
# Calm seconds beyond a command's own limit: for replies that never come, and for polls.
_MARGIN: Final = 12.0
# Calm seconds for which the witness goes on looking.
_AFTERWARDS: Final = 0.5


class Verdict(StrEnum):
    """What became of a cell."""

    OK = "ok"
    # Something was said, shown or done that is not so, or must not be.
    UNTRUTH = "UNTRUTH"
    # Something was sent too often, or again too soon.
    HASTY = "HASTY"
    # It was possible and did not happen.
    GAVE_UP = "GAVE UP"
    # It neither happened nor failed in time.
    OVERDUE = "OVERDUE"
    # Not known: the machine stood still meanwhile.
    STALLED = "stalled"


# What a stalled machine may be to blame for: it depends on time. When a command is sent again, the
# client judges by how long the device has shown no progress, and on such a machine that is so for
# everything that N.I.N.A. shows.
EXCUSED = frozenset({Verdict.HASTY, Verdict.GAVE_UP, Verdict.OVERDUE})


@dataclass(frozen=True)
class Cell:
    """A command, a behavior, a dialect, and whether the drivers were seen to announce movements."""

    row: Row
    behavior: Behavior
    version: str
    known: bool

    @property
    def name(self) -> str:
        """Return what the cell is called on the command line."""
        return f"{self.row.name}:{self.behavior}"

    @property
    def title(self) -> str:
        """Return the cell in full."""
        return f"{self.name} {self.version}{' known' if self.known else ''}"


@dataclass(frozen=True)
class Result:
    """What became of a cell, in words and seconds."""

    cell: Cell
    verdict: Verdict
    text: str
    seconds: float


@dataclass
class Outcome:
    """How a command ended, and whether it had truly happened at that moment."""

    error: BaseException | None = None
    happened: bool = False


async def run_cell(hass: HomeAssistant, calm: Calm, cell: Cell) -> Result:
    """Run a cell; where a stalled machine may be to blame, nothing was found."""
    began, mark = monotonic(), calm.mark()
    verdict, text = await _judged(hass, calm, cell)
    if verdict in EXCUSED and calm.stalled_since(mark):
        verdict = Verdict.STALLED
    return Result(cell, verdict, text, monotonic() - began)


async def _judged(hass: HomeAssistant, calm: Calm, cell: Cell) -> tuple[Verdict, str]:
    """Run a cell once and judge it."""
    row, own = cell.row, cell.row.own.get(cell.behavior)

    def prepare(observatory: Observatory) -> None:
        """Prepare the observatory, its drivers with the habits that they always had."""
        row.prepare(observatory)
        if callable(own):
            own(observatory)

    async with rig(hass, cell.version, prepare, row.options) as made:
        if row.done(made.observatory):
            raise RuntimeError(f"{cell.title}: there is nothing to be done")
        if cell.known:
            _teach(made, row)
        witness = Witness(made, calm)
        watching = asyncio.ensure_future(witness.run())
        try:
            async with behaving(made.observatory, cell.behavior, row.path, own):
                outcome = await _given(made, calm, row)
                # What is shown follows what was read last.
                await calm.ended(asyncio.get_running_loop().create_future(), _AFTERWARDS)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        sent = made.observatory.ledger.count(row.path)
        if outcome is not None and sent > row.sends:
            witness.note_haste(f"{row.path} was sent {sent} times")
        if made.observatory.truth.over_unparked:
            witness.accuse("the roof moved over a mount that was not parked")
        return judge(cell.behavior, outcome, witness.offences, witness.haste)


def judge(
    behavior: Behavior, outcome: Outcome | None, offences: Sequence[str], haste: Sequence[str] = ()
) -> tuple[Verdict, str]:
    """Return the verdict and why, for how a command ended; None if it did not."""
    verdict, text = _ended(behavior, outcome)
    if offences:
        return Verdict.UNTRUTH, "; ".join(offences)
    if haste and verdict is not Verdict.UNTRUTH:
        return Verdict.HASTY, "; ".join(haste)
    return verdict, text


def _ended(behavior: Behavior, outcome: Outcome | None) -> tuple[Verdict, str]:
    """Return the verdict for how a command ended alone."""
    if outcome is None:
        return Verdict.OVERDUE, "neither done nor failed"
    if outcome.error is None:
        if outcome.happened:
            return Verdict.OK, "done"
        return Verdict.UNTRUTH, "returned as done, and it is not"
    if (wrong := wrong_error(outcome.error)) is not None:
        return Verdict.UNTRUTH, wrong
    text = f"{'happened, and ' if outcome.happened else ''}failed: {outcome.error}"
    return (Verdict.GAVE_UP if behavior in SURVIVED else Verdict.OK), text


async def _given(made: Rig, calm: Calm, row: Row) -> Outcome | None:
    """Give the command and return how it ended, None if it did not in time."""

    async def give() -> Outcome:
        """Give it, and look at the truth at the moment at which it ends."""
        outcome = Outcome()
        try:
            await row.act(made)
        except Exception as err:  # noqa: BLE001  # whatever it is, it is judged
            outcome.error = err
        outcome.happened = row.done(made.observatory)
        return outcome

    giving = asyncio.ensure_future(give())
    if await calm.ended(giving, scaled(row.limit) + _MARGIN):
        return giving.result()
    giving.cancel()
    with suppress(asyncio.CancelledError):
        await giving
    return None


def _teach(made: Rig, row: Row) -> None:
    """Let the drivers be known to announce the movements of a command."""
    state = made.data.equipment.data
    for key, device in (("dome", state.equipment.dome), ("mount", state.equipment.mount)):
        for command in row.keys:
            if device is not None and key in row.path:
                made.data.runner.movements.note_announced(device, command)


def wrong_error(error: BaseException) -> str | None:
    """Return what is wrong with an error that a person gets, None if nothing is."""
    if isinstance(error, ToldError | SkippedError):
        return None
    if not isinstance(error, HomeAssistantError):
        return f"raised {error!r}"
    texts: dict[str, Any] = json.loads(_TEXTS.read_text(encoding="utf-8"))["exceptions"]
    if error.translation_domain != DOMAIN or error.translation_key not in texts:
        return f"raised an error without a text: {error!r} ({error.translation_key})"
    wanted = set(re.findall(r"{(\w+)}", texts[error.translation_key]["message"]))
    if missing := wanted - set(error.translation_placeholders or {}):
        return f"the error {error.translation_key} lacks {', '.join(sorted(missing))}"
    return None
