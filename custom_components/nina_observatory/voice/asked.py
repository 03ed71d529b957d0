"""Questions and commands: by whom, in which language, and for which observatory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.core import Context, HomeAssistant

from ..runtime import NinaConfigEntry, NinaRuntimeData
from .texts import VoiceTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A sentence that was understood; `satellite` is the voice satellite that received it."""

    text: str
    language: str
    context: Context
    device: str | None = None
    satellite: str | None = None

    @classmethod
    def of(cls, trigger: Mapping[str, Any]) -> Self:
        """Return the sentence of a conversation trigger."""
        heard = trigger["user_input"]
        return cls(
            text=heard["text"],
            language=heard["language"],
            context=Context(**heard["context"]),
            device=heard["device_id"],
            satellite=heard["satellite_id"],
        )

    @property
    def speaker(self) -> tuple[str | None, ...]:
        """Return who spoke, as far as that is known."""
        return (self.context.user_id, self.device, self.satellite)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question or command for a loaded observatory."""

    hass: HomeAssistant
    entry: NinaConfigEntry
    texts: VoiceTexts
    utterance: Utterance

    @property
    def runtime(self) -> NinaRuntimeData:
        """Return the runtime data of the entry."""
        return self.entry.runtime_data
