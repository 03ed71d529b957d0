"""Random nights: disturbances, faults and commands in an order that depends on a seed alone.

A witness looks all the time. In the end everything is healed, and then the roof has to be closed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import random
from time import monotonic
from typing import Any, Final

from homeassistant.core import Event, HomeAssistant, callback

from custom_components.nina_observatory.const import CONF_ROOF_GUARD, EVENT_NINA
from custom_components.nina_observatory.roof.guard_state import GuardMode
from simulator import Observatory
from simulator.habits import MountWords, RoofWords, changed

from .cell import Verdict, wrong_error
from .home import MOUNT_HABITS, ROOF_HABITS, Rig, rig
from .pace import Calm, Mark, scaled
from .rows import DIALECTS, ROWS, open_roof, track, wait_in_sequence
from .witness import Truthful, Witness

STEPS: Final = 25
# Commands that may be under way at a time.
_AT_ONCE: Final = 3
_HEALED: Final = scaled(2400)
_CONNECTED: Final = 20.0
_ROAD: Final = {row.name: row for row in ROWS}

type Step = Callable[[Night], Awaitable[object]]


def _reply(name: str, **options: Any) -> Step:
    """Return the step that has replies to a command go wrong."""

    async def begin(night: Night) -> None:
        """Choose the command."""
        path = night.chance.choice(
            ("/equipment/dome/close", "/equipment/mount/park", "/sequence/stop", "/equipment/*")
        )
        if options.get("count") == 0 and path == "/equipment/*":
            path = "/equipment/dome/close"
        await night.observatory.faults.start(name, path=path, **options)

    return begin


def _fault(name: str, **options: Any) -> Step:
    """Return the step that switches a fault on."""
    return lambda night: night.observatory.faults.start(name, **options)


def _do(change: Callable[[Observatory], object]) -> Step:
    """Return the step that changes something at once."""

    async def step(night: Night) -> None:
        """Change it."""
        change(night.observatory)

    return step


def _given(name: str) -> Step:
    """Return the step that gives a command of the matrix."""
    return lambda night: night.give(name, _ROAD[name].act)


def _pressed(platform: str, unique: str, service: str) -> Step:
    """Return the step that gives another command."""
    return lambda night: night.give(
        f"{unique} {service}", lambda made: made.control(platform, unique, service)
    )


async def _heal(night: Night) -> None:
    """End every fault, and give the drivers back their habits."""
    await night.heal()


STEPS_OF_NIGHT: Final[Mapping[str, Step]] = {
    "close": _given("close_roof"),
    "close again": _given("close_roof"),
    "park": _given("park_mount"),
    "park dome": _given("park_dome"),
    "stop mount": _given("stop_mount"),
    "stop dome": _given("stop_dome"),
    "stop sequence": _given("stop_sequence"),
    "secure": _given("secure_roof"),
    "open": _pressed("cover", "dome_shutter", "open_cover"),
    "open again": _pressed("cover", "dome_shutter", "open_cover"),
    "unpark": _pressed("button", "mount_unpark", "press"),
    "track": _pressed("switch", "mount_tracking", "turn_on"),
    "start sequence": _pressed("switch", "hub_sequence", "turn_on"),
    "rain": _do(lambda o: o.rain()),
    "rain unseen by the monitor": _do(lambda o: o.rain(monitor=False)),
    "clear up": _do(lambda o: o.clear_up()),
    "unsafe": _do(lambda o: setattr(o.safety_monitor, "is_safe", False)),
    "monitor off": lambda night: night.observatory.safety_monitor.disconnect(),
    "monitor on": _do(lambda o: o.tasks.start(o.safety_monitor.connect())),
    "monitor lost": _fault("driver_lost", device="safety_monitor", comes_back=True),
    "roof lost": _fault("driver_lost", device="dome", comes_back=True),
    "mount lost": _fault("driver_lost", device="mount", comes_back=True),
    "roof opened by hand": _do(lambda o: o.dome.move_shutter(1.0)),
    "roof closed by hand": _do(lambda o: o.dome.move_shutter(0.0)),
    "mount moved by hand": _do(lambda o: o.mount.put(o.sequence.target)),
    "mount parked by hand": _do(lambda o: o.mount.hardware.park_by_hand()),
    "N.I.N.A. opens": _do(lambda o: o.command_roof(opens=True)),
    "N.I.N.A. closes": _do(lambda o: o.command_roof(opens=False)),
    "N.I.N.A. gone": lambda night: night.lose_nina("nina_gone"),
    "N.I.N.A. frozen": lambda night: night.lose_nina("frozen"),
    "N.I.N.A. refuses": lambda night: night.lose_nina("refuse"),
    "restart": lambda night: night.restart(),
    "connect all": _do(lambda o: o.tasks.start(o.connect_all())),
    "stream drops": _fault("socket_drop"),
    "no stream": _fault("socket_refuse"),
    "late events": _fault("late_events", seconds=0.5),
    "slow": _fault("slow", seconds=scaled(5)),
    "close ignored": _fault("stuck_shutter", mode="ignore", direction="close", count=1),
    "roof jams": _fault("stuck_shutter", mode="jam", direction="close", count=1),
    "roof halts": _fault("stuck_shutter", mode="halt", direction="close", count=1),
    "roof closes for ever": _fault("stuck_shutter", mode="endless", direction="close", count=1),
    "roof errs": _fault("stuck_shutter", mode="error", direction="close", count=1),
    "park ignored": _fault("stuck_park", mode="ignore", count=1),
    "park halts": _fault("stuck_park", mode="halt", count=1),
    "park never claimed": _fault("stuck_park", mode="claimless", count=1),
    "sequence ignores a stop": _fault("stubborn_sequence", mode="ignore", count=1),
    "error reply": _reply("unknown_error", count=1),
    "error reply, done": _reply("unknown_error", count=1, done=True),
    "error replies": _reply("unknown_error", count=0),
    "lost": _reply("lost_reply", count=1, done=False),
    "reset": _reply("reset", count=1),
    "not done": _reply("not_done", count=1),
    "hangs": _reply("hang", count=1),
    "silent roof": _do(
        lambda o: setattr(o.dome, "habits", changed(ROOF_HABITS, words=RoofWords.SWITCHES))
    ),
    "silent mount": _do(
        lambda o: setattr(o.mount, "habits", changed(MOUNT_HABITS, words=MountWords.SILENT))
    ),
    "lingering mount": _do(
        lambda o: setattr(o.mount, "habits", changed(MOUNT_HABITS, lingers=600.0))
    ),
    "heal": _heal,
    "heal again": _heal,
}


@dataclass(frozen=True)
class Found:
    """What became of a night: the verdict, why, and what was done in it."""

    seed: int
    version: str
    verdict: Verdict
    text: str
    steps: tuple[str, ...]


class Night:
    """One night of one rig."""

    def __init__(self, made: Rig, witness: Witness, chance: random.Random) -> None:
        """Prepare; nothing is done yet."""
        self.rig = made
        self.observatory: Observatory = made.observatory
        self.witness = witness
        self.chance = chance
        self.log: list[str] = []
        self._began = monotonic()
        self._under_way: set[asyncio.Task[None]] = set()

    def note(self, text: str) -> None:
        """Write down what is done."""
        self.log.append(f"{monotonic() - self._began:6.2f} s  {text}")

    async def give(self, name: str, act: Callable[[Rig], Awaitable[object]]) -> None:
        """Give a command, and judge it when it ends."""
        if len(self._under_way) >= _AT_ONCE:
            return
        task = asyncio.create_task(self._judge(name, act))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _judge(self, name: str, act: Callable[[Rig], Awaitable[object]]) -> None:
        """Carry out a command and look whether what it says holds."""
        try:
            await act(self.rig)
        except Exception as err:  # noqa: BLE001  # whatever it is, it is judged
            self.note(f"{name} failed: {err}")
            if (wrong := wrong_error(err)) is not None:
                self.witness.accuse(f"{name}: {wrong}")
            return
        self.note(f"{name} returned")
        for claim in CLAIMS.get(name, ()):
            self.witness.believe(name, claim)

    async def lose_nina(self, name: str) -> None:
        """Have N.I.N.A. vanish, where it is there."""
        if not any(each.name in _GONE for each in self.observatory.faults.active):
            await self.observatory.faults.start(name)

    async def restart(self) -> None:
        """Restart N.I.N.A. where it is there; nothing is connected then."""
        if not any(each.name in _GONE for each in self.observatory.faults.active):
            await self.observatory.restart_nina(5.0)

    async def heal(self) -> None:
        """End every fault, and have drivers as they are at first."""
        await self.observatory.faults.clear()
        dome = self.observatory.dome
        dome.habits, self.observatory.mount.habits = ROOF_HABITS, MOUNT_HABITS
        if dome.slewing and not dome.shutter_moves:
            # What reads moving for ever is stopped by a person, and by nobody else.
            dome.abort()

    async def run(self) -> None:
        """Do everything in its order."""
        names = list(STEPS_OF_NIGHT)
        for _ in range(STEPS):
            name = self.chance.choice(names)
            self.note(name)
            await STEPS_OF_NIGHT[name](self)
            await asyncio.sleep(self.chance.choice((0.02, 0.1, 0.4, 1.0, 2.0)))
            if self.witness.offences or self.witness.haste:
                return

    async def finish(self, calm: Calm) -> Verdict:
        """Heal everything, and have the roof closed: by the guard in a danger, else by `secure`."""
        self.note("the end: everything is healed")
        await self.heal()
        ended = asyncio.gather(*self._under_way)
        if not await calm.ended(ended, _HEALED):
            return Verdict.OVERDUE
        await self.observatory.connect_all()
        deadline = calm.time + _CONNECTED
        while calm.time < deadline and not self._ready():
            await asyncio.sleep(0.05)
        if not self._ready():
            self.note("the entry does not recover")
            return Verdict.OVERDUE
        securing = asyncio.ensure_future(self._secure())
        if not await calm.ended(securing, _HEALED):
            securing.cancel()
            return Verdict.OVERDUE
        return securing.result()

    def _ready(self) -> bool:
        """Return whether everything is connected and read."""
        state = self.rig.data.equipment.data
        devices = (state.equipment.dome, state.equipment.mount, state.equipment.safety_monitor)
        return state.reachable and all(each is not None and each.connected for each in devices)

    async def _secure(self) -> Verdict:
        """Secure the observatory and return the verdict."""
        try:
            await _ROAD["secure_roof"].act(self.rig)
        except Exception as err:  # noqa: BLE001  # whatever it is, it is judged
            self.note(f"secure failed: {err}")
            return Verdict.GAVE_UP
        for claim in Truthful:
            self.witness.believe("secure in the end", claim)
        return Verdict.OK

    async def stop(self) -> None:
        """End what is under way."""
        for task in set(self._under_way):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


_GONE: Final = ("nina_gone", "frozen", "refuse")
# What a command that returned claims.
CLAIMS: Final[Mapping[str, tuple[Truthful, ...]]] = {
    "close_roof": (Truthful.CLOSED,),
    "park_dome": (Truthful.CLOSED,),
    "park_mount": (Truthful.PARKED,),
    "stop_sequence": (Truthful.IDLE,),
    "secure_roof": (Truthful.CLOSED, Truthful.PARKED),
}


async def run_night(hass: HomeAssistant, calm: Calm, seed: int) -> Found:
    """Have one night and return what became of it."""
    chance = random.Random(seed)  # to be repeated, not to be secret
    version = chance.choice(DIALECTS)
    prepare = chance.choice((track, open_roof, wait_in_sequence, lambda _: None))
    guarded = chance.random() < 0.5
    options = {CONF_ROOF_GUARD: GuardMode.RAIN.value} if guarded else {}
    mark = calm.mark()
    async with rig(hass, version, prepare, options) as made:
        witness = Witness(made, calm)
        night = Night(made, witness, chance)
        watching = asyncio.ensure_future(witness.run())
        forget = hass.bus.async_listen(EVENT_NINA, _guarded(night))
        try:
            await night.run()
            found = witness.offences or witness.haste
            verdict = Verdict.OK if found else await night.finish(calm)
        finally:
            forget()
            watching.cancel()
            await night.stop()
        return _found(seed, version, night, verdict, mark, calm)


def _found(
    seed: int, version: str, night: Night, verdict: Verdict, mark: Mark, calm: Calm
) -> Found:
    """Return what became of a night."""
    offences, haste = night.witness.offences, night.witness.haste
    if haste:
        verdict = Verdict.HASTY
    if verdict is not Verdict.OK and calm.stalled_since(mark):
        verdict = Verdict.STALLED
    if offences:
        verdict = Verdict.UNTRUTH
    done = "done" if verdict is Verdict.OK else night.log[-1][10:]
    text = "; ".join((*offences, *haste)) or done
    return Found(seed, version, verdict, text, tuple(night.log))


def _guarded(night: Night) -> Callable[[Event[dict[str, Any]]], None]:
    """Return the listener that judges what a roof guard tells."""

    @callback
    def listen(event: Event[dict[str, Any]]) -> None:
        """Judge the claim that the roof is closed."""
        ours = event.data["entry_id"] == night.rig.entry.entry_id
        if ours and event.data["type"] == "roof_guard_closed":
            night.note("the guard tells that the roof is closed")
            night.witness.believe("the guard", Truthful.CLOSED)

    return listen
