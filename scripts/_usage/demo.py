"""Start the demo: a real Home Assistant with a simulated observatory, or with your N.I.N.A."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import script

LOOPBACK = "127.0.0.1"
HOME_ASSISTANT_PORT = 8123
NINA_PORT = 1888
SCHEDULER_PORT = 8188
# A frame takes minutes in life; a check has less time.
CHECK_SPEED = 20


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("demo", __doc__)
    add = made.add_argument
    add("--host", help="use the real N.I.N.A. on this computer instead of a simulated one")
    add(
        "--port",
        type=_port,
        default=NINA_PORT,
        help="port of the Advanced API (default: %(default)s)",
    )
    add(
        "--scheduler-port",
        type=_port,
        default=SCHEDULER_PORT,
        help="port of the Target Scheduler (default: %(default)s)",
    )
    add(
        "--home-assistant-port",
        type=_port,
        default=HOME_ASSISTANT_PORT,
        help="port of Home Assistant (default: %(default)s)",
    )
    add(
        "--listen",
        default=LOOPBACK,
        metavar="ADDRESS",
        help="0.0.0.0 lets other devices in; the password is not secret (default: %(default)s)",
    )
    add(
        "--speed",
        type=_speed,
        help="speed of the simulated observatory; its times fit your clock, except for what Home "
        f"Assistant computes from the real sky (default: 1, with --check {CHECK_SPEED})",
    )
    add(
        "--scenario",
        default="clear_night",
        help="scenario of the simulation; see python -m simulator --help",
    )
    add("--data", type=Path, help="folder for the configuration, database, and logs")
    add("--fresh", action="store_true", help="delete the data of earlier runs")
    add(
        "--postgresql",
        action="store_true",
        help="record to its own PostgreSQL server instead of SQLite",
    )
    add(
        "--check",
        action="store_true",
        help="wait until a frame is taken, print all states, and exit with 0, or 1 after a failure",
    )
    return made


def _port(text: str) -> int:
    """Return a port number."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port")
    return number


def _speed(text: str) -> float:
    """Return how many times faster than life something is to happen."""
    speed = float(text)
    if not 0.1 <= speed <= 100:
        raise argparse.ArgumentTypeError("must be between 0.1 and 100")
    return speed
