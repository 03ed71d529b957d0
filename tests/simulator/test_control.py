"""The control port, the terminal view, and the command line."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import io
import json
import os
from pathlib import Path
import re
import signal
import sys
from typing import Any

import aiohttp
import pytest
from rich.console import Console

from simulator import Observatory
from simulator.__main__ import main
from simulator.control import Control
from simulator.faults import KINDS
from simulator.terminal import Terminal, execute

from .support import Client, eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def control(observatory: Observatory) -> AsyncIterator[Control]:
    """Serve a control port."""
    control = Control(observatory)
    await control.start()
    yield control
    await control.stop()


@pytest.fixture
def steer(control: Control, client: Client) -> Client:
    """Return a client of the control port."""
    return Client(client.session, control.port)


async def ask(steer: Client, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """Ask the control port and return the decoded answer."""
    options = {} if body is None else {"data": body if isinstance(body, str) else json.dumps(body)}
    answer = await steer.ask(path, method, **options)
    assert answer.status == status, answer.text
    return answer.json


async def test_state(steer: Client, observatory: Observatory) -> None:
    observatory.dome.put_shutter(0.25)
    state = await ask(steer, "GET", "/state")
    assert state["devices"]["dome"]["opening"] == 0.25
    assert state["devices"]["dome"]["shutter"] == "ShutterError"
    assert set(state["devices"]) == set(state["connected"])
    assert state["ports"]["api"] == observatory.port
    assert state["faults"] == []


async def test_faults(steer: Client, client: Client) -> None:
    fault = await ask(steer, "POST", "/faults/error_500", {"path": "/version"})
    assert fault == {
        "name": "error_500",
        "options": {"path": "/v2/api/version", "count": 0, "done": False},
        "used": 0,
    }
    assert (await client.ask("/v2/api/version")).status == 500
    listed = await ask(steer, "GET", "/faults")
    assert set(listed["kinds"]) == set(KINDS)
    assert listed["active"][0]["used"] == 1
    assert await ask(steer, "DELETE", "/faults/error_500") == {"ended": 1}
    assert await client.get("/version") == "2.2.15.0"
    await ask(steer, "POST", "/faults/hang")
    await ask(steer, "POST", "/faults/ignored", {"device": "dome"})
    await ask(steer, "DELETE", "/faults")
    assert (await ask(steer, "GET", "/faults"))["active"] == []


async def test_commands(steer: Client, observatory: Observatory) -> None:
    commands = await ask(steer, "GET", "/commands")
    assert commands["rain"]["options"] == {"rate": "float", "monitor": "bool"}
    await ask(steer, "POST", "/commands/rain", {"rate": 5})
    assert observatory.weather.rain_rate == 5
    assert observatory.safety_monitor.is_safe is False


async def test_ledger(steer: Client, client: Client) -> None:
    await client.get("/version?x=1")
    assert (await ask(steer, "GET", "/ledger"))["requests"] == 1
    calls = await ask(steer, "GET", "/ledger/calls?path=/version")
    assert (calls[0]["path"], calls[0]["parameters"]) == ("/v2/api/version", {"x": "1"})
    assert await ask(steer, "GET", "/ledger/calls?path=/time") == []
    await ask(steer, "DELETE", "/ledger")
    assert (await ask(steer, "GET", "/ledger"))["requests"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", "/faults/nonsense", None, 400, "there is no fault 'nonsense'"),
        ("POST", "/faults/hang", "{", 400, "the body is not JSON"),
        ("POST", "/faults/hang", [1], 400, "the body must be a JSON object"),
        ("POST", "/faults/hang", {"seconds": "x"}, 400, "must be a number"),
        ("POST", "/commands/nonsense", None, 400, "there is no command"),
        ("POST", "/commands/speed", {}, 400, "needs the option 'factor'"),
        ("DELETE", "/faults/nonsense", None, 400, "there is no fault"),
        ("GET", "/nonsense", None, 404, "Not Found"),
        ("PUT", "/state", None, 405, "Method Not Allowed"),
    ],
)
async def test_nonsense(
    steer: Client, method: str, path: str, body: Any, status: int, text: str
) -> None:
    answer = await ask(steer, method, path, body, status)
    assert text in answer["error"]


async def test_typed_commands(observatory: Observatory) -> None:
    assert await execute(observatory, "") == ""
    assert await execute(observatory, "rain rate=2") == "done"
    assert observatory.weather.rain_rate == 2
    assert await execute(observatory, "weather channel=humidity value=80.5") == "done"
    assert observatory.weather.humidity == 80.5
    assert await execute(observatory, "fault ignored device=dome") == "ignored is on"
    assert observatory.faults.find("ignored", device="dome")
    assert await execute(observatory, "heal ignored") == "1 switched off"
    await execute(observatory, "fault slow seconds=1")
    assert await execute(observatory, "heal") == "all faults are off"
    assert "stuck_shutter" in await execute(observatory, "help")
    for line in ("nonsense", "fault", "fault nonsense", "rain hard", 'say "unclosed'):
        with pytest.raises(ValueError, match=r".+"):
            await execute(observatory, line)


async def test_view(observatory: Observatory, client: Client) -> None:
    await client.get("/equipment/camera/cool?temperature=-5&cancel=true")
    await observatory.faults.start("slow", path="/nothing")
    console = Console(file=io.StringIO(), width=200, height=60, force_terminal=False)
    terminal = Terminal(observatory, console)
    console.print(terminal.view())
    output = console.file
    assert isinstance(output, io.StringIO)
    text = output.getvalue()
    for part in ("ShutterClosed", "safety monitor", "/equipment/camera/cool", "slow", "type help"):
        assert part in text


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    text = capsys.readouterr().out
    for part in ("--api-version", "--control-port", "--speed", "--scenario", "unsafe_during_flip"):
        assert part in text


@pytest.mark.parametrize(
    "words",
    [
        ["--port", "70000"],
        ["--port", "x"],
        ["--control-port", "-1"],
        ["--speed", "0"],
        ["--speed", "inf"],
        ["--speed", "fast"],
        ["--start", "0001-01-01T00:00"],
        ["--start", "9999-12-31T23:59"],
        ["--api-version", "7"],
        ["--scenario", "nonsense"],
        ["--start", "yesterday"],
        ["--view", "sideways"],
        ["--nonsense"],
    ],
)
def test_nonsense_on_the_command_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    assert "error: " in capsys.readouterr().err


@contextlib.asynccontextmanager
async def program(*words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run the simulator as a program until the block ends; gives what it said at first."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--scheduler-port", "0", *words]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, env=dict(os.environ)
    )
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(30):
            while said.count("Advanced API") < (2 if "two_rigs" in words else 1):
                said += (await process.stdout.readline()).decode()
            yield process, said
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.real_time
async def test_program() -> None:
    async with (
        program("--control-port", "0", "--scenario", "idle", "--api-version", "2.1") as run,
        aiohttp.ClientSession() as session,
    ):
        process, said = run
        steer = Client(session, _port(said, "Control port"))
        state = await ask(steer, "GET", "/state")
        assert (state["version"], state["scenario"]) == ("2.1.6.0", "idle")
        client = Client(session, _port(said, "Advanced API"))
        assert await client.get("/version") == "2.1.6.0"
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.real_time
async def test_program_with_two_rigs() -> None:
    async with program("--scenario", "two_rigs") as run, aiohttp.ClientSession() as session:
        ports = [int(port) for port in re.findall(r"Advanced API at http://[\d.]+:(\d+)", run[1])]
        assert len(set(ports)) == 2
        for port in ports:
            assert await Client(session, port).get("/version") == "2.2.15.0"


def _port(said: str, what: str) -> int:
    """Return the port out of what the program said."""
    found = re.search(rf"{what} at http://[\d.]+:(\d+)", said)
    assert found is not None, said
    return int(found[1])


async def test_terminal_reads_until_quit(
    observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    console = Console(file=io.StringIO(), width=120, height=40)
    with os.fdopen(reading, "rb", buffering=0) as typed:
        monkeypatch.setattr("simulator.terminal.sys.stdin", typed)
        terminal = Terminal(observatory, console)
        running = asyncio.ensure_future(terminal.run())
        os.write(writing, b"rain rate=7\nnonsense\n")
        await eventually(lambda: "there is no command" in terminal.message)
        assert observatory.weather.rain_rate == 7
        os.write(writing, b"quit\n")
        await running
    os.close(writing)
