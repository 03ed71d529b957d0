"""One demonstration for most tests, and a signed-in page for each."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import re
import subprocess
import sys
import time
from typing import Any

import aiohttp
from playwright.async_api import Page
import pytest

from scripts._bootstrap.shell import BootstrapError, alone
from scripts._browser.chromium import Chromium, find_chromium
from scripts._browser.driver import prepare_driver
from scripts._browser.frontend import browser, new_page
from scripts._demo.demonstration import DISTURBING
from scripts._demo.session import Session
from scripts._demo.target import LOOPBACK, ROOT, Store

START_LIMIT = 300.0
FRAME_SAVED = re.compile(r"Frame saved: .+, \d+ s, HFR \d\.\d\d px")


@dataclass(frozen=True, slots=True)
class Running:
    """A demonstration that runs."""

    url: str
    token: str
    control: str

    async def happen(self, command: str) -> None:
        """Let something happen at the observatory, such as `rain`."""
        async with aiohttp.ClientSession() as http:
            answer = await http.post(f"{self.control}/commands/{command}")
            answer.raise_for_status()

    async def becomes(self, entity_id: str, state: str, seconds: float = 150) -> None:
        """Wait until an entity has a state."""
        async with asyncio.timeout(seconds):
            while (await self.states()).get(entity_id, {}).get("state") != state:
                await asyncio.sleep(0.5)

    async def told(self, words: re.Pattern[str], seconds: float = 150) -> datetime:
        """Wait until a line of the diary reads so, and return when it happened."""
        begin = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        async with asyncio.timeout(seconds), Session.open(self.url, self.token) as session:
            while True:
                for line in await session.ask("logbook/get_events", start_time=begin):
                    if words.search(f"{line.get('name')} {line.get('message')}"):
                        return datetime.fromtimestamp(line["when"], UTC)
                await asyncio.sleep(0.5)

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return all states of its Home Assistant."""
        async with Session.open(self.url, self.token) as session:
            return await session.states()


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """Return a browser, or skip where there is none and none can be fetched."""
    try:
        prepare_driver()
        return find_chromium()
    except BootstrapError as err:
        if os.environ.get("NINA_BROWSER_REQUIRED"):
            pytest.fail(f"No browser: {err}")
        pytest.skip(f"no browser: {err}")


@pytest.fixture(scope="module")
def started(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start the demonstration that most tests share."""
    with demonstrated(tmp_path_factory.mktemp("demonstration")) as running:
        yield running


@contextmanager
def demonstrated(folder: Path) -> Iterator[Running]:
    """Start a demonstration as a program of its own, and stop it in the end."""
    command = [sys.executable, "-m", "scripts._demo", "--data", str(folder), "--speed", "20"]
    # Away from the usual ports, where somebody may be looking at one.
    command += ["--port", "21888", "--scheduler-port", "28188", "--home-assistant-port", "28123"]
    output = folder / "output.txt"
    with (
        # One at a time, whichever worker it is of: they want the same ports.
        alone("demonstration"),
        output.open("wb") as written,
        subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=written) as program,
    ):
        try:
            _wait_until_up(program, output)
            remembered = Store(folder).read()
            ports = {name: port for name, (_, port) in remembered["ports"].items()}
            home, control = ports["Home Assistant"], ports[DISTURBING]
            yield Running(
                f"http://{LOOPBACK}:{home}", remembered["token"], f"http://{LOOPBACK}:{control}"
            )
        finally:
            program.terminate()
            program.wait(60)


@pytest.fixture
async def demonstration(started: Running, socket_enabled: None) -> Running:
    """Return a demonstration with a frame in its diary: some tests end the imaging for all."""
    await started.told(FRAME_SAVED)
    return started


def _wait_until_up(program: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until the demonstration says where it is."""
    deadline = time.monotonic() + START_LIMIT
    while "User, password" not in output.read_text(encoding="utf-8"):
        if program.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The demonstration did not start:\n{output.read_text(encoding='utf-8')}")
        time.sleep(0.2)


@pytest.fixture
async def page(
    socket_enabled: None, chromium: Chromium, demonstration: Running
) -> AsyncIterator[Page]:
    """Return a page that is signed in."""
    async with (
        browser(chromium) as opened,
        new_page(opened, demonstration.url, demonstration.token) as made,
    ):
        yield made


@pytest.fixture
async def stranger(socket_enabled: None, chromium: Chromium) -> AsyncIterator[Page]:
    """Return a page that is not signed in."""
    async with browser(chromium) as opened, new_page(opened) as made:
        yield made
