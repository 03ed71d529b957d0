"""Make the list of the keys that servers are known to send and nothing decodes."""

from collections import defaultdict
from collections.abc import Iterator
import os
from pathlib import Path
from typing import Any

import orjson

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    DEVICE_PATHS,
    Equipment,
    Project,
    SchedulerProfile,
    Target,
)
from custom_components.nina_observatory.api.endpoints.undecoded_keys import QUESTIONS, undecoded
from custom_components.nina_observatory.api.models.base import model_config

ROOT = Path(__file__).resolve().parent.parent.parent
PATH = "docs/undecoded-keys.md"

HEAD = """# Keys that are not decoded

This file is made by `scripts/make_docs`, from the recorded answers of real installations that the
folder in `NINA_FIXTURES` holds; without such a folder it stays as it is.

The diagnostics of an entry name, under `undecoded_keys`, every key that N.I.N.A. and its plugins send
and this integration doesn't use, never its value. The keys below are known. Any other is new: it
comes from a newer plugin, or from an instruction that another plugin adds to the sequencer.
"""
# The parts of names of recordings, and the requests they answer.
_SUFFIXES = {
    "image_history_all": "image-history",
    "image_history_latest": "image-history",
    "livestack_image_available": "livestack/image/available",
    "equipment_focuser_last_af": "equipment/focuser/last-af",
    "flats_status": "flats/status",
    "sequence_json": "sequence/json",
    **{f"equipment_{path}_info": f"equipment/{path}/info" for path in DEVICE_PATHS.values()},
}
_SCHEDULER = {"profiles": SchedulerProfile, "projects": Project, "targets": Target}
_MODELS: dict[str, type] = {
    **{path: model for path, model, _ in QUESTIONS},
    **{f"scheduler/{path}": model for path, model in _SCHEDULER.items()},
}


def fixtures() -> Path | None:
    """Return the folder with recorded answers, if there is one."""
    folder = Path(os.environ.get("NINA_FIXTURES", ""))
    return folder if any(folder.glob("*_equipment_info.json")) else None


def answers(file: Path) -> Iterator[tuple[str, Any]]:
    """Return what a recording answers, by request; a bundle answers one for each device."""
    body = orjson.loads(file.read_bytes())
    if file.stem.startswith("ts_docs_"):
        yield f"scheduler/{file.stem.removeprefix('ts_docs_')}", body
        return
    content = body.get("Response") if isinstance(body, dict) else body
    for suffix, path in _SUFFIXES.items():
        if file.stem.endswith(suffix):
            yield path, content
    if file.stem.endswith("equipment_info") and isinstance(content, dict):
        names = model_config(Equipment).aliases
        for role in DEVICE_MODELS:
            yield f"equipment/{DEVICE_PATHS[role]}/info", content.get(names[role.value])


def known_keys(folder: Path) -> dict[str, list[str]]:
    """Return the keys in recorded answers that are not decoded, by request."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in sorted(folder.glob("*.json")):
        for path, answer in answers(file):
            if path in _MODELS:
                found[path] |= undecoded(answer, _MODELS[path])
    return {path: sorted(keys) for path, keys in sorted(found.items()) if keys}


def undecoded_keys() -> str:
    """Return the list; what is there already where there are no recordings."""
    folder = fixtures()
    if folder is None:
        return (ROOT / PATH).read_text(encoding="utf-8")
    rows = [
        f"| `{path}` | {', '.join(f'`{key}`' for key in keys)} |"
        for path, keys in known_keys(folder).items()
    ]
    return "\n".join([HEAD, "| request | keys |", "|---|---|", *rows, ""])
