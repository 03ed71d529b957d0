"""The entities of the integration as Home Assistant has them, found by what they are."""

from dataclasses import dataclass
from typing import Any, Self

from .session import Session

NO_READING = {"unknown", "unavailable"}


@dataclass(frozen=True, slots=True)
class Listed:
    """An entity of the registry."""

    entity_id: str
    key: str
    device: str
    name: str
    diagnostic: bool

    @property
    def platform(self) -> str:
        """Return the platform, such as `sensor`."""
        return self.entity_id.partition(".")[0]


class Rig:
    """Finds entities by platform and by role and key, whatever they are called."""

    def __init__(self, listed: list[Listed]) -> None:
        """Keep the enabled entities of one entry."""
        self.listed = listed
        self._ids = {(entity.platform, entity.key): entity.entity_id for entity in listed}

    @classmethod
    async def load(cls, session: Session, entry_id: str) -> Self:
        """Read the registries."""
        devices = {
            device["id"]: device["name_by_user"] or device["name"]
            for device in await session.ask("config/device_registry/list")
        }
        return cls(
            [
                _listed(entity, entry_id, devices)
                for entity in await session.ask("config/entity_registry/list")
                if entity["config_entry_id"] == entry_id and entity["disabled_by"] is None
            ]
        )

    def find(self, platform: str, key: str) -> str | None:
        """Return the entity id for a role and key such as `dome_shutter`, if there is one."""
        return self._ids.get((platform, key))


def _listed(entity: dict[str, Any], entry_id: str, devices: dict[str, str]) -> Listed:
    """Return what is of interest in an entity of the registry."""
    return Listed(
        entity_id=entity["entity_id"],
        key=entity["unique_id"].removeprefix(f"{entry_id}_"),
        device=devices.get(entity["device_id"], ""),
        name=entity["name"] or entity["original_name"] or "",
        diagnostic=entity["entity_category"] == "diagnostic",
    )


def _rounded(reading: str) -> str:
    """Return a reading with as many digits as a person wants to see."""
    try:
        return f"{round(float(reading), 3):g}" if len(reading) > 9 else reading
    except ValueError:
        return reading


@dataclass(frozen=True, slots=True)
class View:
    """The states of a rig at one moment."""

    rig: Rig
    states: dict[str, dict[str, Any]]

    @classmethod
    async def take(cls, session: Session, rig: Rig) -> Self:
        """Read all states."""
        return cls(rig, await session.states())

    def state(self, platform: str, key: str) -> str | None:
        """Return a reading, None if there is none."""
        return self.reading(self.rig.find(platform, key))

    def reading(self, entity_id: str | None) -> str | None:
        """Return the reading of an entity, None if there is none."""
        state = self.states.get(entity_id or "", {}).get("state")
        return None if state in NO_READING else state

    def number(self, key: str) -> float | None:
        """Return the reading of a sensor as a number, None if it is none."""
        try:
            return float(self.state("sensor", key) or "")
        except ValueError:
            return None

    def shown(self, entity_id: str) -> str:
        """Return state and unit as text."""
        state = self.states.get(entity_id, {"state": "absent", "attributes": {}})
        reading, unit = str(state["state"]), state["attributes"].get("unit_of_measurement")
        if unit and reading not in NO_READING:
            return f"{_rounded(reading)} {unit}"
        return reading
