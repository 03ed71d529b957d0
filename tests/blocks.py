"""Equipment as it is on the wire: a rig with everything connected, to be changed by tests."""

from copy import deepcopy
from typing import Any

type Blocks = dict[str, dict[str, Any]]

NAN = "NaN"

# The block of each kind of equipment, by its word in the paths of the server.
BLOCKS = {
    "camera": "Camera",
    "mount": "Mount",
    "focuser": "Focuser",
    "filterwheel": "FilterWheel",
    "rotator": "Rotator",
    "guider": "Guider",
    "dome": "Dome",
    "flatdevice": "FlatDevice",
    "switch": "Switch",
    "weather": "WeatherData",
    "safetymonitor": "SafetyMonitor",
}


def _device(name: str) -> dict[str, Any]:
    """Return what every connected device reports of itself."""
    return {
        "Connected": True,
        "Name": name,
        "DisplayName": name,
        "Description": f"{name} driver",
        "DriverInfo": "1.0",
        "DriverVersion": "1.0",
        "DeviceId": name.lower(),
        "SupportedActions": [],
    }


_CONNECTED: Blocks = {
    "Camera": {
        **_device("Camera One"),
        "TargetTemp": 0,
        "AtTargetTemp": False,
        "CanSetTemperature": True,
        "Temperature": -9.9,
        "TemperatureSetPoint": -10,
        "CoolerOn": True,
        "CoolerPower": 47.5,
        "HasDewHeater": True,
        "DewHeaterOn": False,
        "CameraState": "Idle",
        "IsExposing": False,
        "ExposureEndTime": "2026-02-24T22:41:07.1312204+01:00",
        "LastDownloadTime": 1.21,
        "Gain": 100,
        "DefaultGain": 100,
        "GainMin": 0,
        "GainMax": 570,
        "CanGetGain": True,
        "CanSetGain": True,
        "Offset": 50,
        "BinX": 2,
        "BinY": 2,
        "BitDepth": 16,
        "PixelSize": 3.76,
        "SensorType": "RGGB",
        "Battery": 80,
        "ReadoutModes": ["Fast", "Quiet"],
        "ReadoutMode": 1,
        "BinningModes": [{"Name": "1x1", "X": 1, "Y": 1}, {"Name": "2x2", "X": 2, "Y": 2}],
    },
    "Mount": {
        **_device("Mount One"),
        "TrackingMode": "Sidereal",
        "TrackingEnabled": True,
        "TrackingModes": ["Sidereal", "Lunar", "Stopped"],
        "RightAscension": 3.124,
        "RightAscensionString": "03:07:27",
        "Declination": 1.94,
        "DeclinationString": "01° 56' 40\"",
        "Altitude": 44.5,
        "AltitudeString": "44° 30' 00\"",
        "Azimuth": 181.25,
        "AzimuthString": "181° 15' 00\"",
        "SiderealTime": 3.5,
        "SiderealTimeString": "03:30:00",
        "TimeToMeridianFlip": 2.0,
        "SideOfPier": "pierWest",
        "AtPark": False,
        "AtHome": False,
        "Slewing": False,
        "CanFindHome": True,
        "CanPark": True,
        "CanSetTrackingEnabled": True,
        "SiteLatitude": 47.2,
        "SiteLongitude": 8.5,
        "SiteElevation": 450,
        "EquatorialSystem": "JNOW",
        "AlignmentMode": "GermanPolar",
        "UTCDate": "2026-02-24T21:41:07",
    },
    "Focuser": {
        **_device("Focuser One"),
        "Position": 20110,
        "StepSize": 2.5,
        "Temperature": 8.1,
        "IsMoving": False,
        "IsSettling": False,
    },
    "FilterWheel": {
        **_device("Wheel One"),
        "IsMoving": False,
        "SelectedFilter": {"Name": "Ha", "Id": 4},
        "AvailableFilters": [{"Name": "L", "Id": 0}, {"Name": "Ha", "Id": 4}],
    },
    "Rotator": {
        **_device("Rotator One"),
        "Position": 123.45,
        "MechanicalPosition": 23.45,
        "Synced": True,
        "IsMoving": False,
        "CanReverse": True,
    },
    "Guider": {
        **_device("PHD2"),
        "State": "Guiding",
        "PixelScale": 1.77,
        "RMSError": {
            "RA": {"Pixel": 0.31, "Arcseconds": 0.55},
            "Dec": {"Pixel": 0.28, "Arcseconds": 0.5},
            "Total": {"Pixel": 0.42, "Arcseconds": 0.74},
            "PeakRA": {"Pixel": 1.1, "Arcseconds": 1.95},
            "PeakDec": {"Pixel": 0.9, "Arcseconds": 1.59},
        },
    },
    "Dome": {
        **_device("Dome One"),
        "ShutterStatus": "ShutterOpen",
        "Azimuth": 181.5,
        "Altitude": NAN,
        "Slewing": False,
        "AtPark": False,
        "AtHome": False,
        "IsFollowing": True,
        "IsSynchronized": True,
        "CanSetShutter": True,
        "CanSetAzimuth": True,
        "CanPark": True,
        "CanFindHome": True,
    },
    "FlatDevice": {
        **_device("Panel One"),
        "CoverState": "Open",
        "LightOn": False,
        "Brightness": 0,
        "MinBrightness": 0,
        "MaxBrightness": 4096,
        "SupportsOpenClose": True,
        "SupportsOnOff": True,
    },
    "Switch": {
        **_device("Power Box"),
        "WritableSwitches": [
            {
                "Id": 0,
                "Name": "Mount power",
                "Description": "12 V",
                "Value": 1,
                "TargetValue": 1,
                "Minimum": 0,
                "Maximum": 1,
                "StepSize": 1,
            },
        ],
        "ReadonlySwitches": [
            {"Id": 5, "Name": "Input voltage [V]", "Description": "", "Value": 12.8},
            {"Id": 6, "Name": "Current [A]", "Description": "", "Value": 2.25},
        ],
    },
    "WeatherData": {
        **_device("Weather One"),
        "AveragePeriod": 0,
        "CloudCover": 10,
        "DewPoint": 2.5,
        "Humidity": 61.5,
        "Pressure": 1013.2,
        "RainRate": 0,
        "SkyBrightness": 0.0012,
        "SkyQuality": 20.85,
        "SkyTemperature": -18.4,
        "StarFWHM": 2.31,
        "Temperature": 9.4,
        "WindDirection": 270,
        "WindGust": 4.2,
        "WindSpeed": 2.1,
    },
    "SafetyMonitor": {**_device("Safety One"), "IsSafe": True},
}

# The templates that N.I.N.A. sends for what is not connected: defaults, and nothing measured.
_DISCONNECTED: Blocks = {
    "Camera": {
        "TargetTemp": 0,
        "AtTargetTemp": True,
        "Temperature": 0,
        "TemperatureSetPoint": 0,
        "Gain": -1,
        "Offset": 0,
        "Battery": 0,
        "LastDownloadTime": -1,
        "CameraState": "NoState",
        "SensorType": "Monochrome",
        "ExposureEndTime": "2026-02-24T12:00:00+01:00",
    },
    "Mount": {
        "SiderealTime": 0,
        "RightAscension": 0,
        "Declination": 0,
        "Altitude": NAN,
        "AltitudeString": "",
        "Azimuth": NAN,
        "TimeToMeridianFlip": 0,
        "SideOfPier": "pierEast",
        "UTCDate": "0001-01-01T00:00:00",
    },
    "Focuser": {"Position": 0, "StepSize": 0, "Temperature": NAN},
    "FilterWheel": {"IsMoving": False, "AvailableFilters": [{"Name": "L", "Id": 0}]},
    "Rotator": {"Position": 0, "MechanicalPosition": 0, "StepSize": 0, "Synced": False},
    "Guider": {"PixelScale": 0},
    "Dome": {"ShutterStatus": "ShutterNone", "Azimuth": NAN, "Altitude": NAN},
    "FlatDevice": {"CoverState": "Unknown", "MinBrightness": 0, "MaxBrightness": 0},
    "Switch": {},
    "WeatherData": dict.fromkeys(("CloudCover", "RainRate", "Temperature", "WindSpeed"), NAN),
    "SafetyMonitor": {"IsSafe": False},
}


def connected() -> Blocks:
    """Return a rig with everything connected, in the middle of a night."""
    return deepcopy(_CONNECTED)


def disconnected(*keys: str) -> Blocks:
    """Return the templates for some of the equipment, or for all of it."""
    return {key: {**deepcopy(_DISCONNECTED[key]), "Connected": False} for key in keys or _CONNECTED}
