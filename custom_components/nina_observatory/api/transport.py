"""HTTP requests to one server, their answers and their errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from os import urandom
import re
from typing import Any, Final

import aiohttp
from aiohttp import hdrs
from yarl import URL

from .errors import (
    NinaCommandLostError,
    NinaConnectionError,
    NinaNotFoundError,
    NinaResponseError,
    NinaTimeoutError,
    NinaUnreachableError,
)
from .wire_json import Json, loads

type Params = Mapping[str, str | float | bool | None]

# Answers other than pictures stay far below; nothing is read without a limit.
MAX_BODY: Final = 32 * 1024 * 1024
# Seconds within which a sleeping computer has to accept a connection.
CONNECT_TIMEOUT: Final = 5.0
_CHUNK: Final = 64 * 1024
# The head of a page, which only repeats its title.
_TAG: Final = re.compile(r"(?is)<head.*?</head>|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes


class Transport:
    """Send requests to one server, through the caller's session."""

    def __init__(self, session: aiohttp.ClientSession, host: str, port: int, base: str) -> None:
        self.url = URL.build(scheme="http", host=host, port=port, path=base)
        self.closed = False
        self._session = session

    async def fetch(
        self, *path: str, params: Params | None = None, within: float, limit: int = MAX_BODY
    ) -> Answer:
        """Send a request that may be repeated.

        The HTTP library repeats such a request once when the connection it reused turns out to be
        closed. Raises NinaUnreachableError if no connection was established, NinaConnectionError if
        it broke, NinaTimeoutError or NinaResponseError.
        """
        try:
            return await self._send(path, params, within, limit)
        except TimeoutError as err:
            raise NinaTimeoutError(f"{self.url.authority} did not answer in {within:g} s") from err
        except aiohttp.ClientConnectorError as err:
            raise NinaUnreachableError(f"{self.url.authority}: {err}") from err
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
                path,
                params,
                within,
                limit,
                headers={hdrs.CONNECTION: "close"},
                middlewares=(_hide_broken_connections,),
                # Over plain HTTP this is only a part of the key by which the library pools
                # connections; a unique key forces a new connection.
                ssl=aiohttp.Fingerprint(urandom(32)),
            )
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as err:
            raise NinaUnreachableError(f"{self.url.authority}: {err}") from err
        except TimeoutError as err:
            raise NinaTimeoutError(f"{self.url.authority} did not answer in {within:g} s") from err
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as err:
            raise NinaCommandLostError(f"{self.url.authority}: {err}") from err
        except aiohttp.ClientResponseError as err:
            raise NinaResponseError(self._broken(err)) from err
        except aiohttp.ClientError as err:
            raise NinaConnectionError(f"{self.url.authority}: {err}") from err

    def _broken(self, err: aiohttp.ClientPayloadError | aiohttp.ClientResponseError) -> str:
        """Return the error for a malformed answer, without the parameters of the request."""
        said = err.message if isinstance(err, aiohttp.ClientResponseError) else str(err)
        return f"broken answer from {self.url.authority}: {said}"

    async def _send(
        self,
        path: tuple[str, ...],
        params: Params | None,
        within: float,
        limit: int,
        **options: Any,
    ) -> Answer:
        """Send a request and read the answer up to a limit."""
        if self.closed or self._session.closed:
            raise NinaConnectionError("the client is closed")
        async with self._session.get(
            self.url.joinpath(*path),
            params=_query(params or {}),
            timeout=aiohttp.ClientTimeout(total=within, sock_connect=CONNECT_TIMEOUT),
            allow_redirects=False,
            **options,
        ) as response:
            refuse_redirect(response)
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > limit:
                    response.close()
                    raise NinaResponseError(f"answer longer than {limit} bytes")
            return Answer(response.status, response.content_type, bytes(body))


def refuse_redirect(response: aiohttp.ClientResponse) -> None:
    """Raise NinaResponseError for a redirect.

    N.I.N.A. and its plugins send none, and only the address that a person confirmed identifies the
    server.
    """
    if 300 <= response.status < 400:
        response.close()
        raise NinaResponseError(
            f"{response.url.authority} redirects (HTTP {response.status}), which is not followed"
        )


async def _hide_broken_connections(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Convert the errors that make the HTTP library repeat a request."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        raise NinaCommandLostError(f"{request.url.authority}: {err}") from err


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
            raise NinaNotFoundError("the server has no such route") from err
        if not answer.body.strip():
            raise NinaResponseError(f"empty answer (HTTP {answer.status})") from err
        raise NinaResponseError(
            f"no JSON but {answer.content_type} (HTTP {answer.status}): {_start_of(answer)}"
        ) from err


def _start_of(answer: Answer) -> str:
    """Return the start of a body that is not JSON; of a page its text, which names an exception."""
    start = answer.body[:4096].decode(errors="replace")
    return unescape(_TAG.sub(" ", start)) if "html" in answer.content_type else start[:200]
