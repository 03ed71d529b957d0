"""Captured sequences are decoded without a claim that is wrong."""

from datetime import datetime, timedelta
import json
from pathlib import Path
from typing import Any

import pytest

from .sequences import UNKNOWN, Case
from .sequences.models import shown

AT = datetime.fromisoformat("2026-02-17T22:00:00+00:00")
UNCOUNTED = dict.fromkeys(("done", "of", "progress", "ends_at"), UNKNOWN)
NOWHERE = dict.fromkeys(("target", "coordinates"), UNKNOWN)
RUNNING = {"running": True, "at_rest": False, "waiting_until": UNKNOWN}
IDLE = {
    "running": False,
    "at_rest": True,
    "ends_at": UNKNOWN,
    "progress": UNKNOWN,
    "instruction": UNKNOWN,
    "waiting": False,
    "waiting_until": UNKNOWN,
}
EXPOSES = {"instruction": "Smart Exposure", "waiting": False}
# Before plugin 2.2.10 a smart exposure does not count, and these loops end at an altitude of which
# a text tells the time of day. A scheduler shows nothing of what it does, nor that it waits. The
# target of the last one has no name, and its sequence slews nowhere.
CLAIMS: dict[str, dict[str, Any]] = {
    "crescent_running": {
        **RUNNING,
        **UNCOUNTED,
        **EXPOSES,
        "target": "Crescent Nebula",
        "coordinates": [303.02916667, 38.355],
    },
    "sh2_101_running": {**RUNNING, **UNCOUNTED, **EXPOSES, "target": "Sh2 101"},
    "imaging_guiding": {
        **RUNNING,
        **UNCOUNTED,
        **NOWHERE,
        "instruction": "Target Scheduler Container",
        "waiting": False,
    },
    "scheduler_waiting": {
        **RUNNING,
        **UNCOUNTED,
        **NOWHERE,
        "instruction": "Target Scheduler Container",
    },
    "not_started": {**IDLE, **NOWHERE, "of": UNKNOWN},
    "parked_idle": {**IDLE, **NOWHERE},
    "simple_sequence_running": {
        **RUNNING,
        **EXPOSES,
        "target": {"any_of": [UNKNOWN, "LRGBSHO"]},
        "coordinates": UNKNOWN,
        "done": 5,
        "of": 14,
        "progress": 35.71,
        "ends_at": (AT + timedelta(seconds=9 * 10 + 7 * 2)).isoformat(),
    },
}


@pytest.mark.parametrize("name", CLAIMS)
def test_captured_sequences(name: str, fixtures: Path) -> None:
    """What is shown of each."""
    payload = json.loads((fixtures / f"{name}_sequence_json.json").read_text())
    case = Case(
        name=name,
        about=name,
        plugin="",
        at=AT,
        tree=payload["Response"],
        shows=CLAIMS[name],
        frames=[],
        events=[],
    )
    assert case.wrong(shown(case)) == {}
