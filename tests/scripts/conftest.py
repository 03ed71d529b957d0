"""A small checkout without faults, for the checks to find faults in, and a loaded Home Assistant."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import pytest

from scripts._checks.files import DOMAIN
from scripts._checks.manifest import REPOSITORY

from .loaded import Loaded, loading

MANIFEST = {
    "domain": DOMAIN,
    "name": "N.I.N.A. Observatory",
    "after_dependencies": [],
    "categories": ["hubs_protocols"],
    "codeowners": ["@nina-observatory"],
    "config_flow": True,
    "connectivity": ["network"],
    "dependencies": [],
    "documentation": REPOSITORY,
    "integration_type": "hub",
    "iot_class": "local_push",
    "issue_tracker": f"{REPOSITORY}/issues",
    "requirements": ["mashumaro==3.23"],
    "version": "1.2.3",
    "zeroconf": ["_touchnstars._tcp.local."],
}
PROVEN = {"status": "done", "comment": "Here: pyproject.toml CHANGELOG.md#122"}
RULES = {f"rule-{number}": PROVEN for number in range(54)}
TEXTS: dict[str, Any] = {
    "common": {"dashboard_title": "Observatory", "plot_title": "Guiding"},
    "entity": {"cover": {"shutter": {"name": "Shutter"}}},
    "exceptions": {
        "cannot_connect": {"message": "Could not reach {host}"},
        "dome_unproven": {"message": "The dome did not close"},
    },
    "selector": {"image_type": {"options": {"light": "Light frame"}}},
    "services": {
        "capture": {
            "name": "Capture",
            "description": "Takes a frame.",
            "fields": {"image_type": {"name": "Type", "description": "Type of the frame."}},
        }
    },
}
ICONS = {
    "entity": {"cover": {"shutter": {"default": "mdi:window-shutter"}}},
    "services": {"capture": {"service": "mdi:camera"}},
}
ACTIONS = """\
capture:
  fields:
    image_type:
      selector:
        select:
          translation_key: image_type
          options: [light]
"""
CODE = '''\
"""A platform."""

from homeassistant.components.cover import CoverEntity
from homeassistant.exceptions import HomeAssistantError

SEEN = "seen"


def fail(key: str) -> None:
    """Raise."""
    raise HomeAssistantError(translation_domain="x", translation_key=f"{key}_unproven")


def fail_otherwise() -> None:
    """Raise."""
    raise HomeAssistantError(translation_domain="x", translation_key="cannot_connect")
'''

DASHBOARD = 'const title = (t) => t("title");\n'

ERRORS = '''\
"""Errors."""

from enum import StrEnum


class Reason(StrEnum):
    """Why."""

    CANNOT_CONNECT = "cannot_connect"


CONNECTION = Reason.CANNOT_CONNECT
'''


class Checkout:
    """A checkout in a temporary folder."""

    def __init__(self, root: Path) -> None:
        """Write the files."""
        self.root = root
        self.integration = root / "custom_components" / DOMAIN
        self.write_json("manifest.json", MANIFEST)
        self.write_json("translations/en.json", TEXTS)
        self.write_json("icons.json", ICONS)
        self.write("services.yaml", ACTIONS)
        self.write_json("quality_scale.yaml", {"rules": RULES})
        self.write("cover.py", CODE)
        self.write("errors.py", ERRORS)
        self.write("api/__init__.py", '"""The client."""\n')
        self.write("frontend/dashboard.js", DASHBOARD)
        (root / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
        (root / "uv.lock").write_text('[[package]]\nname = "mashumaro"\nversion = "3.23"\n')
        (root / "CHANGELOG.md").write_text(
            "# Changelog\n\n## 1.2.3\n\nFirst.\n\n## 1.2.2\n\nOld.\n"
        )
        hacs = {"name": "N", "homeassistant": "2026.10.0", "hide_default_branch": True}
        (root / "hacs.json").write_text(json.dumps(hacs))

    def write(self, name: str, text: str) -> None:
        """Write a file of the integration."""
        path = self.integration / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file of the integration."""
        self.write(name, json.dumps(content))

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file of the integration; it must be there."""
        text = (self.integration / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a checkout in which no check finds a fault."""
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Run code where Home Assistant is loaded already."""
    with loading() as program:
        yield program
