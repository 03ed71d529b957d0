"""The client of Target Scheduler's own server, which is read-only and uses no envelope."""

import asyncio
from datetime import datetime
from typing import Final

import aiohttp

from .errors import NinaResponseError
from .models.base import decode_all, undecoded_keys
from .models.scheduler import PlanEntry, PlanStatistics, Project, SchedulerProfile, Target
from .transport import Answer, Params, Transport, parse_json
from .wire_json import Json

DEFAULT_PORT: Final = 8188
# The server waits up to 5 s for its own database.
POLL_TIMEOUT: Final = 10.0
# A preview runs the planner once per frame of the night.
PREVIEW_TIMEOUT: Final = 120.0
# As many projects or targets are decoded outside the event loop.
_MANY: Final = 200


class SchedulerClient:
    """A client of Target Scheduler.

    Every method can raise NinaConnectionError (normal: the server stops with a change of profile),
    NinaTimeoutError, NinaNotFoundError for an id that does not exist, and NinaResponseError for a
    malformed answer, including the empty one that signals a failure on the server.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = DEFAULT_PORT,
        *,
        commands: aiohttp.ClientSession | None = None,
    ) -> None:
        self._transport = Transport(session, host, port, "/ts/v0", commands)

    @property
    def requests_per_minute(self) -> float:
        """Requests a minute, on average over the last five minutes."""
        return self._transport.rate.per_minute()

    async def get_version(self) -> str:
        """Return the version of the plugin: the cheapest sign of life."""
        version = await self._ask("version")
        if not isinstance(version, str):
            raise NinaResponseError("expected a version")
        return version

    async def get_profiles(self) -> tuple[SchedulerProfile, ...]:
        """List the profiles of N.I.N.A."""
        return await _identified(SchedulerProfile, await self._list("profiles"))

    async def get_projects(self, profile_id: str) -> tuple[Project, ...]:
        """List all projects of a profile, in every state; none for a profile that does not exist."""
        return await _identified(Project, await self._list("profiles", profile_id, "projects"))

    async def get_targets(self, project_id: str) -> tuple[Target, ...]:
        """List all targets of a project with their plans."""
        return await _identified(Target, await self._list("projects", project_id, "targets"))

    async def get_statistics(self, target_id: str) -> tuple[PlanStatistics, ...]:
        """Read the statistics of a target, plan by plan.

        It fails if a filter has frames that all lack a value, as is usual without the star detector
        of Hocus Focus: never combine it with other requests.
        """
        return decode_all(PlanStatistics, await self._list("targets", target_id, "statistics"))

    async def get_preview(
        self, profile_id: str, start: datetime | None = None
    ) -> tuple[PlanEntry, ...]:
        """Plan one night: from an aware time on, by default from 13:00 today on the computer.

        It takes seconds, writes to the scheduler's database and disturbs a running sequence: never
        call it while imaging, or on a timer. It is sent once, like a command. Raises ValueError for
        a time without a zone, for which the server would return times without one.
        """
        if start is not None and start.tzinfo is None:
            raise ValueError("the start of a preview needs a time zone")
        params = {} if start is None else {"startTime": start.isoformat()}
        answer = await self._transport.fetch_once(
            "profiles", profile_id, "preview", params=params, within=PREVIEW_TIMEOUT
        )
        return decode_all(PlanEntry, _array(_value(answer)))

    async def get_undecoded_keys(self, profile_id: str) -> dict[str, tuple[str, ...]]:
        """Return the keys that are not decoded, by request.

        Only the targets of the first project are checked.
        """
        projects = await self._list("profiles", profile_id, "projects")
        first = decode_all(Project, projects)[:1]
        answers: list[tuple[str, type, list[Json]]] = [
            ("profiles", SchedulerProfile, await self._list("profiles")),
            ("projects", Project, projects),
            *[("targets", Target, await self._list("projects", p.id, "targets")) for p in first],
        ]
        return {path: tuple(sorted(undecoded_keys(body, model))) for path, model, body in answers}

    async def _ask(self, *path: str, params: Params | None = None) -> Json:
        return _value(await self._transport.fetch(*path, params=params, within=POLL_TIMEOUT))

    async def _list(self, *path: str) -> list[Json]:
        return _array(await self._ask(*path))


async def _identified[T: (SchedulerProfile, Project, Target)](
    model: type[T], body: list[Json]
) -> tuple[T, ...]:
    """Decode objects, many of them outside the event loop.

    Drops those without an id, or with a duplicate one: no request can refer to them.
    """

    def decode() -> tuple[T, ...]:
        found = reversed(decode_all(model, body))
        return tuple({each.id: each for each in found if each.id}.values())[::-1]

    return decode() if len(body) < _MANY else await asyncio.to_thread(decode)


def _value(answer: Answer) -> Json:
    """Decode an answer; errors are pages with a real HTTP status."""
    value = parse_json(answer)
    if answer.status != 200:
        raise NinaResponseError(f"HTTP {answer.status}")
    return value


def _array(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise NinaResponseError(f"expected an array, got {type(value).__name__}")
    return value
