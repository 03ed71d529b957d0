"""The guider, PHD2 or another one: its info block, its commands, and how it guides."""

from collections import deque
from dataclasses import dataclass
import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.enums import GuiderScale
from simulator.habits import GuiderKind, guider_word
from simulator.parameters import Boolean
from simulator.reply import Reply
from simulator.routing import get
from simulator.tasks import finished

from .base import Device, Driver

if TYPE_CHECKING:
    from simulator.context import Context

    from .mount import Mount
    from .view import SkyView

_LOOP_SECONDS = 4.0
_CALIBRATION_SECONDS = 60.0
_STOPPABLE = ("Guiding", "Calibrating", "LostLock")
_NO_GUIDER = Driver(
    "No_Guider",
    "No_Guider",
    "No guider",
    "Guiders",
    "Dummy Guider",
    "Dummy Guider",
    "1.0",
    setup_dialog=False,
    works=False,
)


def _other(number: str, name: str) -> Driver:
    """Return the driver of another guider than PHD2."""
    text = f"{name} Guider"
    return Driver(number, name, "", "Guiders", text, text, "1.0", setup_dialog=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One guide step: distances in pixels, corrections in ms."""

    ra: float
    dec: float
    ra_duration: int
    dec_duration: int
    dithering: bool = False


class Guider(Device):
    """A guider; `state` is the truth in PHD2's words, `steps` its graph.

    `kind` is the type of guider, which determines its words; `says` is a word that it reports
    instead, in any state.
    """

    role = "guider"
    path = "guider"
    bundle_key = "Guider"
    prefix = "GUIDER"
    noun = "Guider"
    profile_section = "GuiderSettings"
    connect_seconds = 1.2
    drivers: ClassVar[tuple[Driver, ...]] = (
        _NO_GUIDER,
        Driver(
            "PHD2_Single",
            "PHD2",
            "",
            "Guiders",
            "PHD2 Guider",
            "PHD2 Guider",
            "1.0",
            setup_dialog=False,
        ),
        Driver(
            "Direct_Guider",
            "Mount Dither",
            "",
            "Guiders",
            "Mount Dither",
            "Mount Dither",
            "1.0",
            setup_dialog=False,
        ),
        _other("MetaGuide", "MetaGuide"),
        _other("MGEN2", "MGEN-2"),
        _other("SkyGuard_Guider", "SkyGuard"),
    )
    kinds: ClassVar[dict[str, GuiderKind]] = {
        "PHD2_Single": GuiderKind.PHD2,
        "Direct_Guider": GuiderKind.DIRECT,
        "MetaGuide": GuiderKind.METAGUIDE,
        "MGEN2": GuiderKind.MGEN,
        "SkyGuard_Guider": GuiderKind.SKYGUARD,
    }
    scale = 1.65012
    seeing = 0.55
    exposure = 2.0

    def __init__(self, context: Context, mount: Mount, view: SkyView) -> None:
        """Begin stopped, on a mount under a sky."""
        self.state = "Stopped"
        self.says: str | None = None
        self.dithering = False
        self.calibrated = False
        self.steps: deque[Step] = deque(maxlen=100)
        self.last_step: Step | None = None
        self.change_id = 1
        super().__init__(context)
        self.routines = GuiderRoutines(self, mount, view)

    @property
    def kind(self) -> GuiderKind:
        """Return which guider it is."""
        number = self.driver.device_id if self.driver is not None else ""
        return self.kinds.get(number, GuiderKind.PHD2)

    @kind.setter
    def kind(self, kind: GuiderKind) -> None:
        """Use another guider, connected as before."""
        self.driver = next(
            entry for entry in self.drivers if self.kinds.get(entry.device_id) is kind
        )
        self.remember()

    @property
    def word(self) -> str | None:
        """Return the state that the guider reports, or None."""
        if self.says is not None:
            return self.says
        if self.kind is GuiderKind.DIRECT and self.dithering:
            return "Dithering..."
        return guider_word(self.kind, self.state)

    @property
    def guiding(self) -> bool:
        """Return whether it guides."""
        return self.connected and self.state == "Guiding"

    @property
    def rms(self) -> tuple[float, float, float]:
        """Return RMS in RA, Dec and total in pixels."""
        steps = self._guided
        number = math.sqrt(len(steps) or 1)
        ra = math.hypot(*[step.ra for step in steps]) / number
        dec = math.hypot(*[step.dec for step in steps]) / number
        return ra, dec, math.hypot(ra, dec)

    @property
    def _guided(self) -> list[Step]:
        """Return the steps without those of dithers."""
        return [step for step in self.steps if not step.dithering]

    @property
    def rms_text(self) -> str:
        """Return the total RMS as frames carry it: 0.00 while not guiding."""
        total = self.rms[2] if self.guiding else 0.0
        return f'Tot: {total:.2f} ({total * self.scale:.2f}")'

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        abilities = ("CanClearCalibration", "CanSetShiftRate", "CanGetLockPosition")
        return {**dict.fromkeys(abilities, False), "PixelScale": 0.0}

    @override
    def read(self) -> dict[str, Any]:
        """Return N.I.N.A.'s data of the guider."""
        ra, dec, total = self.rms
        guided = self._guided
        peaks = [
            max([abs(step.ra) for step in guided], default=0.0),
            max([abs(step.dec) for step in guided], default=0.0),
        ]
        abilities = ("CanClearCalibration", "CanSetShiftRate", "CanGetLockPosition")
        return {
            **dict.fromkeys(abilities, True),
            "RMSError": {
                "RA": self._pair(ra),
                "Dec": self._pair(dec),
                "Total": self._pair(total),
                "PeakRA": self._pair(peaks[0]),
                "PeakDec": self._pair(peaks[1]),
            },
            "PixelScale": self.scale,
        }

    def _pair(self, pixels: float) -> dict[str, float]:
        """Return a distance in both units."""
        return {"Pixel": pixels, "Arcseconds": pixels * self.scale}

    @override
    def info(self) -> dict[str, Any]:
        """Return the block with the live state; the last step survives a disconnect."""
        block = super().info()
        if self.connected:
            block |= self.read()
        step = self.last_step
        block["LastGuideStep"] = step and {
            "RADistanceRaw": step.ra,
            "DECDistanceRaw": step.dec,
            "RADuration": step.ra_duration,
            "DECDuration": step.dec_duration,
        }
        block["State"] = self.word if self.connected else None
        return block

    @override
    def attached(self) -> None:
        """Forget the graph, and find PHD2 in the state it is in."""
        self.steps.clear()
        if self.state in ("Guiding", "LostLock"):
            self.routines.resume()

    @override
    def remember(self) -> None:
        """Store the connected guider in the profile."""
        if self.driver is not None:
            settings = self.profile.section(self.profile_section)
            settings["GuiderName"] = self.driver.device_id

    @override
    def forget(self) -> None:
        """Forget the steps as well."""
        self.steps.clear()
        self.last_step = None
        super().forget()

    @override
    async def lost(self, before: dict[str, Any]) -> None:
        """Announce the loss: of all devices only the guider does."""
        await self.announce_disconnect()

    @override
    async def connect(self) -> bool:
        """Connect without a disconnect first; a failure is announced as a disconnect."""
        await self.clock.sleep(self.connect_seconds)
        if not self.can_connect():
            self.detach()
            await self.announce_disconnect()
            return False
        self.attach()
        self.remember()
        await self.events.emit("GUIDER-CONNECTED")
        return True

    @get("start", Boolean("calibrate"))
    async def start(self, calibrate: bool) -> Reply:
        """Start guiding and wait until it has settled; always claims success."""
        self.require_connection()
        calibrate = calibrate and self.dialect.at_least("2.1.4")
        task = self.tasks.start(self.routines.start(calibrate=calibrate), "guider")
        await finished(task, canceled_is_error=True)
        return Reply("Guiding started")

    @get("stop")
    async def stop(self) -> Reply:
        """Stop guiding; pausing or looping continues."""
        self.require_connection()
        if not self.ignores_stop():
            await self.routines.stop()
        return Reply("Guiding stopped")

    @get("clear-calibration", since="2.1.4")
    async def clear_calibration(self) -> Reply:
        """Forget the calibration."""
        self.require_connection()
        success = self.obeys()
        if success:
            self.calibrated = False
        return Reply("Calibration cleared", success=success)

    @get("graph", since="2.1.4")
    async def graph(self) -> Reply:
        """Return the guide graph, connected or not."""
        ra, dec, total = self.rms
        scale = self.scale
        peak_ra = max((abs(step.ra) for step in self.steps), default=0.0)
        peak_dec = max((abs(step.dec) for step in self.steps), default=0.0)
        texts = {
            "RAText": f'RA: {ra:.2f} ({ra * scale:.2f}")',
            "DecText": f'Dec: {dec:.2f} ({dec * scale:.2f}")',
            "TotalText": f'Tot: {total:.2f} ({total * scale:.2f}")',
            "PeakRAText": f'Peak RA: {peak_ra:.2f} ({peak_ra * scale:.2f}")',
            "PeakDecText": f'Peak Dec: {peak_dec:.2f} ({peak_dec * scale:.2f}")',
        }
        points = len(self.steps)
        rms = {"RA": ra, "Dec": dec, "Total": total, **texts, "Scale": scale}
        rms |= {"PeakRA": peak_ra, "PeakDec": peak_dec, "DataPoints": points}
        return Reply(
            {
                "RMS": rms,
                "ChangeId": self.change_id,
                "Interval": 1.0,
                "MaxY": 4.0,
                "MinY": -4.0,
                "MaxDurationY": 500.0,
                "MinDurationY": -500.0,
                "GuideSteps": [self._graph_step(n, step) for n, step in enumerate(self.steps, 1)],
                "HistorySize": 100,
                "PixelScale": scale,
                "Scale": GuiderScale.ARCSECONDS,
            }
        )

    def _graph_step(self, number: int, step: Step) -> dict[str, Any]:
        """Return one step of the graph."""
        return {
            "Id": number,
            "IdOffsetLeft": number - 0.15,
            "IdOffsetRight": number + 0.15,
            "RADistanceRaw": step.ra,
            "RADistanceRawDisplay": step.ra * self.scale,
            "RADuration": step.ra_duration,
            "DECDistanceRaw": step.dec,
            "DECDistanceRawDisplay": step.dec * self.scale,
            "DECDuration": step.dec_duration,
            "Dither": 0.01 if step.dithering else math.nan,
        }


class GuiderRoutines:
    """The routines of one guider."""

    def __init__(self, guider: Guider, mount: Mount, view: SkyView) -> None:
        """Act on a guider, which sees the stars that a mount points at."""
        self.guider = guider
        self._mount = mount
        self._view = view

    async def start(self, *, calibrate: bool) -> bool:
        """Start guiding and settle; return whether it guides. No event when it does not."""
        guider = self.guider
        if guider.kind is GuiderKind.DIRECT:
            await guider.events.emit("GUIDER-START")
            return True
        if guider.state != "Guiding":
            guider.state = "Looping"
            await guider.clock.sleep(_LOOP_SECONDS)
            if not self._star_visible() or not guider.obeys():
                guider.state = "Looping"
                await guider.clock.sleep(self._settings("SettleTimeout"))
                return False
            if calibrate or not guider.calibrated:
                guider.state = "Calibrating"
                await guider.clock.sleep(_CALIBRATION_SECONDS)
                guider.calibrated = True
            guider.state = "Guiding"
            guider.tasks.start(self._guide(), "phd2")
            await guider.clock.sleep(self._settings("SettleTime"))
        if guider.state != "Guiding":
            return False
        await guider.events.emit("GUIDER-START")
        return True

    def put(self, state: str, *, guides: bool = True) -> None:
        """Enter a state because of a person in PHD2 itself; N.I.N.A. is not notified.

        Without `guides` the state is only reported, even LostLock: nothing guides.
        """
        if state == "Guiding" and guides:
            self.resume()
            return
        if state != "LostLock" or not guides:
            self.guider.tasks.cancel("phd2")
        self.guider.state = state

    def resume(self) -> None:
        """Guide as if that had been started long ago."""
        tasks = self.guider.tasks
        self.guider.calibrated = True
        self.guider.state = "Guiding"
        if not tasks.running("phd2"):
            tasks.start(self._guide(), "phd2")

    async def stop(self) -> bool:
        """Stop guiding, unless PHD2 is paused or looping; return whether it stopped.

        MGEN stops only while it guides; the others always report that they stopped.
        """
        guider = self.guider
        picky = guider.kind in (GuiderKind.PHD2, GuiderKind.MGEN)
        if picky and guider.state not in _STOPPABLE:
            return False
        if guider.obeys():
            guider.tasks.cancel("phd2")
        await guider.events.emit("GUIDER-STOP")
        await guider.clock.sleep(0.4)
        if not guider.tasks.running("phd2"):
            lost = guider.faults.strikes("lost_lock_stays")
            guider.state = "LostLock" if lost else "Stopped"
        return True

    async def dither(self) -> bool:
        """Dither and settle; the event comes also when it was skipped."""
        guider = self.guider
        done = guider.guiding or guider.kind is GuiderKind.DIRECT
        if done:
            guider.dithering = True
            await guider.clock.sleep(self._settings("SettleTime") + 2)
            guider.dithering = False
        await guider.events.emit("GUIDER-DITHER")
        return done

    async def disturb(self) -> None:
        """Lose the star because the mount moved."""
        if self.guider.state == "Guiding":
            self.guider.state = "LostLock"

    def _star_visible(self) -> bool:
        """Return whether a guide star can be seen."""
        return not self._view.covered and not self.guider.faults.find("star_lost")

    def _settings(self, key: str) -> float:
        """Return a number of the guider's settings."""
        return float(self.guider.profile.section("GuiderSettings")[key])

    async def _guide(self) -> None:
        """Take guide steps until stopped, also while the star is lost."""
        guider = self.guider
        random = guider.context.random
        while guider.state in ("Guiding", "LostLock"):
            await guider.clock.sleep(guider.exposure)
            visible = self._star_visible() and not self._mount.slewing
            guider.state = "Guiding" if visible else "LostLock"
            if not visible:
                continue
            spread = guider.seeing / guider.scale / 1.414
            ra, dec = (round(random.gauss(0, spread), 3) for _ in range(2))
            step = Step(ra, dec, round(ra * 90), round(dec * 70), guider.dithering)
            guider.steps.append(step)
            guider.last_step = step
            guider.change_id += 1
