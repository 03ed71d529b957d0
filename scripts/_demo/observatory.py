"""The simulated observatory as a program of its own."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
import sys

import aiohttp

from .errors import DemoError
from .evening import BEGUN_AGO, beginning, catch_up, midnight
from .processes import Program
from .target import LOOPBACK, ROOT, Site, Store, Target

START_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Disturbing:
    """How the observatory is played with: by what happens, how fast, and on which port.

    `begun_ago` is how much of the night is over when the demonstration starts.
    """

    port: int
    speed: float
    scenario: str
    begun_ago: timedelta = BEGUN_AGO


class Observatory:
    """The simulator, imaging whatever the hour is."""

    def __init__(self, store: Store, target: Target, disturbing: Disturbing) -> None:
        """Describe it; nothing is started yet."""
        self._target = target
        self._speed = disturbing.speed
        self.control = f"http://{LOOPBACK}:{disturbing.port}"
        command = [sys.executable, "-m", "simulator", "--host", LOOPBACK]
        command += ["--port", str(target.port), "--scheduler-port", str(target.scheduler_port)]
        command += ["--control-port", str(disturbing.port), "--view", "never"]
        begin = beginning(disturbing.begun_ago)
        command += ["--scenario", disturbing.scenario, "--start", begin.isoformat()]
        command += ["--midnight", midnight().isoformat()]
        log = store.logs / "observatory.log"
        self.program = Program("The simulated observatory", command, log, ROOT)

    async def start(self) -> None:
        """Start it, wait until both of its servers answer, and be some time into the night."""
        await self.program.start()
        addresses = [
            f"http://{LOOPBACK}:{self._target.port}/v2/api/version",
            f"http://{LOOPBACK}:{self._target.scheduler_port}/ts/v0/version",
        ]
        try:
            async with asyncio.timeout(START_LIMIT), aiohttp.ClientSession() as http:
                while not all([await _answers(http, address) for address in addresses]):
                    self.program.check()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemoError(
                f"The simulated observatory did not start within {START_LIMIT:.0f} s.",
                self.program.log,
            ) from None
        await catch_up(self.control, self._speed)

    async def keep_running(self) -> None:
        """Raise DemoError when it ends by itself."""
        await self.program.ended()
        raise self.program.died()

    async def stop(self) -> None:
        """Stop it."""
        await self.program.stop()


async def _answers(http: aiohttp.ClientSession, address: str) -> bool:
    """Return whether a server answers."""
    try:
        async with http.get(address) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def read_site(target: Target) -> Site | None:
    """Return where the observatory is, as its active profile says, None where it does not."""
    address = f"http://{target.host}:{target.port}/v2/api/profile/show?active=true"
    limit = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=limit) as http, http.get(address) as answer:
            settings = (await answer.json())["Response"]["AstrometrySettings"]
        return Site(settings["Latitude"], settings["Longitude"], settings["Elevation"])
    except aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError:
        return None


async def scheduler_answers(host: str, port: int) -> bool:
    """Return whether the Target Scheduler of a real N.I.N.A. answers on a port."""
    limit = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=limit) as http:
            return await _answers(http, f"http://{host}:{port}/ts/v0/version")
    except TimeoutError:
        return False
