"""Run a simulated observatory: python -m simulator --help."""

import argparse
import asyncio
import contextlib

from .dialect import parse_version
from .observatory import Observatory
from .scenarios import SCENARIOS


def _arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1888)
    parser.add_argument("--scheduler-port", type=int, default=8188)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--api-version", default="2.2.15.0")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="clear_night")
    arguments = parser.parse_args()
    try:
        parse_version(arguments.api_version)
    except ValueError as error:
        parser.error(str(error))
    return arguments


async def _run(arguments: argparse.Namespace) -> None:
    """Serve until interrupted."""
    async with Observatory(
        arguments.port,
        arguments.scheduler_port,
        host=arguments.host,
        speed=arguments.speed,
        version=arguments.api_version,
        scenario=arguments.scenario,
    ) as observatory:
        print(f"Advanced API on http://{arguments.host}:{observatory.port}/v2/api")  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(_arguments()))
