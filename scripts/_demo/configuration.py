"""The configuration folder of the demonstration's Home Assistant."""

from dataclasses import asdict
import json
import os
from pathlib import Path
import shutil

from scripts._storage import write_http, write_store

from .target import BRITISH, DOMAIN, ROOT, Household, Site

EXAMPLES = ROOT / "docs/automations"
COMPONENTS = ROOT / "custom_components"

YAML = """\
# Written by scripts/demo at every start. Make your changes in the browser or in automations.yaml.
homeassistant:
  name: Observatory
  latitude: {latitude}
  longitude: {longitude}
  elevation: {elevation}
  country: {country}
  language: {language}
  unit_system: metric
  time_zone: {time_zone}

automation: !include automations.yaml
config:
conversation:
history:
logbook:
media_source:
my:
recorder:{recorder}
stream:
sun:
{also}logger:
  default: warning
  logs:
    homeassistant.bootstrap: info
    custom_components.{domain}: info
    # Optional programs, missed with a long traceback.
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
"""


def write_configuration(
    config: Path,
    port: int,
    address: str,
    site: Site,
    db_url: str | None = None,
    components: Path = COMPONENTS,
    household: Household = BRITISH,
) -> None:
    """Write what Home Assistant has to find when it starts; what it stored itself stays.

    Without the address of a database its recorder uses SQLite.
    """
    store = config / ".storage"
    store.mkdir(parents=True, exist_ok=True)
    recorder = "" if db_url is None else f"\n  db_url: {json.dumps(db_url)}"
    text = YAML.format(
        domain=DOMAIN,
        time_zone=_time_zone(),
        recorder=recorder,
        language=household.language,
        country=household.country,
        also="".join(f"{each}:\n" for each in household.also),
        **asdict(site),
    )
    (config / "configuration.yaml").write_text(text, encoding="utf-8")
    write_http(store, port, address)
    if not (store / "onboarding").exists():
        # The other steps would set up integrations that look for the internet.
        write_store(store, "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
    if not (config / "automations.yaml").exists():
        (config / "automations.yaml").write_text(_automations(), encoding="utf-8")
    _link(config / "custom_components", components)
    # Home Assistant does not look for blueprints in linked folders.
    _copy(ROOT / "blueprints/automation" / DOMAIN, config / "blueprints/automation" / DOMAIN)


def _automations() -> str:
    """Return the example automations of the documentation, as one list."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.yaml")))


def _link(link: Path, target: Path) -> None:
    """Make a symbolic link, replacing one to another place."""
    _remove(link)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target, target_is_directory=True)


def _copy(source: Path, folder: Path) -> None:
    """Copy a folder, replacing what earlier starts left there."""
    _remove(folder)
    shutil.copytree(source, folder)


def _remove(folder: Path) -> None:
    """Remove a folder, or the link to one, if it exists."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)


def _time_zone() -> str:
    """Return the time zone of this machine, UTC where it has no name."""
    named = os.environ.get("TZ", "")
    if "/" in named and not named.startswith((":", "/")):
        return named
    _, found, zone = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return zone if found else "UTC"
