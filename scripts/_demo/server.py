"""The Home Assistant of the demonstration."""

import asyncio
from contextlib import suppress
from pathlib import Path
import sys

import aiohttp

from .configuration import COMPONENTS, write_configuration
from .errors import DemoError
from .processes import Program
from .session import Session
from .target import BRITISH, DOMAIN, LOOPBACK, Household, Site, Store

START_LIMIT = 120.0
INITIALIZED = "Home Assistant initialized"
RESTART_WANTED = 100


class HomeAssistant:
    """Home Assistant as a program of its own, started again whenever it asks for that."""

    def __init__(
        self,
        store: Store,
        port: int,
        address: str,
        site: Site,
        db_url: str | None,
        components: Path = COMPONENTS,
        household: Household = BRITISH,
    ) -> None:
        """Describe it, with the folder of its custom components; nothing is started yet."""
        self._store = store
        self._port = port
        self._listen = address
        self._site = site
        self._db_url = db_url
        self._components = components
        self._household = household
        self._starts = 0
        command = [sys.executable, "-m", "homeassistant", "--skip-pip", "--log-no-color"]
        self.program = Program(
            "Home Assistant",
            [*command, "-c", str(store.config)],
            store.logs / "home-assistant.log",
            store.folder,
        )

    @property
    def url(self) -> str:
        """Return the address for our own requests, which need no name looked up."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def address(self) -> str:
        """Return the address for a browser on this machine."""
        return f"http://localhost:{self._port}"

    async def start(self) -> None:
        """Start it and wait until it has started completely."""
        config = self._store.config
        write_configuration(
            config,
            self._port,
            self._listen,
            self._site,
            self._db_url,
            self._components,
            self._household,
        )
        await self.program.start()
        try:
            async with asyncio.timeout(START_LIMIT), Session.open(self.url) as session:
                while not self.program.has_printed(INITIALIZED) or not await session.is_up():
                    self.program.check()
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise DemoError(
                f"Home Assistant did not start within {START_LIMIT:.0f} s.", self.program.log
            ) from None
        self._starts += 1

    async def restart(self, session: Session, environment: dict[str, str] | None = None) -> None:
        """Restart it as a user does, with another environment, and wait until it has started.

        Something else has to keep it running meanwhile.
        """
        starts = self._starts
        self.program.environment = environment or {}
        # The answer may be lost with the server.
        with suppress(aiohttp.ClientError):
            await session.post("/api/services/homeassistant/restart")
        async with asyncio.timeout(2 * START_LIMIT):
            while self._starts == starts:
                await asyncio.sleep(0.2)

    async def keep_running(self) -> None:
        """Start it again whenever it asks for a restart; raise DemoError when it just ends."""
        while await self.program.ended() == RESTART_WANTED:
            await self.start()
        raise self.program.died()

    async def stop(self) -> None:
        """Stop it, and wait until it has written everything."""
        await self.program.stop()

    def faults(self) -> list[str]:
        """Return the lines of the log that blame the integration."""
        try:
            lines = self.program.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [
            line
            for line in lines
            if DOMAIN in line and (" ERROR " in line or line.lstrip().startswith("File "))
        ]
