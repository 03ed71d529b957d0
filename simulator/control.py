"""The control port: an HTTP server beside the simulated ones, to watch and disturb them.

GET /state, /truth, /ledger, /ledger/calls?path=…, /faults, /commands; DELETE /ledger, /faults,
/faults/{name}; POST /faults/{name} and /commands/{name} with the options as a JSON object.
Answers are JSON; nonsense is answered 400 or 404 with `{"error": "…"}`.
"""

from collections.abc import Awaitable, Callable
import json
import math
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .commands import COMMANDS, run
from .faults import KINDS
from .state import state

if TYPE_CHECKING:
    from .ledger import Entry
    from .observatory import Observatory

__all__ = ["Control"]

_MOST_CALLS = 1000


class Control:
    """Serves the control port of one observatory; `port` is where."""

    def __init__(self, observatory: Observatory, host: str = "127.0.0.1", port: int = 0) -> None:
        """Prepare; `start` opens the port."""
        self.observatory = observatory
        self.host = host
        self.port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Open the port; raises OSError when it is taken."""
        application = web.Application(middlewares=[_plain_errors])
        application.add_routes(
            [
                web.get("/state", self._state),
                web.get("/truth", self._truth),
                web.get("/ledger", self._ledger),
                web.delete("/ledger", self._reset_ledger),
                web.get("/ledger/calls", self._calls),
                web.get("/faults", self._faults),
                web.delete("/faults", self._clear_faults),
                web.post("/faults/{name}", self._start_fault),
                web.delete("/faults/{name}", self._stop_fault),
                web.get("/commands", self._commands),
                web.post("/commands/{name}", self._run),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        address: tuple[Any, ...] = self._runner.addresses[0]
        self.port = address[1]

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _state(self, request: web.Request) -> web.Response:
        """Answer with the truth."""
        del request
        return web.json_response(state(self.observatory))

    async def _truth(self, request: web.Request) -> web.Response:
        """Answer with the data that a check of a client needs."""
        del request
        return web.json_response(self.observatory.truth.as_data())

    async def _ledger(self, request: web.Request) -> web.Response:
        """Answer with the totals of the ledger."""
        del request
        return web.json_response(self.observatory.ledger.summary())

    async def _reset_ledger(self, request: web.Request) -> web.Response:
        """Empty the ledger."""
        del request
        self.observatory.ledger.reset()
        return web.json_response({})

    async def _calls(self, request: web.Request) -> web.Response:
        """Answer with the newest requests, of all routes or of one."""
        path = request.query.get("path")
        ledger = self.observatory.ledger
        entries = list(ledger.calls(path) if path else ledger.entries)[-_MOST_CALLS:]
        return web.json_response([_call(entry) for entry in entries])

    async def _faults(self, request: web.Request) -> web.Response:
        """Answer with all faults, and those that are on."""
        del request
        kinds = {
            name: {
                "scope": kind.scope,
                "text": kind.text,
                "momentary": kind.momentary,
                "options": {k: None if v == math.inf else v for k, v in kind.options.items()},
            }
            for name, kind in KINDS.items()
        }
        active = [fault.as_data() for fault in self.observatory.faults.active]
        return web.json_response({"kinds": kinds, "active": active})

    async def _start_fault(self, request: web.Request) -> web.Response:
        """Switch a fault on."""
        options = await _options(request)
        fault = await self.observatory.faults.start(request.match_info["name"], **options)
        return web.json_response(fault.as_data())

    async def _stop_fault(self, request: web.Request) -> web.Response:
        """Switch a fault off."""
        ended = await self.observatory.faults.stop(request.match_info["name"])
        return web.json_response({"ended": ended})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        """Switch all faults off."""
        del request
        await self.observatory.faults.clear()
        return web.json_response({})

    async def _commands(self, request: web.Request) -> web.Response:
        """Answer with all commands and their options."""
        del request
        return web.json_response(
            {
                name: {
                    "text": command.text,
                    "options": {key: kind.__name__ for key, (kind, _) in command.options.items()},
                }
                for name, command in COMMANDS.items()
            }
        )

    async def _run(self, request: web.Request) -> web.Response:
        """Run a command."""
        await run(self.observatory, request.match_info["name"], await _options(request))
        return web.json_response({})


async def _options(request: web.Request) -> dict[str, Any]:
    """Return the options in a request's body; raises ValueError."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        options = json.loads(text)
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(options, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - one kind of error
    return options


def _call(entry: Entry) -> dict[str, Any]:
    """Return a request as plain data."""
    return {
        "method": entry.method,
        "path": entry.path,
        "parameters": entry.parameters,
        "time": entry.time.isoformat(),
        "seconds": round(entry.seconds, 6),
        "status": entry.status,
        "code": entry.code,
        "bytes": entry.size,
        "concurrent": entry.concurrent,
        "connection": entry.connection,
        "keeps_alive": entry.keeps_alive,
    }


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer errors with a sentence in JSON."""
    try:
        return await handler(request)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status)
