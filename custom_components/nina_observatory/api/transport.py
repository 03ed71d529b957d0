"""A request to N.I.N.A.: by HTTP, its answer out of the envelope around it, and its errors.

The endpoints, one for each subject, build on it. Plugins with a server of their own use no envelope.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from errno import ECONNREFUSED
from functools import lru_cache
from html import unescape
import re
from typing import Any, Final, Protocol

import aiohttp
from aiohttp.hdrs import CONTENT_TYPE
from yarl import URL

from .errors import (
    NinaCommandError,
    NinaCommandLostError,
    NinaConnectionError,
    NinaNotFoundError,
    NinaNotReadyError,
    NinaRefusedError,
    NinaResponseError,
    NinaTimeoutError,
    NinaUnreachableError,
    NinaVersionError,
)
from .models.wire import integer, items, text
from .plugin_version import NEWEST, PluginVersion, release
from .request_rate import RequestRate
from .wire_json import Json, loads

type Params = Mapping[str, str | float | bool | None]

# Answers other than pictures stay far below; nothing is read without a limit.
MAX_BODY: Final = 32 * 1024 * 1024
# Seconds within which a sleeping computer has to accept a connection.
CONNECT_TIMEOUT: Final = 5.0
# A request with a longer timeout than this many seconds may rightly take its time.
PROMPT: Final = 10.0
# How many addresses and time limits of requests are kept.
_KEPT: Final = 64
# The head of a page, which only repeats its title.
_TAG: Final = re.compile(r"(?is)<head.*?</head>|<[^<>]*>")

_NOT_READY: Final = "Sequence is not initialized"
# The text of servers before 2.1 where newer ones return a 404 page.
_NO_ROUTE: Final = "Unknown action"

# Timeouts in seconds of an answer from memory, and of one that has to be computed.
POLL_TIMEOUT: Final = 10.0
WORK_TIMEOUT: Final = 60.0
# Most commands reply at once and continue in the background; some run when N.I.N.A.'s window is
# not busy; others wait for hardware, plate solving, or a slew. Seconds.
COMMAND_TIMEOUT: Final = 20.0
WINDOW_TIMEOUT: Final = 30.0
SLOW_TIMEOUT: Final = 120.0
# Near the place of the mount first, then in the whole sky.
SOLVE_TIMEOUT: Final = 300.0
SLEW_TIMEOUT: Final = 900.0

NO_PARAMS: Final[Params] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; its type as in the header."""

    status: int
    content_type: str
    body: bytes


class Observer(Protocol):
    """Follows whether the server answers."""

    def asked(self) -> None:
        """Handle a request that should be answered promptly."""

    def answered(self) -> None:
        """Handle any answer."""

    def refused(self) -> None:
        """Handle a refused connection."""


class Transport:
    """Send requests to one server, through the caller's sessions.

    The session for commands must keep no connections (`force_close`): a command on a kept one that
    the server has closed meanwhile would be lost. Without that session it only reads.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int,
        base: str,
        commands: aiohttp.ClientSession | None = None,
    ) -> None:
        """Set the address; raises ValueError if the session for commands keeps connections."""
        connector = None if commands is None else commands.connector
        if connector is not None and not connector.force_close:
            raise ValueError("a session for commands must not keep connections")
        self.url = URL.build(scheme="http", host=host, port=port, path=base)
        # Kept, as polls use the same ones for as long as they run.
        self._url_of: Callable[..., URL] = lru_cache(maxsize=_KEPT)(self.url.joinpath)
        self.closed = False
        self.observer: Observer | None = None
        self.rate = RequestRate()
        self._session = session
        self._commands = commands

    async def fetch(
        self, *path: str, params: Params | None = None, within: float, limit: int = MAX_BODY
    ) -> Answer:
        """Send a request that may be repeated.

        The HTTP library repeats such a request once when the connection it reused turns out to be
        closed. Raises NinaUnreachableError if no connection was established, NinaRefusedError if
        nothing listens, NinaConnectionError if it broke, NinaTimeoutError or NinaResponseError.
        """
        if self.observer is not None and within <= PROMPT:
            self.observer.asked()
        try:
            return await self._send(self._session, path, params, within, limit)
        except TimeoutError as err:
            raise NinaTimeoutError(
                f"{self.url.authority} did not respond within {within:g} s"
            ) from err
        except aiohttp.ClientConnectorError as err:
            raise self._unreachable(err) from err
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as err:
            raise NinaResponseError(self._broken(err)) from err
        except aiohttp.ClientError as err:
            raise NinaConnectionError(f"{self.url.authority}: {err}") from err

    async def fetch_once(
        self, *path: str, params: Params | None = None, within: float, limit: int = MAX_BODY
    ) -> Answer:
        """Send a request that must not arrive twice.

        Raises NinaCommandLostError if the connection broke after it was sent, NinaTimeoutError if
        the answer did not arrive in time, NinaUnreachableError if it was never sent.
        """
        try:
            return await self._send(
                self._commands, path, params, within, limit, middlewares=(_hide_broken_connections,)
            )
        except AttributeError as err:
            # How aiohttp ends a request that is still connecting when its session is detached.
            if self._commands is None or not self._commands.closed:
                raise
            raise NinaUnreachableError(f"{self.url.authority}: the client is closed") from err
        except aiohttp.ConnectionTimeoutError as err:
            raise NinaUnreachableError(f"{self.url.authority}: {err}") from err
        except aiohttp.ClientConnectorError as err:
            raise self._unreachable(err) from err
        except TimeoutError as err:
            raise NinaTimeoutError(
                f"{self.url.authority} did not respond within {within:g} s"
            ) from err
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as err:
            raise NinaCommandLostError(f"{self.url.authority}: {err}") from err
        except aiohttp.ClientResponseError as err:
            raise NinaResponseError(self._broken(err)) from err
        except aiohttp.ClientError as err:
            raise NinaConnectionError(f"{self.url.authority}: {err}") from err

    def _broken(self, err: aiohttp.ClientPayloadError | aiohttp.ClientResponseError) -> str:
        """Return the error for a malformed answer, without the parameters of the request."""
        said = err.message if isinstance(err, aiohttp.ClientResponseError) else str(err)
        return f"invalid response from {self.url.authority}: {said}"

    async def _send(
        self,
        session: aiohttp.ClientSession | None,
        path: tuple[str, ...],
        params: Params | None,
        within: float,
        limit: int,
        **options: Any,
    ) -> Answer:
        """Send a request and read the answer up to a limit."""
        if session is None:
            raise NinaConnectionError("the client is read-only")
        if self.closed or session.closed:
            raise NinaConnectionError("the client is closed")
        self.rate.note()
        response = await session.get(
            self._url_of(*path),
            params=_query(params) if params else None,
            timeout=_time_limit(within),
            allow_redirects=False,
            **options,
        )
        try:
            if self.observer is not None:
                self.observer.answered()
            refuse_redirect(response)
            body = await _read(response.content, limit)
        except BaseException:
            # Only one that was read to its end has released its connection.
            response.close()
            raise
        return Answer(response.status, response.headers.get(CONTENT_TYPE, ""), body)

    def _unreachable(self, err: aiohttp.ClientConnectorError) -> NinaUnreachableError:
        """Return the error for a connection that was not established."""
        error = unreachable(self.url, err)
        if self.observer is not None and isinstance(error, NinaRefusedError):
            self.observer.refused()
        return error


def unreachable(url: URL, err: aiohttp.ClientConnectorError) -> NinaUnreachableError:
    """Return the error for a connection that was not established, or was refused."""
    refused = err.os_error.errno == ECONNREFUSED
    kind = NinaRefusedError if refused else NinaUnreachableError
    return kind(f"{url.authority}: {err}")


def refuse_redirect(response: aiohttp.ClientResponse) -> None:
    """Raise NinaResponseError for a redirect.

    N.I.N.A. and its plugins send none, and only the address that a person confirmed identifies the
    server.
    """
    if 300 <= response.status < 400:
        response.close()
        raise NinaResponseError(
            f"{response.url.authority} returned a redirect (HTTP {response.status}), which is refused"
        )


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    """Read to the end; raises NinaResponseError if that is more than a number of bytes."""
    pieces, length = list[bytes](), 0
    while piece := await content.readany():
        pieces.append(piece)
        length += len(piece)
        if length > limit:
            raise NinaResponseError(f"the response is longer than {limit} bytes")
    return b"".join(pieces)


async def _hide_broken_connections(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Convert the errors that make the HTTP library repeat a request, also on a new connection."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        raise NinaCommandLostError(f"{request.url.authority}: {err}") from err


@lru_cache(maxsize=_KEPT)
def _time_limit(within: float) -> aiohttp.ClientTimeout:
    """Return the time limit of a request, in seconds."""
    return aiohttp.ClientTimeout(total=within, sock_connect=CONNECT_TIMEOUT)


def _query(params: Params) -> dict[str, str]:
    """Return parameters in the server's notation: lowercase booleans, a point in numbers."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if value is not None
    }


def parse_json(answer: Answer) -> Json:
    """Decode the body of an answer.

    Raises NinaNotFoundError for the page of a server without the route, NinaResponseError for any
    other page and for a body that is empty or not JSON.
    """
    try:
        return loads(answer.body)
    except ValueError as err:
        if answer.status == 404:
            raise NinaNotFoundError("the server has no such endpoint") from err
        if not answer.body.strip():
            raise NinaResponseError(f"empty response (HTTP {answer.status})") from err
        raise NinaResponseError(
            f"expected JSON, got {answer.content_type.partition(';')[0]} (HTTP {answer.status}):"
            f" {_start_of(answer)}"
        ) from err


def _start_of(answer: Answer) -> str:
    """Return the start of a body that is not JSON; of a page its text, which names an exception."""
    start = answer.body[:4096].decode(errors="replace")
    return unescape(_TAG.sub(" ", start)) if "html" in answer.content_type else start[:200]


@dataclass(frozen=True, slots=True)
class Reply:
    """N.I.N.A.'s reply to a command.

    Neither the text nor `success` proves anything: success mostly means accepted, and no success
    without an error means a refusal of some commands and the success of others. The state decides.
    """

    text: str
    success: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply that is not an error."""

    response: Json
    success: bool

    @property
    def reply(self) -> Reply:
        """The reply to a command."""
        return Reply(text(self.response) or "", self.success)

    def object(self) -> dict[str, Json]:
        """Return the content if it is an object; raises NinaResponseError for anything else."""
        if isinstance(self.response, dict):
            return self.response
        raise NinaResponseError(f"expected an object, got {type(self.response).__name__}")

    def array(self) -> list[Json]:
        """Return the content if it is an array; raises NinaResponseError for anything else."""
        if isinstance(self.response, list):
            return self.response
        raise NinaResponseError(f"expected an array, got {type(self.response).__name__}")

    def text(self) -> str:
        """Return the content if it is text; raises NinaResponseError for anything else."""
        if isinstance(self.response, str):
            return self.response
        raise NinaResponseError(f"expected text, got {type(self.response).__name__}")


def open_envelope(answer: Answer) -> Envelope:
    """Decode an answer by its body; the HTTP status is meaningless.

    Raises NinaCommandError for an error (NinaNotReadyError for a temporary one), NinaNotFoundError
    if the server has no such route, NinaResponseError if the answer is not an envelope.
    """
    body = parse_json(answer)
    if not isinstance(body, dict) or "Response" not in body or "Success" not in body:
        raise NinaResponseError("the response has no envelope")
    success = body["Success"] is True
    code = integer(body.get("StatusCode"))
    error = text(body.get("Error"))
    if error is None and (code is None or code < 400):
        return Envelope(body["Response"], success)
    raise _error(error or "Unknown error", code or 500, body["Response"])


def _error(error: str, code: int, response: object) -> NinaCommandError | NinaNotFoundError:
    """Choose the exception for an error in an envelope."""
    if error == _NO_ROUTE:
        return NinaNotFoundError("the server has no such endpoint")
    if error == _NOT_READY:
        return NinaNotReadyError(error, code)
    details = tuple(filter(None, map(text, items(response))))
    return NinaCommandError(error, code, details)


@dataclass(slots=True)
class Connection:
    """State that the endpoints of one server share.

    `computer_time` is the newest time that the computer sent with its offset, and `likely_zone`
    returns its assumed zone, which such an offset overrides.
    """

    transport: Transport
    plugin: PluginVersion = NEWEST
    computer_time: datetime | None = None
    likely_zone: Callable[[], tzinfo | None] = lambda: None

    def note_computer_time(self, computer_time: datetime | None) -> None:
        """Record a time that the computer sent, if it is the newest."""
        self.computer_time = max(filter(None, (self.computer_time, computer_time)), default=None)


class Endpoint:
    """A subject of the API.

    Every method can raise the errors of a request: NinaConnectionError, NinaTimeoutError,
    NinaResponseError, NinaNotFoundError for a server without the route, NinaCommandError if
    N.I.N.A. refuses, and NinaVersionError if the plugin is too old.

    A command goes out once, on a connection of its own, with every parameter whose absence would
    change its effect: a missing one means 0, false or N.I.N.A.'s own default. It raises
    NinaCommandLostError if the connection broke after it was sent. Its reply proves nothing: see
    `Reply`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def plugin(self) -> PluginVersion:
        """Version and capabilities of the plugin."""
        return self._connection.plugin

    @property
    def _transport(self) -> Transport:
        return self._connection.transport

    async def _ask(
        self, *path: str, params: Params = NO_PARAMS, within: float = POLL_TIMEOUT
    ) -> Envelope:
        """Send a request that changes nothing and may be repeated."""
        return open_envelope(await self._fetch(*path, params=params, within=within))

    async def _fetch(
        self, *path: str, params: Params = NO_PARAMS, within: float = POLL_TIMEOUT
    ) -> Answer:
        """Send such a request, and return its answer as it is."""
        return await self._transport.fetch(*path, params=params, within=within)

    async def _command(
        self, *path: str, params: Params = NO_PARAMS, within: float = COMMAND_TIMEOUT
    ) -> Reply:
        """Send a command."""
        return (await self._order(*path, params=params, within=within)).reply

    async def _order(
        self, *path: str, params: Params = NO_PARAMS, within: float = COMMAND_TIMEOUT
    ) -> Envelope:
        """Send a command whose reply has more than a text."""
        answer = await self._transport.fetch_once(*path, params=params, within=within)
        return open_envelope(answer)

    def _require(self, what: str, *since: int) -> None:
        """Raise NinaVersionError if the server would silently ignore a parameter."""
        if not self.plugin.at_least(*since):
            raise NinaVersionError(
                f"{what} needs plugin version {release(*since)}, but {self.plugin.version} is installed"
            )
