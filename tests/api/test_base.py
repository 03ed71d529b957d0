"""How models are declared: names on the wire, rules for annotations, keys nobody knows."""

import dataclasses
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    AutofocusReport,
    Camera,
    Equipment,
    Frame,
    PlanEntry,
    Profile,
    Project,
    decode,
    undecoded_keys,
)
from custom_components.nina_observatory.api.models import base
from custom_components.nina_observatory.api.models.base import (
    decode_all,
    decode_optional,
    wire_model,
    wire_name,
)


@pytest.mark.parametrize(
    ("name", "on_the_wire"),
    [
        ("cooler_power", "CoolerPower"),
        ("usb_limit_min", "USBLimitMin"),
        ("electrons_per_adu", "ElectronsPerADU"),
        ("x_size", "XSize"),
        ("star_fwhm", "StarFWHM"),
        ("azimuth_dms", "AzimuthDMS"),
        ("device_id", "DeviceId"),
        ("hfr_std_dev", "HFRStdDev"),
        ("rms_text", "RmsText"),
    ],
)
def test_names(name: str, on_the_wire: str) -> None:
    assert wire_name(name) == on_the_wire


def test_a_model_is_frozen_and_slotted() -> None:
    camera = Camera(connected=True)

    with pytest.raises(dataclasses.FrozenInstanceError):
        camera.connected = False  # type: ignore[misc]  # that is the point
    assert not hasattr(camera, "__dict__")
    assert dataclasses.replace(camera, gain=5).gain == 5


def test_a_field_that_nothing_decodes_is_noticed_at_once() -> None:
    with pytest.raises(TypeError, match="no rule decodes"):

        @wire_model()
        class Odd:
            """A model with a field of a kind that is not on the wire."""

            amount: complex | None = None


def test_no_decoder_is_compiled_while_the_event_loop_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(base, "BasicDecoder")

    for model in (*DEVICE_MODELS.values(), AutofocusReport, Frame, PlanEntry, Profile, Project):
        assert isinstance(decode(model, {}), model)


@pytest.mark.parametrize("payload", [None, 5, "x", [], [{}]])
def test_what_is_no_object_is_none(payload: Any) -> None:
    assert decode_optional(Camera, payload) is None


@pytest.mark.parametrize("payload", [None, 5, "x", {}, [None, 3, []]])
def test_what_is_no_array_of_objects_is_empty(payload: Any) -> None:
    assert decode_all(Camera, payload) == ()


def test_keys_that_no_model_knows() -> None:
    payload = {
        "Camera": {"Connected": True, "Novel": 1, "BinningModes": [{"Name": "1x1", "Z": 0}]},
        "Mount": {"Connected": True, "Coordinates": {"RA": 1, "Parallax": 2}},
        "Teapot": {},
    }

    assert undecoded_keys(payload, Equipment) == {
        "Camera.Novel",
        "Camera.BinningModes.Z",
        "Mount.Coordinates.Parallax",
        "Teapot",
    }
    assert undecoded_keys([], Equipment) == set()
    assert undecoded_keys("text", Equipment) == set()


def test_what_is_not_decoded_is_left_out() -> None:
    payload = {"Name": "Backyard", "WeatherDataSettings": {"OpenWeatherMapAPIKey": "secret"}}

    assert undecoded_keys(payload, Profile) == {"WeatherDataSettings"}
    assert "secret" not in repr(decode(Profile, payload))
