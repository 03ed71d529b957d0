"""The captured answers of real installations, for tests that compare with them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

__all__ = ["capture", "names", "response", "sample"]

_FOLDER = Path(
    os.environ.get("NINA_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures" / "real")
)


def _read(path: Path) -> Any:
    """Return the content of a file; skips the test when there is none."""
    if not path.is_file():
        if os.environ.get("NINA_FIXTURES_REQUIRED") == "1":
            pytest.fail(f"{path} does not exist")
        pytest.skip(f"no captured answer {path}; set NINA_FIXTURES")
    return json.loads(path.read_text(encoding="utf-8"))


def capture(name: str) -> Any:
    """Return a captured body by the name of its file."""
    return _read(_FOLDER / f"{name}.json")


def names() -> set[str]:
    """Return the names of all captured bodies."""
    return {path.stem for path in _FOLDER.glob("*.json")}


def response(name: str) -> Any:
    """Return what is in the envelope of a captured body."""
    return capture(name)["Response"]


def sample() -> Any:
    """Return the composed sample of the Target Scheduler's answers."""
    return _read(_FOLDER.parent / "target_scheduler_sample.json")
