"""The settings of a fresh profile."""

from typing import TYPE_CHECKING, Any

from .enums import FlatWizardMode, Named, RotatorRange

if TYPE_CHECKING:
    from .sky import Site

__all__ = ["FILTERS", "filter_settings", "settings"]

FILTERS = ("L", "R", "G", "B", "Ha", "OIII", "SII")
_OFFSETS = {"R": 12, "G": 8, "B": 15, "Ha": 28, "OIII": 24, "SII": 30}
_HOME = "C:\\Users\\observer"
_DOCUMENTS = f"{_HOME}\\Documents\\N.I.N.A"

_LOG_LEVELS = ("ERROR", "WARNING", "INFO", "DEBUG", "TRACE")
_FITTINGS = ("TRENDLINES", "PARABOLIC", "TRENDPARABOLIC", "HYPERBOLIC", "TRENDHYPERBOLIC")
_SYNC_DIRECTIONS = ("PROMPT", "TOAPPLICATION", "TOTELESCOPE", "NOSYNC")
_SOLVERS = [
    "ASTROMETRY_NET",
    "LOCAL",
    "PLATESOLVE2",
    "PLATESOLVE3",
    "ASPS",
    "ASTAP",
    "TSX_IMAGELINK",
    "PINPONT",
]
_BLIND = ["ASTROMETRY_NET", "LOCAL", "ASPS", "ASTAP", "PLATESOLVE3", "PINPOINT"]
_FILES = ("TIFF", "FITS", "XISF", "TIFF_ZIP", "TIFF_LZW", "RAW")
_SURVEYS = ["NASA", "SKYSERVER", "STSCI", "ESO", "HIPS2FITS", "SKYATLAS", "FILE", "CACHE"]
_BULB = ("NATIVE", "SERIALPORT", "SERIALRELAY", "TELESCOPESNAPPORT")
_PLANETARIA = ("CDC", "STELLARIUM", "THESKYX", "HNSKY", "C2A", "SKYTECHX")
_HISTORY = ["NONE", "HFR", "Stars", "Median", "Mean", "StDev", "MAD", "Temperature", "Rms"]
_SENSITIVITY = ("Normal", "High", "Highest")
_NOISE = ("None", "Median", "Normal", "High", "Highest")
_ONE_BY_ONE = {"Name": "1x1", "X": 1, "Y": 1}


def filter_settings(name: str, position: int) -> dict[str, Any]:
    """Return the filter object of a filter."""
    return {
        "Name": name,
        "FocusOffset": _OFFSETS.get(name, 0),
        "Position": position,
        "AutoFocusExposureTime": -1.0,
        "AutoFocusFilter": False,
        "FlatWizardFilterSettings": {
            "FlatWizardMode": FlatWizardMode.DYNAMIC_EXPOSURE,
            "HistogramMeanTarget": 0.5,
            "HistogramTolerance": 0.1,
            "MaxFlatExposureTime": 30.0,
            "MinFlatExposureTime": 0.01,
            "MaxAbsoluteFlatDeviceBrightness": 100,
            "MinAbsoluteFlatDeviceBrightness": 0,
            "Gain": -1,
            "Offset": -1,
            "Binning": dict(_ONE_BY_ONE),
        },
        "AutoFocusBinning": dict(_ONE_BY_ONE),
        "AutoFocusGain": -1,
        "AutoFocusOffset": -1,
    }


def settings(name: str, site: Site) -> dict[str, Any]:
    """Return all sections of the settings of a fresh profile."""
    devices = (_camera_and_roof(), _optics(), _pointing(name))
    parts = (_application(site), *devices, _imaging(), _procedures(), _others())
    return {key: value for part in parts for key, value in part.items()}


def _application(site: Site) -> dict[str, Any]:
    """Return what concerns the program and the site."""
    return {
        "ApplicationSettings": {
            "Culture": "en-GB",
            "DevicePollingInterval": 2.0,
            "PageSize": 50,
            "LogLevel": Named.of(_LOG_LEVELS, "INFO"),
        },
        "AstrometrySettings": {
            "Latitude": site.latitude,
            "Longitude": site.longitude,
            "Elevation": float(site.elevation),
            "HorizonFilePath": "",
            "Observer": "",
            "Observatory": "Simulated Observatory",
            "Site": "",
        },
        "ColorSchemaSettings": {"AltColorSchema": "Dark", "ColorSchema": "Light"},
    }


def _camera_and_roof() -> dict[str, Any]:
    """Return what concerns camera and dome."""
    return {
        "CameraSettings": {
            "Id": "Native_CMOS_2000MM",
            "LastDeviceName": "CMOS 2000MM",
            "PixelSize": 2.9,
            "BitDepth": 16,
            "BulbMode": Named.of(_BULB, "NATIVE"),
            "CoolingDuration": 5.0,
            "WarmingDuration": 5.0,
            "Temperature": 0.0,
            "Gain": 100,
            "Offset": 50,
            "Timeout": 60,
            "DewHeaterOn": False,
        },
        "DomeSettings": {
            "Id": "ASCOM.RollOff.Dome",
            "LastDeviceName": "Rotating Dome",
            "AzimuthTolerance_degrees": 2.0,
            "FindHomeBeforePark": False,
            "DomeSyncTimeoutSeconds": 120,
            "SynchronizeDuringMountSlew": False,
            "CloseOnUnsafe": False,
            "ParkMountBeforeShutterMove": False,
            "RefuseUnsafeShutterMove": False,
            "RefuseUnsafeShutterOpenSansSafetyDevice": False,
            "RefuseUnparkWithoutShutterOpen": False,
            "ParkDomeBeforeShutterMove": False,
            "MountType": Named.of(("EQUATORIAL", "FORK_ON_WEDGE"), "EQUATORIAL"),
            "SettleTimeSeconds": 1,
        },
    }


def _optics() -> dict[str, Any]:
    """Return what concerns what sits in the light path."""
    return {
        "FilterWheelSettings": {
            "Id": "FilterWheel_7",
            "LastDeviceName": "Filter Wheel 7x36",
            "DisableGuidingOnFilterChange": False,
            "Unidirectional": False,
            "FilterWheelFilters": [filter_settings(item, n) for n, item in enumerate(FILTERS)],
        },
        "FlatDeviceSettings": {
            "Id": "ASCOM.FlatPanel.CoverCalibrator",
            "LastDeviceName": "Motorised Flat Panel",
            "SettleTime": 0,
            "TrainedFlatExposureSettings": [],
        },
        "FocuserSettings": {
            "Id": "ASCOM.Crayford.Focuser",
            "LastDeviceName": "Crayford Focuser",
            "UseFilterWheelOffsets": True,
            "AutoFocusStepSize": 60,
            "AutoFocusInitialOffsetSteps": 4,
            "AutoFocusExposureTime": 5.0,
            "AutoFocusMethod": Named.of(("STARHFR", "CONTRASTDETECTION"), "STARHFR"),
            "AutoFocusDisableGuiding": True,
            "FocuserSettleTime": 0,
            "AutoFocusTotalNumberOfAttempts": 1,
            "AutoFocusCurveFitting": Named.of(_FITTINGS, "TRENDPARABOLIC"),
            "BacklashCompensationModel": Named.of(("ABSOLUTE", "OVERSHOOT"), "OVERSHOOT"),
            "BacklashIn": 0,
            "BacklashOut": 100,
            "AutoFocusTimeoutSeconds": 600,
            "RSquaredThreshold": 0.7,
        },
    }


def _pointing(name: str) -> dict[str, Any]:
    """Return what concerns mount, guider and rotator, and the weather."""
    return {
        "GuiderSettings": {
            "GuiderName": "PHD2_Single",
            "DitherPixels": 5.0,
            "DitherRAOnly": False,
            "SettleTime": 10,
            "SettlePixels": 1.5,
            "SettleTimeout": 40,
            "PHD2ServerUrl": "localhost",
            "PHD2ServerPort": 4400,
            "PHD2HistorySize": 100,
            "PHD2GuiderScale": Named.of(("PIXELS", "ARCSECONDS"), "ARCSECONDS"),
        },
        "RotatorSettings": {
            "Id": "ASCOM.FieldRotator.Rotator",
            "LastDeviceName": "Field Rotator",
            "Reverse2": False,
            "RangeType": RotatorRange.FULL,
            "RangeStartMechanicalPosition": 0.0,
        },
        "SafetyMonitorSettings": {
            "Id": "ASCOM.CloudWatch.SafetyMonitor",
            "LastDeviceName": "Cloud Watch Safety Monitor",
        },
        "SwitchSettings": {"Id": "ASCOM.PowerHub.Switch", "LastDeviceName": "Power Hub"},
        "TelescopeSettings": {
            "Id": "ASCOM.EquatorialMount.Telescope",
            "LastDeviceName": "Equatorial Mount",
            "Name": "Refractor 400" if "2" not in name else "Reflector 1000",
            "MountName": "Equatorial Mount",
            "FocalLength": 400.0,
            "FocalRatio": 5.0,
            "SettleTime": 5,
            "NoSync": False,
            "TelescopeLocationSyncDirection": Named.of(_SYNC_DIRECTIONS, "NOSYNC"),
            "TimeSync": False,
        },
        "WeatherDataSettings": {
            "Id": "ASCOM.RoofStation.ObservingConditions",
            "LastDeviceName": "Roof Weather Station",
            "OpenWeatherMapAPIKey": "simulated-secret-key",
            "TheWeatherCompanyAPIKey": "",
            "WeatherUndergroundAPIKey": "",
            "WeatherUndergroundStation": "",
        },
    }


def _imaging() -> dict[str, Any]:
    """Return what concerns frames and solving."""
    return {
        "FlatWizardSettings": {
            "FlatCount": 10,
            "HistogramMeanTarget": 0.5,
            "HistogramTolerance": 0.1,
            "DarkFlatCount": 0,
            "FlatWizardMode": FlatWizardMode.DYNAMIC_EXPOSURE,
        },
        "FramingAssistantSettings": {
            "LastSelectedImageSource": Named.of(_SURVEYS, "SKYATLAS"),
            "CameraHeight": 1096,
            "CameraWidth": 1936,
            "FieldOfView": 3.0,
            "Opacity": 0.2,
            "LastRotationAngle": 0.0,
        },
        "ImageFileSettings": {
            "FilePath": _DOCUMENTS,
            "FilePattern": "$$DATEMINUS12$$\\$$IMAGETYPE$$\\$$DATETIME$$_$$FILTER$$",
            "FileType": Named.of(_FILES, "FITS"),
        },
        "ImageSettings": {
            "AutoStretchFactor": 0.2,
            "BlackClipping": -2.8,
            "DebayerImage": True,
            "UnlinkedStretch": True,
            "StarSensitivity": Named.of(_SENSITIVITY, "High"),
            "NoiseReduction": Named.of(_NOISE, "None"),
            "DetectStars": True,
            "AutoStretch": True,
        },
    }


def _procedures() -> dict[str, Any]:
    """Return what concerns flips, solving and snapshots."""
    return {
        "MeridianFlipSettings": {
            "Recenter": True,
            "MinutesAfterMeridian": 5.0,
            "MaxMinutesAfterMeridian": 10.0,
            "PauseTimeBeforeMeridian": 0.0,
            "UseSideOfPier": True,
            "SettleTime": 30,
            "AutoFocusAfterFlip": False,
            "RotateImageAfterFlip": False,
        },
        "PlateSolveSettings": {
            "PlateSolverType": Named.of(_SOLVERS, "ASTAP"),
            "BlindSolverType": Named.of(_BLIND, "ASTAP"),
            "AstrometryURL": "http://nova.astrometry.net",
            "AstrometryAPIKey": "simulated-secret-key",
            "SearchRadius": 30.0,
            "ExposureTime": 2.0,
            "Threshold": 1.0,
            "RotationTolerance": 1.0,
            "NumberOfAttempts": 10,
            "Gain": -1,
            "Binning": 1,
        },
        "SnapShotControlSettings": {
            "Gain": -1,
            "ExposureDuration": 1.0,
            "Save": False,
            "Loop": False,
        },
    }


def _others() -> dict[str, Any]:
    """Return the rest."""
    return {
        "PlanetariumSettings": {
            "StellariumHost": "localhost",
            "StellariumPort": 8090,
            "PreferredPlanetarium": Named.of(_PLANETARIA, "STELLARIUM"),
        },
        "SequenceSettings": {
            "DefaultSequenceFolder": _DOCUMENTS,
            "SequencerTemplatesFolder": f"{_DOCUMENTS}\\Templates",
            "SequencerTargetsFolder": f"{_DOCUMENTS}\\Targets",
            "StartupSequenceTemplate": f"{_DOCUMENTS}\\Night.json",
            "DisableSimpleSequencer": False,
        },
        "AlpacaSettings": {
            "NumberOfPolls": 1,
            "PollInterval": 100,
            "DiscoveryPort": 32227,
            "DiscoveryDuration": 2.0,
            "ResolveDnsName": False,
            "UseIPv4": True,
            "UseIPv6": False,
            "UseHttps": False,
        },
        "ImageHistorySettings": {
            "ImageHistoryLeftSelected": Named.of(_HISTORY, "HFR"),
            "ImageHistoryRightSelected": Named.of(_HISTORY, "Stars"),
        },
    }
