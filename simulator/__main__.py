"""Run a simulated observatory: N.I.N.A.'s Advanced API and Target Scheduler without a telescope."""

import argparse
import asyncio
import contextlib
from datetime import UTC, datetime
import math
import signal
import sys

from .control import Control
from .dialect import parse_version
from .observatory import Observatory
from .scenarios import SCENARIOS
from .sky import Site
from .terminal import Terminal, execute

__all__ = ["main"]


def _port(text: str) -> int:
    """Return a port, 0 for any free one."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"not a port: {text!r} (0 to 65535)")
    return number


def _speed(text: str) -> float:
    """Return a speed."""
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not math.isfinite(speed) or not 0 < speed <= 10_000:
        raise argparse.ArgumentTypeError(f"not a speed: {text!r} (above 0, at most 10000)")
    return speed


def _version(text: str) -> str:
    """Return a supported plugin version."""
    try:
        parse_version(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _moment(text: str) -> datetime:
    """Return a moment in time; far from today the rotation of the Earth is unknown."""
    moment: datetime | None = None
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text)
    if moment is None or not 1900 <= moment.year < 2200:
        message = f"not a time: {text!r} (1900 to 2199, example: 2026-10-05T20:00:00+02:00)"
        raise argparse.ArgumentTypeError(message)
    return moment


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    scenarios = "; ".join(f"{name}: {entry.text}" for name, entry in sorted(SCENARIOS.items()))
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description=__doc__, epilog=f"Scenarios: {scenarios}."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (0.0.0.0: all)")
    add("--port", type=_port, default=1888, help="port of the Advanced API (or the next free one)")
    add("--scheduler-port", type=_port, default=8188, help="port of the Target Scheduler")
    add("--no-scheduler", action="store_true", help="leave out the Target Scheduler")
    add("--control-port", type=_port, help="port to watch and control it (see the README)")
    add("--speed", type=_speed, default=1.0, help="simulated seconds per real second")
    add("--api-version", type=_version, default="2.2.15", help="plugin version, from 2.0.0 on")
    add("--scenario", choices=sorted(SCENARIOS), default="clear_night", help="scenario to play")
    add("--start", type=_moment, help="simulated start time (default: now, at night)")
    add("--midnight", type=_moment, help="middle of the night there (default: the start)")
    add("--without", action="append", default=[], metavar="DEVICE", help="device to leave out")
    add("--do", action="append", default=[], metavar="COMMAND", help="command to start with")
    add("--view", choices=("auto", "always", "never"), default="auto", help="terminal view")
    return parser


async def _serve(arguments: argparse.Namespace) -> None:
    """Serve until interrupted, or until the command to quit."""
    scheduler_port = None if arguments.no_scheduler else arguments.scheduler_port
    midnight = arguments.midnight
    site = None if midnight is None else Site.where_it_is_night(midnight.astimezone(UTC))
    async with contextlib.AsyncExitStack() as stack:
        rigs = []
        for number in range(2 if arguments.scenario == "two_rigs" else 1):
            rig = Observatory(
                arguments.port + number if arguments.port else 0,
                scheduler_port if not number else None,
                host=arguments.host,
                speed=arguments.speed,
                version=arguments.api_version,
                scenario=arguments.scenario if not number else "idle",
                start=arguments.start,
                site=site,
                without=arguments.without,
                lapse=True,
            )
            rigs.append(await stack.enter_async_context(rig))
        for line in arguments.do:
            await execute(rigs[0], line)
        if arguments.control_port is not None:
            control = Control(rigs[0], port=arguments.control_port)
            await control.start()
            stack.push_async_callback(control.stop)
            _say(f"Control port at http://{control.host}:{control.port}")
        for rig in rigs:
            _announce(rig, arguments.host)
        await _until_the_end(rigs[0], arguments.view)


def _say(text: str) -> None:
    """Write a line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _announce(rig: Observatory, host: str) -> None:
    """Print where a rig is served."""
    _say(f"Advanced API at http://{host}:{rig.port}/v2/api")
    if rig.scheduler_port is not None:
        _say(f"Target Scheduler at http://{host}:{rig.scheduler_port}/ts/v0")


async def _until_the_end(rig: Observatory, view: str) -> None:
    """Return when a signal comes, or when the terminal view is left."""
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, end.set)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if view == "never" or (view == "auto" and not interactive):
        await end.wait()
        return
    drawing = asyncio.ensure_future(Terminal(rig).run())
    waiting = asyncio.ensure_future(end.wait())
    await asyncio.wait([drawing, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in (drawing, waiting):
        task.cancel()
    await asyncio.gather(drawing, waiting, return_exceptions=True)


def main(words: list[str] | None = None) -> None:
    """Parse the command line and serve; ends the program with a message when it cannot."""
    arguments = _parser().parse_args(words)
    try:
        asyncio.run(_serve(arguments))
    except OSError as error:
        sys.exit(f"cannot serve: {error}")
    except ValueError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
