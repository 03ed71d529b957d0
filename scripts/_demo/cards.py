"""Cards of Home Assistant's own frontend."""

from collections.abc import Iterable
from typing import Any

type Card = dict[str, Any]

FULL = {"columns": "full"}


def section(title: str, icon: str, cards: Iterable[Card | None], span: int = 1) -> Card | None:
    """Return a section with the cards there are, None where there are none."""
    present = [card for card in cards if card is not None]
    if not present:
        return None
    heading = {"type": "heading", "heading": title, "icon": icon}
    return {"type": "grid", "column_span": span, "cards": [heading, *present]}


def tile(entity: str | None, **more: Any) -> Card | None:
    """Return a tile."""
    return None if entity is None else {"type": "tile", "entity": entity, **more}


def shutter(entity: str | None) -> Card | None:
    """Return a tile with buttons to open, stop and close."""
    buttons = {"features": [{"type": "cover-open-close"}], "grid_options": FULL}
    return tile(entity, **buttons)


def picture(entity: str | None) -> Card | None:
    """Return the picture of a camera."""
    if entity is None:
        return None
    shown = {"camera_view": "auto", "show_name": False, "show_state": False, "fit_mode": "contain"}
    return {"type": "picture-entity", "entity": entity, **shown, "grid_options": FULL}


def graph(title: str, entities: Iterable[str | None], hours: int = 3) -> Card | None:
    """Return a graph of sensors."""
    present = [entity for entity in entities if entity is not None]
    if not present:
        return None
    return {
        "type": "history-graph",
        "title": title,
        "entities": [{"entity": entity} for entity in present],
        "hours_to_show": hours,
        "grid_options": FULL,
    }


def gauge(entity: str | None, name: str) -> Card | None:
    """Return a gauge from 0 to 100 %."""
    if entity is None:
        return None
    return {"type": "gauge", "entity": entity, "name": name, "min": 0, "max": 100, "needle": False}


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
