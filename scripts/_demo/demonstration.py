"""The demonstration from start to end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp

from .console import Console
from .dashboard import install
from .database import Database
from .errors import DemoError
from .evening import BEGUN_AGO
from .flow import configure
from .observatory import Disturbing, Observatory, read_site, scheduler_answers
from .onboarding import sign_in
from .ports import is_free, next_free
from .server import HomeAssistant
from .session import Session
from .target import CONTROL_PORT, LOOPBACK, SOMEWHERE, Site, Store, Target

# Purposes of the ports: shown to the user, and the keys under which ports are remembered.
DISTURBING = "The control port"
FAULTS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for; without a host the observatory is simulated."""

    folder: Path
    host: str | None
    port: int
    scheduler_port: int
    home_assistant_port: int
    listen: str
    speed: float
    scenario: str
    fresh: bool
    postgresql: bool = False
    begun_ago: timedelta = BEGUN_AGO


@dataclass(frozen=True, slots=True)
class Running:
    """What runs once everything has started."""

    console: Console
    store: Store
    server: HomeAssistant
    session: Session
    entry_id: str
    control_port: int | None
    db_url: str | None

    @property
    def control(self) -> str:
        """Return the address of the control port of the simulated observatory."""
        return f"http://{LOOPBACK}:{self.control_port}"


type Body = Callable[[Running], Awaitable[None]]


class Demonstration:
    """Starts everything, lets something use it, and stops everything."""

    def __init__(self, options: Options, console: Console) -> None:
        """Prepare; nothing is started yet."""
        self._options = options
        self._console = console
        self._store = Store(options.folder)
        self._taken: set[int] = set()
        self._programs: list[Database | Observatory | HomeAssistant] = []

    async def run(self, body: Body) -> None:
        """Start everything, run the body, and stop whatever was started, in any case.

        Raises DemoError when something is wrong, also when a program ends by itself.
        """
        with self._store.locked():
            if self._options.fresh:
                self._store.clear()
            try:
                async with self._started() as running:
                    await self._watched(body(running))
            except (DemoError, aiohttp.ClientError, TimeoutError) as err:
                self._blame_the_dead()
                self._show_faults()
                if isinstance(err, DemoError):
                    raise
                raise DemoError(f"Home Assistant is not responding: {err!r}") from err
            finally:
                await self._stop()

    def kill(self) -> None:
        """Stop everything at once, without waiting."""
        for program in self._programs:
            program.program.kill()

    def _blame_the_dead(self) -> None:
        """Raise DemoError for a program that ended: that is the reason for what came after."""
        for program in self._programs:
            program.program.check()

    def _show_faults(self) -> None:
        """Print what Home Assistant logged against the integration."""
        for program in self._programs:
            if isinstance(program, HomeAssistant):
                for fault in program.faults()[:FAULTS_SHOWN]:
                    self._console.say(f"  {fault}")

    async def _watched(self, body: Awaitable[None]) -> None:
        """Run the body while the programs run; DemoError as soon as one of them ends."""
        work = asyncio.ensure_future(body)
        watches = [asyncio.ensure_future(program.keep_running()) for program in self._programs]
        try:
            await asyncio.wait([work, *watches], return_when=asyncio.FIRST_COMPLETED)
            for task in (work, *watches):
                if task.done():
                    await task
        finally:
            for task in (work, *watches):
                task.cancel()
            await asyncio.gather(work, *watches, return_exceptions=True)

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[Running]:
        """Start everything, one step after the other."""
        step = self._console.step
        target = await self._start_observatory()
        db_url = await self._start_database() if self._options.postgresql else None
        server = await self._start_server(await read_site(target) or SOMEWHERE, db_url)
        async with Session.open(server.url) as session:
            async with step("Signing in"):
                await sign_in(session, self._store)
            async with step(f"Setting up the integration with N.I.N.A. at {target}"):
                entry_id = await configure(session, self._store, target)
            async with step("Creating the dashboard"):
                await install(session)
            control = self._store.read()["ports"].get(DISTURBING, (0, None))[1]
            if self._options.host is not None:
                control = None
            yield Running(self._console, self._store, server, session, entry_id, control, db_url)

    async def _start_observatory(self) -> Target:
        """Start the simulated observatory, where no real one was named, and return its address."""
        options = self._options
        if options.host is not None:
            port = options.scheduler_port
            found = port and await scheduler_answers(options.host, port)
            if not found:
                self._console.say("  No Target Scheduler responds there; continuing without it.")
            return Target(options.host, options.port, port if found else None)
        target = Target(
            LOOPBACK,
            self._port("N.I.N.A.", options.port),
            self._port("The Target Scheduler", options.scheduler_port),
        )
        control = self._port(DISTURBING, CONTROL_PORT)
        disturbing = Disturbing(control, options.speed, options.scenario, options.begun_ago)
        observatory = Observatory(self._store, target, disturbing)
        self._programs.append(observatory)
        async with self._console.step(f"Starting the simulated observatory ({target})"):
            await observatory.start()
        return target

    async def _start_database(self) -> str:
        """Start PostgreSQL, fetching it where there is none, and return its address."""
        async with self._console.step("Starting PostgreSQL"):
            database = await asyncio.to_thread(Database, self._store)
            self._programs.append(database)
            await database.start()
        return database.url

    async def _start_server(self, site: Site, db_url: str | None) -> HomeAssistant:
        """Start Home Assistant at the place of the observatory."""
        port = self._port("Home Assistant", self._options.home_assistant_port)
        server = HomeAssistant(self._store, port, self._options.listen, site, db_url)
        self._programs.append(server)
        async with self._console.step(f"Starting Home Assistant ({server.address})"):
            await server.start()
        return server

    def _port(self, purpose: str, wanted: int) -> int:
        """Return the port of the last start, the wanted one, or the next free one, and say so."""
        ports = self._store.read().get("ports", {})
        asked, last = ports.get(purpose, (wanted, wanted))
        # An address that stays the same keeps the integration's entry.
        begin = last if asked == wanted and is_free(last) else wanted
        port = next_free(begin, self._taken)
        if port != wanted:
            self._console.say(f"  {purpose} uses port {port}, because {wanted} is or was in use.")
        self._store.remember(ports={**ports, purpose: (wanted, port)})
        return port

    async def _stop(self) -> None:
        """Stop everything, the last started first."""
        if self._programs:
            async with self._console.step("Stopping"):
                for program in reversed(self._programs):
                    await program.stop()
