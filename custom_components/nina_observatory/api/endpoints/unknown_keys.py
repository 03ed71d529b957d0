"""Finding out what a server tells that this library does not know yet."""

import asyncio
from typing import Any, Final

from ..dialect import needed_version
from ..errors import NinaCommandError, NinaResponseError
from ..models.autofocus import AutofocusReport
from ..models.base import unknown_keys
from ..models.equipment import DEVICE_MODELS, DEVICE_PATHS
from ..models.extras import FlatsStatus, LiveStack
from ..models.frames import Frame
from ..models.sequence import Sequence
from ..models.sequence_node import unknown_keys_of_nodes
from .endpoint import Endpoint
from .flats import FlatsEndpoint
from .live_stack import LiveStackEndpoint
from .optics import FocuserEndpoint

# What is asked, how it is decoded, and the method that does so where not every server knows it.
_QUESTIONS: Final[tuple[tuple[str, type[Any], Any], ...]] = (
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


def _unknown(answer: Any, model: type[Any]) -> set[str]:
    """Name the unknown keys of an answer."""
    return unknown_keys_of_nodes(answer) if model is Sequence else unknown_keys(answer, model)


class UnknownKeysEndpoint(Endpoint):
    """Read everything once more, for the names of what would be lost."""

    async def get(self) -> dict[str, tuple[str, ...]]:
        """Name the keys that are neither decoded nor left out on purpose, by what was asked.

        Asks a dozen times; what cannot be told now is left out. Raises NinaConnectionError.
        """
        return {
            path: tuple(sorted(await asyncio.to_thread(_unknown, answer, model)))
            for path, model, method in _QUESTIONS
            if self._knows(method) and (answer := await self._raw(path)) is not None
        }

    def _knows(self, method: Any) -> bool:
        """Tell whether the server knows a question."""
        return method is None or self.dialect.version >= needed_version(method)

    async def _raw(self, path: str) -> Any:
        """Ask for an answer as it is; None where there is none now."""
        try:
            return (await self._ask(*path.split("/"))).response
        except NinaCommandError, NinaResponseError:
            return None
