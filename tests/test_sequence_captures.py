"""Captured sequences give sensible answers."""

from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.nina_observatory.api import Sequence, ends_at, sequence_exposures
from custom_components.nina_observatory.readings.sequence import SequenceReading

NOW = datetime(2026, 2, 17, 22, tzinfo=UTC)
NAMES = (
    "crescent_running",
    "imaging_guiding",
    "not_started",
    "parked_idle",
    "scheduler_waiting",
    "sh2_101_running",
    "simple_sequence_running",
)


def answers(tree: Sequence) -> dict[str, Any]:
    """Return what the entities of the sequence show."""
    exposures = sequence_exposures(tree)
    reading = SequenceReading(reachable=True, readable=True, tree=tree, exposures=exposures)
    return {
        "state": str(reading.state),
        "instruction": reading.instruction,
        "path": None if tree.activity is None else list(tree.activity.path),
        "target": reading.target,
        "coordinates": None if (at := tree.coordinates) is None else at.right_ascension_string,
        "waiting_until": str(reading.waiting_until),
        "exposures": [exposures.done, exposures.total],
        "progress": exposures.percent,
        "open_ended": exposures.endless,
        "seconds_left": None
        if (end := ends_at(tree, NOW)) is None
        else (end - NOW).total_seconds(),
    }


@pytest.mark.parametrize("name", NAMES)
def test_answers(name: str, fixtures: Path, snapshot: SnapshotAssertion) -> None:
    """State, instruction, target and progress of each captured tree."""
    payload = json.loads((fixtures / f"{name}_sequence_json.json").read_text())
    assert answers(Sequence.from_wire(payload["Response"])) == snapshot
