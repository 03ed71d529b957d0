"""One way to make plain data of anything the library returns."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import inf, nan
from types import NoneType
from typing import Any

import orjson
import pytest

from custom_components.nina_observatory.api import (
    CameraState,
    Frame,
    ImageType,
    Unknown,
    decode,
    plain,
)
from custom_components.nina_observatory.api.models.equipment import DEVICE_MODELS, DEVICE_PATHS

from .conftest import captured_files, need_fixtures

JSON = {dict, list, str, int, float, bool, NoneType}
NIGHT = datetime(2026, 2, 24, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2.5, 2.5),
        (nan, None),
        (-inf, None),
        ("NaN", "NaN"),
        ("", ""),
        (ImageType.LIGHT, "light"),
        (Unknown("Solar"), "Solar"),
        (Unknown(7), 7),
        (NIGHT, "2026-02-24T22:00:00+00:00"),
        (NIGHT.replace(tzinfo=None), None),
        (date(2026, 2, 24), "2026-02-24"),
        (timedelta(minutes=2), 120.0),
        ((1, (ImageType.DARK, nan)), [1, ["dark", None]]),
        ({ImageType.FLAT: {"since": NIGHT}}, {"flat": {"since": "2026-02-24T22:00:00+00:00"}}),
        ({CameraState.IDLE}, ["idle"]),
    ],
)
def test_a_value(value: Any, expected: Any) -> None:
    found = plain(value)

    assert found == expected
    assert type(found) is type(expected)


def test_a_model() -> None:
    found = plain(Frame(date=NIGHT, image_type=Unknown("Solar"), hfr=nan, filter="Ha"))

    assert (found["date"], found["image_type"]) == ("2026-02-24T22:00:00+00:00", "Solar")
    assert (found["hfr"], found["filter"], found["gain"]) == (None, "Ha", None)


def kinds(value: Any) -> Iterator[type]:
    """Return the type of everything in plain data."""
    yield type(value)
    for each in value.values() if isinstance(value, dict) else value:
        yield from kinds(each) if isinstance(each, dict | list) else (type(each),)


def test_every_recorded_device_is_plain() -> None:
    """What is left is what JSON knows, to the last nested model."""
    need_fixtures()
    seen = 0
    for path in captured_files():
        for role, model in DEVICE_MODELS.items():
            body = orjson.loads(path.read_bytes())
            if f"equipment_{DEVICE_PATHS[role]}_info" in path.name and isinstance(body, dict):
                seen += 1
                assert set(kinds(plain(decode(model, body["Response"])))) <= JSON
    assert seen
