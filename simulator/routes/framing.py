"""Routes of the framing assistant."""

from typing import TYPE_CHECKING, Any

from simulator.astrometry import wire_coordinates
from simulator.enums import SkySurvey
from simulator.parameters import Boolean, Double, Text
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get
from simulator.sky import Coordinates
from simulator.tasks import finished

if TYPE_CHECKING:
    import asyncio

    from simulator.application import Application
    from simulator.devices.rig import Rig

_FAMILY = "framing"


class FramingRoutes:
    """The framing assistant; it has a rectangle once its tab was shown (`initialize`)."""

    def __init__(self, rig: Rig, application: Application) -> None:
        """Serve a rig, nothing framed yet; the application shows the tab or does not."""
        self._rig = rig
        self._application = application
        self.coordinates = Coordinates(0.0, 0.0)
        self.rotation = 0.0
        self.ready = False
        self.loaded = False
        self.framed = False

    def forget(self) -> None:
        """Forget everything, as a restart of N.I.N.A. does."""
        self.coordinates, self.rotation = Coordinates(0.0, 0.0), 0.0
        self.ready = self.loaded = self.framed = False

    def initialize(self) -> None:
        """Prepare the assistant, as showing its tab does."""
        self.ready = True

    @property
    def _has_rectangle(self) -> bool:
        """Return whether there is a rectangle."""
        return self.ready or self._application.tab == "framing"

    @get("/framing/info", since="2.1.0")
    async def info(self) -> Reply:
        """Return the state of the assistant."""
        return Reply(self._info())

    def _info(self) -> dict[str, Any]:
        """Return the state of the assistant; much is 0 before its tab was shown."""
        place, ready = self.coordinates, self._has_rectangle
        self.ready = ready
        camera = self._rig.camera
        focal_length = self._rig.context.profile.section("TelescopeSettings")["FocalLength"]
        hours, minutes, seconds = _sexagesimal(place.ra_hours)
        degrees, arc_minutes, arc_seconds = _sexagesimal(abs(place.dec_degrees))
        return {
            "BoundHeight": 832.0 if ready else 0.0,
            "BoundWidth": 1125.0 if ready else 0.0,
            "CameraHeight": camera.height if ready else 0,
            "CameraWidth": camera.width if ready else 0,
            "CameraPixelSize": camera.pixel_size if ready else 0.0,
            "DecDegrees": -degrees if place.dec_degrees < 0 else degrees,
            "DecMinutes": arc_minutes,
            "DecSeconds": arc_seconds,
            "RAHours": hours,
            "RAMinutes": minutes,
            "RASeconds": seconds,
            "FieldOfView": 3.0 if ready else 0.0,
            "FocalLength": focal_length if ready else 0.0,
            "HorizontalPanels": 1,
            "VerticalPanels": 1,
            "Rectangle": self._rectangle() if ready else None,
        }

    def _rectangle(self) -> dict[str, Any]:
        """Return the rectangle of the camera's field; it has no size while nothing is framed."""
        width, height = (193.9, 109.8) if self.framed else (0.0, 0.0)
        coordinates = wire_coordinates(self.coordinates, self._rig.clock)
        return {
            "OriginalX": 465.5,
            "OriginalY": 343.25,
            "OriginalCoordinates": coordinates,
            "Id": 0,
            "Name": "",
            "Coordinates": coordinates,
            "DSOPositionAngle": self.rotation,
            "OriginalOffset": 0.0,
            "RotationOffset": 0.0,
            "Rotation": self.rotation,
            "TotalRotation": self.rotation,
            "X": 465.5,
            "Y": 343.25,
            "Width": width,
            "Height": height,
        }

    @get("/framing/set-source", Text("source"), since="2.1.0")
    async def set_source(self, source: str | None) -> Reply:
        """Choose the source of sky pictures."""
        text = source or ""
        found = SkySurvey.parse(text) if text.isdigit() else SkySurvey.exact(text)
        if found is None:
            raise Refusal("Invalid source", 400)
        settings = self._rig.context.profile.section("FramingAssistantSettings")
        settings["LastSelectedImageSource"] = found
        return Reply("Source updated")

    @get("/framing/set-coordinates", Double("RAangle"), Double("DECangle"), since="2.1.0")
    async def set_coordinates(self, ra: float, dec: float) -> Reply:
        """Show J2000 coordinates in degrees."""
        self.coordinates = Coordinates.from_degrees(ra, dec)
        self.loaded, self.framed = False, True
        return Reply("Coordinates updated")

    @get("/framing/set-rotation", Double("rotation"), since="2.1.0")
    async def set_rotation(self, rotation: float) -> Reply:
        """Rotate the rectangle; the complement is stored."""
        if not self._has_rectangle:
            raise UNKNOWN_ERROR
        self.rotation = 360 - rotation
        return Reply("Rotation updated")

    @get("/framing/slew", Text("slew_option"), Boolean("waitForResult"), since="2.1.0")
    async def slew(self, option: str | None, wait: bool) -> Reply:
        """Slew to the framed field, after the sky picture was loaded; always claims success."""
        if not self.loaded:
            await self._rig.clock.sleep(2.0)
            self.loaded = True
        await self._rig.clock.sleep(1.0)
        task = self._rig.context.tasks.start(self._slew(option), _FAMILY)
        if not wait or not self._rig.dialect.at_least("2.1.7.1"):
            return Reply("Slew started")
        await finished(task)
        return Reply("Slew finished")

    async def _slew(self, option: str | None) -> bool:
        """Slew, center, or center and rotate."""
        mount = self._rig.mount
        if not mount.connected or mount.known["AtPark"]:
            return False
        if option == "Center":
            return await self._rig.pointing.center(self.coordinates)
        if option == "Rotate":
            return await self._rig.pointing.center(self.coordinates, self.rotation)
        return await mount.routines.slew(self.coordinates)

    @get("/framing/determine-rotation", Boolean("waitForResult"), since="2.1.6")
    async def determine_rotation(self, wait: bool) -> Reply:
        """Solve a frame to learn the camera's angle."""
        camera = self._rig.camera
        if not self._has_rectangle or not camera.connected or camera.exposing:
            raise Refusal("Could not start process", 400)
        task: asyncio.Task[bool] = self._rig.context.tasks.start(self._determine(), _FAMILY)
        if not wait:
            return Reply("Determine rotation started")
        success = await finished(task)
        return Reply(self._info(), success=success)

    async def _determine(self) -> bool:
        """Take a frame, solve it and turn the rectangle."""
        solved = await self._rig.camera.routines.expose_for_solve()
        if solved:
            self.rotation = self._rig.rotator.position
        return solved


def _sexagesimal(value: float) -> tuple[int, int, float]:
    """Return whole units, minutes and seconds."""
    units, rest = divmod(value * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return int(units), int(minutes), seconds
