"""The port of the Advanced API, from Touch'N'Stars, a plugin that announces itself on the network.

The Advanced API does not announce itself (docs/field-notes.md, Discovery).
"""

from typing import Final

import aiohttp

from .errors import NinaNotRunningError, NinaResponseError
from .transport import Transport, parse_json

ASK_TIMEOUT: Final = 10.0
_MAX_BODY: Final = 1024
_PORTS: Final = range(1, 65536)
_NOT_RUNNING: Final = -1


async def find_api_port(session: aiohttp.ClientSession, host: str, port: int) -> int:
    """Read the current port of the Advanced API from Touch'N'Stars.

    Raises NinaNotRunningError if the Advanced API is not running, NinaConnectionError,
    NinaTimeoutError, and NinaResponseError for a reply that is not a port.
    """
    transport = Transport(session, host, port, "/api")
    answer = await transport.fetch("get-api-port", within=ASK_TIMEOUT, limit=_MAX_BODY)
    found = parse_json(answer)
    if not isinstance(found, int) or isinstance(found, bool):
        raise NinaResponseError("expected a port")
    if found == _NOT_RUNNING:
        raise NinaNotRunningError("the Advanced API is not running")
    if found not in _PORTS:
        raise NinaResponseError("expected a port")
    return found
