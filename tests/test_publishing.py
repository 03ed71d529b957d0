"""What may be published is a list of what is known to be harmless."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from homeassistant.components.diagnostics import REDACTED
import pytest

from custom_components.nina_observatory.api import Frame, ImageType, Unknown
from custom_components.nina_observatory.control.commands.dome import DomeKey
from custom_components.nina_observatory.helpers.publishing import (
    MOST_PROPERTIES,
    publish_keys,
    publish_model,
    publish_own,
)

NIGHT = datetime(2026, 2, 24, 22, 0, tzinfo=UTC)


class Foreign(StrEnum):
    """An enumeration of somebody else."""

    WORD = "a word of another integration"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (3.5, 3.5),
        ("", ""),
        (DomeKey.CLOSE_SHUTTER, "close_shutter"),
        ("close_shutter", "close_shutter"),
        ("Serial 4711", REDACTED),
        ("4711", REDACTED),
        ("2.2.15.0", "2.2.15.0"),
        ("2.2.15.0 of galileo", REDACTED),
        ("192.168.100.200", REDACTED),
        ("10.0.0.7", REDACTED),
        (Foreign.WORD.value, REDACTED),
        (NIGHT, "2026-02-24T22:00:00+00:00"),
        (NIGHT.isoformat(), "2026-02-24T22:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        (object(), REDACTED),
        (["off", "galileo"], ["off", REDACTED]),
        ({"state": "galileo"}, {"state": REDACTED}),
        ({"binary_sensor.galileo": 1, "C:\\x": 2}, {"other 1": 1, "other 2": 2}),
    ],
)
def test_own_data(value: Any, shown: Any) -> None:
    assert publish_own(value) == shown


def test_a_model() -> None:
    frame = Frame(
        date=NIGHT,
        image_type=ImageType.LIGHT,
        filter="Ha (galileo)",
        target_name="M 31",
        rms_text="",
        hfr=2.5,
    )
    shown = publish_model(frame)
    assert shown["date"] == "2026-02-24T22:00:00+00:00"
    assert shown["image_type"] == "light"
    assert shown["filter"] == shown["target_name"] == REDACTED
    assert shown["rms_text"] == ""
    assert shown["camera_name"] is None
    assert shown["hfr"] == 2.5


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("Galileo", "not known"), (7, "not known: 7"), (4711, f"not known: {REDACTED}")],
)
def test_a_member_that_is_not_known(raw: str | int, shown: str) -> None:
    assert publish_model(Frame(image_type=Unknown(raw)))["image_type"] == shown


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (["Color", "Fan", "HFRMad", "IsX2"], ["Color", "Fan", "HFRMad", "IsX2"]),
        (["ReadonlySwitches.Unit"], ["ReadonlySwitches.Unit"]),
        (["Color", "galileo's"], []),
        (["Color", "Table.Galileo", "Table.SN-4711"], ["Color"]),
        (["A" * 41], []),
        ([""], []),
    ],
)
def test_undecoded_keys(keys: list[str], shown: list[str]) -> None:
    assert publish_keys(keys) == {"count": len(keys), "keys": shown}


def test_only_so_many_undecoded_keys_are_named() -> None:
    keys = [f"Key{chr(65 + number // 26)}{chr(97 + number % 26)}" for number in range(100)]
    shown = publish_keys(keys)
    assert (shown["count"], len(shown["keys"])) == (100, MOST_PROPERTIES)
