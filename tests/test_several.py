"""The settings of other integrations for several rigs: Home Assistant accepts them."""

from pathlib import Path
import re
from typing import Any

from homeassistant.components.recorder import CONFIG_SCHEMA as RECORDER
from homeassistant.components.recorder.const import SupportedDialect
from homeassistant.helpers.entityfilter import (
    INCLUDE_EXCLUDE_BASE_FILTER_SCHEMA,
    convert_include_exclude_filter,
)
import pytest
from sqlalchemy import make_url
import yaml

PAGE = (Path(__file__).parents[1] / "docs/several.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"\b(?:postgresql|mysql)://[^\s`]+")


def shown(key: str) -> list[Any]:
    """Return what the page shows under a key, secrets as a text."""
    found = [yaml.safe_load(text.replace("!secret ", "")) for text in BLOCK.findall(PAGE)]
    return [block[key] for block in found if isinstance(block, dict) and key in block]


def test_the_recorder_accepts_its_settings() -> None:
    recorders = shown("recorder")
    assert {key for each in recorders for key in each} == {"db_url", "purge_keep_days"}
    for each in recorders:
        RECORDER({"recorder": each})
    (secret,) = {each["db_url"] for each in recorders if "db_url" in each}
    assert shown(secret)[0] in ADDRESS.findall(PAGE)


def test_the_databases_are_supported() -> None:
    named = {make_url(each).get_backend_name() for each in ADDRESS.findall(PAGE)}
    assert named == {SupportedDialect.POSTGRESQL, SupportedDialect.MYSQL}


@pytest.mark.parametrize(
    ("entity_id", "sent"),
    [
        ("sensor.observatory_camera_temperature", True),
        ("cover.observatory_dome", True),
        ("sensor.kitchen_temperature", False),
    ],
)
def test_influxdb_gets_the_observatory(entity_id: str, sent: bool) -> None:
    """The connection is set up in the browser: Home Assistant takes none from YAML any more."""
    (settings,) = shown("influxdb")
    assert set(settings) == {"include"}
    chosen = convert_include_exclude_filter(INCLUDE_EXCLUDE_BASE_FILTER_SCHEMA(settings))
    assert chosen(entity_id) is sent
