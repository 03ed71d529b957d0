"""The Target Scheduler's HTTP server."""

import asyncio
import contextlib
from dataclasses import replace
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from simulator.disturbance import disturb_value, disturbed_response, send_half
from simulator.faults import Fault, Faults
from simulator.ledger import Entry, Ledger
from simulator.listener import KEEP_ALIVE_SECONDS, REQUESTS_PER_CONNECTION, Listener, connection_of
from simulator.pages import SERVER, page
from simulator.reply import Page
from simulator.scheduler.bodies import (
    STYLE,
    LazyFailure,
    MissingPreferencesError,
    local,
    profiles_body,
    projects_body,
    statistics_body,
    targets_body,
    text,
)
from simulator.scheduler.coding import chosen_coding, compressed
from simulator.scheduler.preview import default_start, parse_start, preview
from simulator.scheduler.store import DEFAULTS

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.clock import SimulationClock
    from simulator.scheduler.model import Preferences, Project, Target
    from simulator.scheduler.store import Store
    from simulator.sky import Site

__all__ = ["SchedulerServer"]

PREFIX = "/ts"
_JSON = "application/json; charset=utf-8"
_ROUTES = {
    "version": re.compile(r"/version"),
    "profiles": re.compile(r"/profiles"),
    "projects": re.compile(r"/profiles/([^/]+)/projects"),
    "targets": re.compile(r"/projects/([^/]+)/targets"),
    "statistics": re.compile(r"/targets/([^/]+)/statistics"),
    "preview": re.compile(r"/profiles/([^/]+)/preview"),
}


class SchedulerServer:
    """Serves `/ts/v0` from a store; `start` and `stop` may alternate.

    `port` is where it listens; 0 is replaced by the port the system chose. `api` is the version of
    the API in all paths. `preview_calls` counts the previews asked for, `preview_seconds` is how
    long one takes, in real seconds. `ignores_start` is whether a preview begins at 13:00 whatever
    is asked. `given` are bodies by route (`projects`) that are answered instead of what is so. Faults
    apply to paths that begin with `/ts/v0`.
    """

    def __init__(
        self,
        clock: SimulationClock,
        sky: Site,
        store: Store,
        host: str = "127.0.0.1",
        port: int | None = 0,
        *,
        faults: Faults | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Prepare to serve; `port` None means that of the active profile's preferences."""
        self.clock = clock
        self._style = replace(STYLE, shown=clock.shown)
        self.sky = sky
        self.store = store
        self.faults = faults or Faults()
        self.ledger = ledger or Ledger()
        self.api = "v0"
        self.ignores_start = False
        self.given: dict[str, Any] = {}
        self.preview_calls = 0
        self.preview_seconds = 0.0
        preferences = store.active_profile.preferences
        if port is not None and preferences is not None:
            preferences.api_port = port
        self._listener = Listener(self._serve, host, port or 0)
        self._answering: set[asyncio.Task[Any]] = set()

    @property
    def port(self) -> int:
        """Return the port it listens on, or did last."""
        return self._listener.port

    @property
    def running(self) -> bool:
        """Return whether connections are accepted."""
        return self._listener.is_open

    async def start(self) -> bool:
        """Begin to serve if the active profile enables that, and return whether it does.

        A port that is taken shows in N.I.N.A. only: nothing is served then.
        """
        preferences = self._preferences
        if preferences is not None and preferences.enable_api:
            await self._open()
        return self.running

    async def _open(self) -> None:
        """Listen on the active profile's port."""
        preferences = self._preferences
        with contextlib.suppress(OSError):
            await self._listener.open((preferences or DEFAULTS).api_port)
            if preferences is not None:
                preferences.api_port = self._listener.port

    async def stop(self) -> None:
        """Serve no more; answers under way break off."""
        await self._listener.close()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def switch_profile(self, profile_id: str) -> None:
        """Load another profile: the server goes, and comes back where that profile has it.

        Raises KeyError for an unknown profile.
        """
        self.store.activate(profile_id)
        await self.stop()
        await self.start()

    async def save_preferences(self, profile_id: str) -> None:
        """Behave as if the user saved the preferences page of some profile.

        The server comes back only if that profile has it, but on the active profile's port.
        """
        await self.stop()
        profile = self.store.profile(profile_id)
        if profile is not None and profile.preferences and profile.preferences.enable_api:
            await self._open()

    @property
    def _preferences(self) -> Preferences | None:
        """Return the scheduler's preferences of the active profile."""
        return self.store.active_profile.preferences

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and enter it into the ledger."""
        path = re.sub("/+", "/", request.path).rstrip("/") or "/"
        connection = connection_of(request)
        connection.served += 1
        entry = Entry(
            request.method,
            path,
            dict(_query(request)),
            self.clock.now(),
            connection.number,
            self.ledger.pending + 1,
            request.keep_alive,
        )
        self.ledger.open(entry)
        task = asyncio.current_task()
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        try:
            response = await self._answer(request, path, entry)
            _finish(request, response, connection.served)
            entry.status = response.status
            return response
        finally:
            self.ledger.close(entry)

    async def _answer(
        self, request: web.BaseRequest, path: str, entry: Entry
    ) -> web.StreamResponse:
        """Return the response, disturbed by the faults that strike."""
        await self.faults.thawed()
        faults = self.faults.for_request(path)
        await self._delay(faults)
        replacement = disturbed_response(request, faults)
        if replacement is not None:
            return replacement
        try:
            body = await self._body(request, path)
        except Page as error:
            return page(request, error.status, error.message, error.kind)
        except LazyFailure:
            return web.Response(body=b"", headers={"Content-Type": _JSON})
        return await self._written(request, body, faults, entry)

    async def _delay(self, faults: list[Fault]) -> None:
        """Hang or wait as long as the faults want."""
        for fault in faults:
            if fault.name in ("slow", "hang"):
                await fault.lasts(fault.options["seconds"])

    async def _body(self, request: web.BaseRequest, path: str) -> Any:
        """Return the body of a route; raises Page for answers that are pages."""
        base = f"{PREFIX}/{self.api}"
        short = path.removeprefix(base) if path.startswith(base + "/") else ""
        name, match = next(
            ((n, m) for n, pattern in _ROUTES.items() if (m := pattern.fullmatch(short))),
            ("", None),
        )
        if match is None:
            raise Page(404)
        if request.method != "GET":
            raise Page(405)
        if name in self.given:
            return self.given[name]
        if name == "version":
            return self.store.version
        if name == "profiles":
            return profiles_body(self.store)
        key = match[1]
        if name == "projects":
            return projects_body(self.store, key, self.clock.zone)
        if name == "targets":
            return self._targets(key)
        if name == "statistics":
            return self._statistics(key)
        return await self._preview(key, request)

    def _targets(self, project_id: str) -> Any:
        """Return the targets of a project."""
        project: Project | None = self.store.project(project_id)
        if project is None:
            raise Page(404)
        return targets_body(self.store, project)

    def _statistics(self, target_id: str) -> Any:
        """Return the statistics of a target."""
        found: tuple[Project, Target] | None = self.store.find_target(target_id)
        if found is None:
            raise Page(404)
        try:
            return statistics_body(self.store, *found)
        except MissingPreferencesError as error:
            raise Page(500, str(error), "System.NullReferenceException") from None

    async def _preview(self, profile_id: str, request: web.BaseRequest) -> Any:
        """Return the plan of a night."""
        if self.store.profile(profile_id) is None:
            raise Page(404)
        self.preview_calls += 1
        asked = {name.casefold(): value for name, value in _query(request)}.get("starttime", "")
        start, with_offset = default_start(self.clock.now()), True
        if asked and not self.ignores_start:
            try:
                start, with_offset = parse_start(asked, self.clock.zone)
                start = self.clock.simulated(start)
            except (ValueError, OverflowError) as error:
                raise Page(400, str(error), "HttpException") from None
        await asyncio.sleep(self.preview_seconds)
        entries = preview(self.store, self.sky, profile_id, start)
        for entry in entries:
            for key in ("StartTime", "EndTime"):
                entry[key] = self._time(entry[key], with_offset=with_offset)
        return entries

    def _time(self, moment: datetime, *, with_offset: bool) -> datetime:
        """Return a time of a plan: without offset when the client asked without."""
        there = local(moment, self.clock.zone)
        return there if with_offset else self.clock.shown(there).replace(tzinfo=None)

    async def _written(
        self, request: web.BaseRequest, body: Any, faults: list[Fault], entry: Entry
    ) -> web.StreamResponse:
        """Return the response with a JSON body."""
        preferences = self._preferences
        formatted = preferences is not None and preferences.formatted_output
        disturbed = disturb_value(body, faults)
        data = text(disturbed, formatted=formatted, style=self._style).encode()
        if any(fault.name == "truncated" for fault in faults):
            data = data[: len(data) * 2 // 3]
        entry.size = len(data)
        if any(fault.name == "reset" for fault in faults):
            return await send_half(request, data)
        coding = chosen_coding(request.headers.get("Accept-Encoding"))
        if coding is None:
            return page(request, 406)
        headers = {"Content-Type": _JSON, "Content-Encoding": coding, "Vary": "Accept-Encoding"}
        response = web.Response(body=compressed(data, coding), headers=headers)
        response.enable_chunked_encoding()
        return response


def _finish(request: web.BaseRequest, response: web.StreamResponse, served: int) -> None:
    """Add what every answer carries, and end a connection that served its hundred."""
    if response.prepared:
        return
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers.setdefault("Server", SERVER)
    if served >= REQUESTS_PER_CONNECTION:
        response.force_close()
    if request.keep_alive and response.keep_alive is not False:
        left = REQUESTS_PER_CONNECTION - served
        response.headers["Keep-Alive"] = f"timeout={KEEP_ALIVE_SECONDS:.0f},max={left}"


def _query(request: web.BaseRequest) -> list[tuple[str, str]]:
    """Return the query parameters; a raw plus sign is a space."""
    return parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
