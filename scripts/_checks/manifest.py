"""manifest.json, hacs.json, versions, and what the integration says it depends on."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
import tomllib

import homeassistant

from .files import DOMAIN, imports, integration, parse, python_files, read_json, read_object

REPOSITORY = "https://github.com/nina-observatory/nina-observatory"
REQUIRED = {
    "domain",
    "name",
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "requirements",
    "version",
}
EXPECTED = {
    "domain": DOMAIN,
    "name": "N.I.N.A. Observatory",
    "config_flow": True,
    "documentation": REPOSITORY,
    "integration_type": "hub",
    "iot_class": "local_push",
    "issue_tracker": f"{REPOSITORY}/issues",
}
# Home Assistant 2026.10 ignores the categories and the connectivity.
OPTIONAL = {
    *("after_dependencies", "categories", "connectivity", "dhcp", "loggers", "quality_scale"),
    *("ssdp", "zeroconf"),
}
# What Home Assistant offers them to choose from, by the key of the manifest.
OFFERED = {
    "categories": "generated/integration_categories.json",
    "connectivity": "generated/integration_connectivity.json",
}
VERSION = re.compile(r"\d+\.\d+\.\d+(b\d+)?")
FLOOR = "2026.10.0"
# Platforms and helpers that every Home Assistant has loaded; hassfest exempts them as well.
ALWAYS_THERE = {
    "alarm_control_panel",
    "binary_sensor",
    "button",
    "calendar",
    "camera",
    "cover",
    "diagnostics",
    "event",
    "image",
    "light",
    "llm",
    "media_player",
    "media_source",
    "number",
    "repairs",
    "select",
    "sensor",
    "switch",
    "system_health",
    "update",
    "weather",
}
USABLE_WITHOUT_SETUP = {
    "automation",
    "homeassistant",
    "logbook",
    "logger",
    "persistent_notification",
    "websocket_api",
}


def check_manifest(root: Path) -> Iterator[str]:
    """Check keys, order and values of the manifest."""
    manifest = read_json(integration(root) / "manifest.json")
    keys = list(manifest)
    if keys != ["domain", "name", *sorted(set(keys) - {"domain", "name"})]:
        yield "manifest.json: keys must be domain, name, then alphabetical"
    for key in sorted(REQUIRED - set(keys)):
        yield f"manifest.json: {key} is missing"
    for key in sorted(set(keys) - REQUIRED - OPTIONAL):
        yield f"manifest.json: {key} is not a key of a custom integration"
    for key, value in EXPECTED.items():
        if key in manifest and manifest[key] != value:
            yield f"manifest.json: {key} must be {value!r}"
    for owner in manifest.get("codeowners", []):
        if not owner.startswith("@"):
            yield f"manifest.json: code owner {owner!r} must start with @"
    for requirement in manifest.get("requirements", []):
        if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", requirement):
            yield f"manifest.json: requirement {requirement!r} must be pinned with =="


def check_categories(root: Path) -> Iterator[str]:
    """Check that Home Assistant has the categories and the connectivity of the manifest."""
    manifest = read_json(integration(root) / "manifest.json")
    for key, file in OFFERED.items():
        for value in sorted(set(manifest.get(key, [])) - set(_offered(file))):
            yield f"manifest.json: Home Assistant has no {key} {value}"


def _offered(file: str) -> Iterator[str]:
    """Yield the names in a list of Home Assistant: of its entries, and of the entries below those."""
    for each in read_json(Path(homeassistant.__file__).parent / file):
        yield each["slug"]
        for below in each.get("subcategories", ()):
            yield f"{each['slug']}.{below['slug']}"


def check_requirements(root: Path) -> Iterator[str]:
    """Check that what users install is what the tests run with."""
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    locked = {package["name"]: package.get("version") for package in lock["package"]}
    for requirement in read_json(integration(root) / "manifest.json").get("requirements", []):
        name, _, version = requirement.partition("==")
        if locked.get(name.lower()) != version:
            yield f"manifest.json: {requirement} differs from uv.lock ({locked.get(name.lower())})"


def check_dependencies(root: Path) -> Iterator[str]:
    """Check that every component that is imported is declared."""
    manifest = read_json(integration(root) / "manifest.json")
    declared = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])}
    used: dict[str, str] = {}
    for path in python_files(integration(root)):
        for line, name in imports(parse(path)):
            parts = name.split(".")
            if parts[:2] == ["homeassistant", "components"] and len(parts) > 2:
                used.setdefault(parts[2], f"{path.name}:{line}")
    for component in sorted(set(used) - declared - ALWAYS_THERE - USABLE_WITHOUT_SETUP):
        yield f"{used[component]}: imports {component}, which is not in the manifest's dependencies"
    for component in sorted(declared - set(used)):
        if not _mentioned(root, component):
            yield f"manifest.json: dependency {component} is not used"


def _mentioned(root: Path, component: str) -> bool:
    """Return whether a platform file of that name, or its name in the code, says why it is needed."""
    if (integration(root) / f"{component}.py").exists():
        return True
    nodes = (node for path in python_files(integration(root)) for node in ast.walk(parse(path)))
    return any(isinstance(node, ast.Constant) and node.value == component for node in nodes)


def check_versions(root: Path) -> Iterator[str]:
    """Check that manifest, pyproject and changelog name the same version."""
    version = read_json(integration(root) / "manifest.json").get("version", "")
    if not VERSION.fullmatch(version):
        yield f"manifest.json: {version!r} is not a version like 1.2.3"
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if project["version"] != version:
        yield f"pyproject.toml: version {project['version']} differs from manifest.json ({version})"
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?(\d[\w.]*)", changelog, re.MULTILINE)
    if newest is None or newest[1] != version:
        yield f"CHANGELOG.md: the newest entry must be {version}"


def check_hacs(root: Path) -> Iterator[str]:
    """Check hacs.json."""
    known = {
        "content_in_root": bool,
        "filename": str,
        "hacs": str,
        "hide_default_branch": bool,
        "homeassistant": str,
        "name": str,
        "persistent_directory": str,
        "zip_release": bool,
    }
    hacs = read_object(root / "hacs.json")
    for key, value in hacs.items():
        if key not in known or not isinstance(value, known[key]):
            yield f"hacs.json: {key}: {value!r} is not allowed"
    if not hacs.get("name"):
        yield "hacs.json: name is missing"
    if hacs.get("homeassistant") != FLOOR:
        yield f"hacs.json: homeassistant must be {FLOOR}"
    if hacs.get("zip_release") and hacs.get("filename") != f"{DOMAIN}.zip":
        yield f"hacs.json: a zip release needs the filename {DOMAIN}.zip"
