"""quality_scale.yaml, which Home Assistant's own validator skips for custom integrations."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from .files import integration

RULES = 54
STATES = {"done", "todo", "exempt"}


def check_quality_scale(root: Path) -> Iterator[str]:
    """Check that every rule has a state, and every exemption a reason."""
    path = integration(root) / "quality_scale.yaml"
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    if len(rules) != RULES:
        yield f"quality_scale.yaml: {len(rules)} rules, not {RULES}"
    for rule, value in rules.items():
        state = value.get("status") if isinstance(value, dict) else value
        if state not in STATES:
            yield f"quality_scale.yaml: {rule} is {state!r}"
        if state == "exempt" and not (isinstance(value, dict) and value.get("comment")):
            yield f"quality_scale.yaml: {rule} is exempt without a reason"
