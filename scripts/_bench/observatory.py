"""The observatory of the benchmark, with what is needed to measure a client of it.

It runs in a process of its own, or in the loop of a clock that is turned. Commands come as lines of
JSON on the standard input, each with `do` and its arguments; each is answered by a line of JSON.
The process ends with its input.
"""

import asyncio
import copy
from dataclasses import replace
from datetime import timedelta
import json
import logging
import sys
from time import monotonic
from typing import Any, Final, Self

import aiohttp

from simulator import Observatory
from simulator.habits import RoofHabits
from simulator.scheduler.model import Project, ProjectState
from simulator.tremble import tremble

from .payloads import sequence

_API: Final = "/v2"
# Simulated seconds in a real one until the first frame is there.
_HURRY: Final = 60.0
# Real seconds between two looks at what drivers report.
_LOOK: Final = 0.01
# How many events of a storm are sent together.
_AT_ONCE: Final = 20


class Site:
    """A simulated observatory at real speed.

    `projects` is how many active ones its Target Scheduler has, None without a Target Scheduler;
    `exposure` is how long their frames are exposed, in seconds; `travel` is how long the roof takes.
    """

    def __init__(
        self,
        scenario: str,
        port: int,
        scheduler_port: int,
        *,
        projects: int | None = None,
        exposure: float | None = None,
        travel: float = 30.0,
        speed: float = 1.0,
    ) -> None:
        """Build it; nothing is served yet."""
        self.rig = Observatory(
            port,
            None if projects is None else scheduler_port,
            scenario=scenario,
            speed=speed,
            roof=RoofHabits(open_seconds=travel, close_seconds=travel),
        )
        if projects is not None:
            self._plan(projects, exposure)
        self._roof: list[tuple[float, str]] = []
        self._watching: asyncio.Task[None] | None = None

    def _plan(self, number: int, exposure: float | None) -> None:
        """Have so many active projects: those of tonight, and others that are complete."""
        store = self.rig.rig.scheduler_store
        assert store is not None
        own = store.active_profile.profile_id
        active = [each for each in store.projects if each.state is ProjectState.ACTIVE]
        done = next(each for each in store.projects if each.state is ProjectState.CLOSED)
        idle = [each for each in store.projects if each.state is not ProjectState.ACTIVE]
        more = [_copy(done, own, each) for each in range(max(0, number - len(active)))]
        store.projects[:] = [*active[:number], *more, *idle]
        for _, target in store.all_targets():
            for plan in target.plans:
                plan.exposure = exposure or plan.exposure

    async def __aenter__(self) -> Self:
        """Serve."""
        await self.rig.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop."""
        if self._watching is not None:
            self._watching.cancel()
        await self.rig.context.outside.stop()
        await self.rig.stop()

    async def _watch(self) -> None:
        """Note when the driver of the roof reports something else."""
        while True:
            shutter = str(self.rig.dome.known["ShutterStatus"].wire)
            if not self._roof or self._roof[-1][1] != shutter:
                self._roof.append((monotonic(), shutter))
            await asyncio.sleep(_LOOK)

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Carry out one command and return its answer."""
        answer: dict[str, Any] = await getattr(self, f"do_{do}")(**arguments) or {}
        return answer

    async def do_status(self) -> dict[str, Any]:
        """Return how much was asked for so far, and how many follow the events."""
        ledger = self.rig.ledger
        api = {path for path in ledger.counts if path.startswith(_API)}
        requests = sum(ledger.counts[path] for path in api)
        return {
            "requests": requests,
            "bytes": sum(ledger.bytes[path] for path in api),
            "scheduler": ledger.total - requests,
            "pending": ledger.pending,
            "sockets": self.rig.socket.clients,
            "frames": len(self.rig.images),
        }

    async def do_requests(self) -> dict[str, Any]:
        """Return each request so far: its path, and when it came and was answered."""
        return {
            "requests": [
                (each.path, each.started, each.started + each.seconds if each.status else None)
                for each in self.rig.ledger.entries
            ]
        }

    async def do_forget(self) -> None:
        """Forget all requests so far."""
        self.rig.ledger.reset()

    async def do_fault(self, name: str, **options: Any) -> dict[str, Any]:
        """Start a fault and return when."""
        at = monotonic()
        await self.rig.faults.start(name, **options)
        return {"at": at}

    async def do_heal(self) -> dict[str, Any]:
        """End all faults and return when."""
        await self.rig.faults.clear()
        return {"at": monotonic()}

    async def do_safe(self, safe: bool) -> dict[str, Any]:
        """Have N.I.N.A. see a verdict of the safety monitor, and return when."""
        monitor = self.rig.safety_monitor
        monitor.is_safe = safe
        at = monotonic()
        await monitor.poll()
        return {"at": at}

    async def do_emit(self, name: str, **payload: Any) -> None:
        """Send an event."""
        await self.rig.events.emit(name, **payload)

    async def do_storm(self, kinds: list[tuple[str, dict[str, Any]]], seconds: float) -> None:
        """Send events within some seconds."""
        for number, (name, payload) in enumerate(kinds):
            await self.rig.events.emit(name, **payload)
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(seconds * _AT_ONCE / len(kinds))

    async def do_record(self, name: str, number: int) -> None:
        """Record events that nobody hears."""
        for each in range(number):
            self.rig.events.record(name, Number=each)

    async def do_image(self) -> None:
        """Wait until there is a frame, at a higher speed."""
        self.rig.clock.speed = _HURRY
        while not len(self.rig.images):
            await asyncio.sleep(0.05)
        self.rig.clock.speed = 1.0

    async def do_frames(self, number: int) -> None:
        """Have so many saved frames, which were taken before now."""
        images, now = self.rig.images, self.rig.clock.now()
        last = images.frames[-1]
        images.frames[:] = [
            replace(
                last, filename=f"{each:05}.fits", saved_at=now - timedelta(seconds=number - each)
            )
            for each in range(number)
        ]

    async def do_save(self, hfr: float) -> None:
        """Save one more frame, as a camera does."""
        images = self.rig.images
        last = images.frames[-1]
        statistics = replace(last.statistics, hfr=hfr)
        frame = replace(last, filename=f"{len(images):05}.fits", statistics=statistics)
        await self.rig.camera.routines.save(frame)

    async def do_load(self, nodes: int) -> None:
        """Answer with a sequence of so many nodes."""
        self.rig.transport.given["/sequence/json"] = sequence(nodes)

    async def do_stand_still(self) -> None:
        """Answer with the same equipment from now on, as it is on the wire."""
        url = f"http://127.0.0.1:{self.rig.port}/v2/api/equipment/info"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            self.rig.transport.given["/equipment/info"] = (await answer.json())["Response"]

    async def do_tremble(self) -> None:
        """Have instruments tremble, as real ones do."""
        self.rig.tasks.start(tremble(self.rig.rig))

    async def do_roof(self, opening: float) -> None:
        """Have the roof stand somewhere, as its driver reports it at once, and note its reports."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        self.rig.dome.put_shutter(opening)
        self.rig.dome.refresh()

    async def do_reports(self) -> dict[str, Any]:
        """Return what the driver of the roof has reported since it was put somewhere, and when."""
        return {"reports": self._roof}


def _copy(project: Project, profile_id: str, number: int) -> Project:
    """Return another active project that has nothing left to image."""
    other = copy.deepcopy(project)
    other.name, other.profile_id = f"Done {number}", profile_id
    other.project_id = f"00000000-0000-4000-8000-{number:012}"
    other.state = ProjectState.ACTIVE
    for place, target in enumerate(other.targets):
        target.target_id = f"00000000-0000-4000-9000-{number:06}{place:06}"
        target.name = f"{other.name} target {place}"
        for plan in target.plans:
            plan.acquired = plan.accepted = plan.desired
    return other


async def _serve(site: Site) -> None:
    """Carry out commands until the input ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        try:
            answer = await site.ask(command.pop("do"), **command)
        except Exception as err:
            logging.getLogger(__name__).exception("A command failed")
            answer = {"error": repr(err)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


async def _run(options: dict[str, Any]) -> None:
    """Serve one observatory."""
    async with Site(**options) as site:
        await _serve(site)


if __name__ == "__main__":
    asyncio.run(_run(json.loads(sys.argv[1])))
