"""Cards of Home Assistant's own frontend."""

from collections.abc import Iterable
from typing import Any

type Card = dict[str, Any]

FULL = {"columns": "full"}
# The device is named by the section, so tiles leave it out.
SHORT = {"type": "entity"}


def section(
    *groups: list[Card], span: int = 1, visibility: list[Card] | None = None
) -> Card | None:
    """Return a section of groups of cards, None if all are empty."""
    cards = [card for group in groups for card in group]
    shown = {"visibility": visibility} if visibility else {}
    return {"type": "grid", "column_span": span, "cards": cards, **shown} if cards else None


def group(title: str, icon: str, *cards: Card | None) -> list[Card]:
    """Return the cards there are under a heading, nothing where there are none."""
    present = [card for card in cards if card is not None]
    return [{"type": "heading", "heading": title, "icon": icon}, *present] if present else []


def tile(entity: str | None, **more: Any) -> Card | None:
    """Return a tile."""
    return None if entity is None else {"type": "tile", "entity": entity, **{"name": SHORT} | more}


def when_known(entity: str | None) -> list[Card]:
    """Return the visibility of a card that is shown only while an entity has a state."""
    unknown = ["unknown", "unavailable"]
    return [{"condition": "state", "entity": entity, "state_not": unknown}] if entity else []


def when_on(entity: str | None) -> list[Card]:
    """Return the visibility of what is shown only while an entity is on, or does not exist."""
    return [{"condition": "state", "entity": entity, "state": "on"}] if entity else []


def badge(entity: str, name: str | None = None) -> Card:
    """Return a badge for the top of the page, shown while the entity has a state."""
    return {
        "type": "entity",
        "entity": entity,
        "name": name or SHORT,
        "show_name": True,
        "visibility": when_known(entity),
    }


def shutter(entity: str | None, name: str) -> Card | None:
    """Return a tile with buttons to open, stop and close."""
    buttons = {"features": [{"type": "cover-open-close"}], "features_position": "inline"}
    return tile(entity, **buttons, name=name, grid_options=FULL)


def picture(entity: str | None) -> Card | None:
    """Return a picture."""
    if entity is None:
        return None
    shown = {"show_name": False, "show_state": False, "fit_mode": "contain"}
    return {"type": "picture-entity", "entity": entity, **shown, "grid_options": FULL}


def graph(entities: dict[str, str | None], hours: float, rows: int) -> Card | None:
    """Return a graph of sensors, given by the names they have in it."""
    lines = [{"entity": entity, "name": name} for name, entity in entities.items() if entity]
    if not lines:
        return None
    size = {"columns": "full", "rows": rows}
    return {
        "type": "history-graph",
        "entities": lines,
        "hours_to_show": hours,
        "expand_legend": True,
        "grid_options": size,
    }


def gauge(entity: str | None, name: str) -> Card | None:
    """Return a gauge from 0 to 100 %."""
    if entity is None:
        return None
    size = {"columns": 6, "rows": 3}
    return {"type": "gauge", "entity": entity, "name": name, "max": 100, "grid_options": size}


def logbook(entities: Iterable[str], hours: int = 24) -> Card | None:
    """Return the logbook of entities."""
    present = list(entities)
    if not present:
        return None
    target = {"entity_id": present}
    return {
        "type": "logbook",
        "target": target,
        "hours_to_show": hours,
        "grid_options": {"columns": "full", "rows": 6},
    }
