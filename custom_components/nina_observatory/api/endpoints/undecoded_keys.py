"""Keys in a server's answers that this library does not decode."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ..errors import NinaCommandError, NinaResponseError
from ..models.autofocus import AutofocusReport
from ..models.base import undecoded_keys
from ..models.equipment import DEVICE_MODELS, DEVICE_PATHS
from ..models.extras import FlatsStatus, LiveStack
from ..models.frames import Frame
from ..models.sequence import Sequence
from ..models.sequence_node import undecoded_keys_of_nodes
from ..plugin_version import needed_version
from ..transport import Endpoint
from ..wire_json import Json
from .flats import FlatsEndpoint
from .live_stack import LiveStackEndpoint
from .optics import FocuserEndpoint

# The request, its model, and its method if not every server supports it.
QUESTIONS: Final[tuple[tuple[str, type, Callable[..., Awaitable[object]] | None], ...]] = (
    *(
        (f"equipment/{DEVICE_PATHS[role]}/info", model, None)
        for role, model in DEVICE_MODELS.items()
    ),
    ("equipment/focuser/last-af", AutofocusReport, FocuserEndpoint.get_last_autofocus),
    ("flats/status", FlatsStatus, FlatsEndpoint.get_status),
    ("image-history", Frame, None),
    ("livestack/image/available", LiveStack, LiveStackEndpoint.get_all),
    ("sequence/json", Sequence, None),
)


def undecoded(answer: object, model: type) -> set[str]:
    """Return the keys of an answer that its model, or the nodes of a sequence, leave out."""
    return undecoded_keys_of_nodes(answer) if model is Sequence else undecoded_keys(answer, model)


class UndecodedKeysEndpoint(Endpoint):
    """Read all data once, for the names of keys that are not decoded."""

    async def get(self) -> dict[str, tuple[str, ...]]:
        """Return the keys that are not decoded, by request.

        Sends all requests that the server supports, and skips those that fail. Raises
        NinaConnectionError.
        """
        return {
            path: tuple(sorted(await asyncio.to_thread(undecoded, answer, model)))
            for path, model, method in QUESTIONS
            if self._supports(method) and (answer := await self._raw(path)) is not None
        }

    def _supports(self, method: Callable[..., Awaitable[object]] | None) -> bool:
        """Return whether the server supports a request."""
        return method is None or self.plugin.version >= needed_version(method)

    async def _raw(self, path: str) -> Json:
        """Return a raw answer; None if there is none now."""
        try:
            return (await self._ask(*path.split("/"))).response
        except NinaCommandError, NinaResponseError:
            return None
