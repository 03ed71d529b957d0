"""Answers of drivers and the sensors that have no value then: block, changed keys, sensor."""

import pytest

from .blocks import NAN

# The driver has no such value: the sensor is absent.
ODD = [
    pytest.param("Focuser", {"StepSize": NAN}, "focuser_step_size", id="step size NaN"),
    pytest.param("Focuser", {"StepSize": 0}, "focuser_step_size", id="step size 0"),
    pytest.param("Focuser", {"Temperature": NAN}, "focuser_temperature", id="no probe"),
    pytest.param("Camera", {"Battery": -1}, "camera_battery", id="no battery"),
    pytest.param("Camera", {"CoolerPower": NAN}, "camera_cooler_power", id="power unknown"),
    pytest.param("Camera", {"CanSetTemperature": False}, "camera_cooler_power", id="no cooler"),
    pytest.param("Camera", {"Temperature": NAN}, "camera_temperature", id="no thermometer"),
    pytest.param("Camera", {"Gain": -1}, "camera_gain", id="no gain"),
    pytest.param("Camera", {"Offset": -1}, "camera_offset", id="no offset"),
    pytest.param("Camera", {"ReadoutModes": []}, "camera_readout_mode", id="no readout modes"),
    pytest.param("Dome", {"CanSetAzimuth": False, "Azimuth": NAN}, "dome_azimuth", id="a roof"),
    pytest.param("Dome", {"CanSetAzimuth": False}, "dome_azimuth", id="a roof with an azimuth"),
    pytest.param(
        "Dome",
        {"CanSetShutter": False, "ShutterStatus": "ShutterNone"},
        "dome_shutter_state",
        id="no shutter",
    ),
    pytest.param(
        "FlatDevice", {"SupportsOpenClose": False}, "flat_panel_cover_state", id="no cover"
    ),
    pytest.param("Guider", {"State": None}, "guider_state", id="no words"),
    pytest.param("WeatherData", {"StarFWHM": NAN}, "weather_star_fwhm", id="no seeing"),
    pytest.param("Switch", {"ReadonlySwitches": None}, "switch_hub_channel_5", id="no gauges"),
    pytest.param(
        "Switch",
        {"ReadonlySwitches": [{"Id": 5, "Name": "Volt", "Value": NAN}]},
        "switch_hub_channel_5",
        id="a gauge without a value",
    ),
]

# The driver has the value, and does not know it now: the sensor is unknown.
UNKNOWN = [
    pytest.param("Camera", {"LastDownloadTime": -1}, "camera_last_download_time", id="no download"),
    pytest.param("Camera", {"CameraState": "Dreaming"}, "camera_state", id="a new state"),
    pytest.param("Camera", {"CameraState": "NoState"}, "camera_state", id="no state"),
    pytest.param("Camera", {"ReadoutMode": 7}, "camera_readout_mode", id="no such mode"),
    pytest.param("Camera", {"BinX": 0}, "camera_binning", id="binning 0"),
    pytest.param("Camera", {"PixelSize": NAN}, "camera_pixel_size", id="pixel size NaN"),
    pytest.param("Camera", {"SensorType": 99}, "camera_sensor_type", id="a new sensor type"),
    pytest.param("Mount", {"SideOfPier": "pierUnknown"}, "mount_side_of_pier", id="pier unknown"),
    pytest.param("Mount", {"SideOfPier": "REDACTED"}, "mount_side_of_pier", id="a new side"),
    pytest.param("Mount", {"RightAscension": NAN}, "mount_right_ascension", id="nowhere"),
    pytest.param("Mount", {"Altitude": NAN}, "mount_altitude", id="altitude NaN"),
    pytest.param("Mount", {"TimeToMeridianFlip": 24}, "mount_time_to_meridian_flip", id="24 hours"),
    pytest.param("Mount", {"TimeToMeridianFlip": NAN}, "mount_meridian_flip_at", id="flip NaN"),
    pytest.param("Rotator", {"Synced": False}, "rotator_position", id="not synced"),
    pytest.param("Guider", {"State": "Dithering"}, "guider_state", id="words of another guider"),
    pytest.param("Guider", {"RMSError": None}, "guider_rms_total", id="no guide steps"),
    pytest.param("Guider", {"PixelScale": 0}, "guider_pixel_scale", id="pixel scale 0"),
    pytest.param("Dome", {"Azimuth": NAN}, "dome_azimuth", id="dome nowhere"),
    pytest.param("Dome", {"ShutterStatus": "ShutterNone"}, "dome_shutter_state", id="no reading"),
    pytest.param("FlatDevice", {"CoverState": "Unknown"}, "flat_panel_cover_state", id="cover"),
    pytest.param("FilterWheel", {"SelectedFilter": None}, "filter_wheel_filter", id="no filter"),
]
