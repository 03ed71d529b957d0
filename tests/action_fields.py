"""Fields with which the actions make sense."""

from typing import Any, Final

from custom_components.nina_observatory.actions import ACTIONS, Action

# A sensible value for each required field; where actions differ, by action and field.
SENSIBLE: dict[str | tuple[str, str], Any] = {
    "azimuth": 180,
    "brightness": 200,
    "count": 1,
    "declination": "+30°",
    "device": "camera",
    "exposure": 1,
    "filename": "/nowhere/nina.jpg",
    "filter": "Ha",
    "mode": "lunar",
    "path": "CameraSettings-Gain",
    "plot": "guiding",
    "position": 100,
    "profile": "Telescope",
    "right_ascension": "05h34m32s",
    "sequence": "Evening",
    "switch": "Telescope",
    "target": "M 31",
    "target_name": "M 31",
    "temperature": 5,
    "value": 1,
}

# What actions make sense with that need one of several fields.
CHOSEN: dict[str, dict[str, Any]] = {
    "set_framing": {"right_ascension": "05h34m32s", "declination": "+30°"},
    "slew": {"right_ascension": "05h34m32s", "declination": "+30°"},
}

BY_NAME: Final = {action.name: action for action in ACTIONS}


def required(action: Action) -> list[str]:
    """Return the fields that an action needs."""
    return [str(marker) for marker in action.fields if type(marker).__name__ == "Required"]


def sensible(action: Action) -> dict[str, Any]:
    """Return fields with which an action makes sense."""
    needed = {
        field: SENSIBLE.get((action.name, field), SENSIBLE.get(field)) for field in required(action)
    }
    return {**needed, **CHOSEN.get(action.name, {})}
