"""What N.I.N.A. and PHD2 do: look for a star, calibrate, guide, settle, dither, lose it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.habits import GuiderKind

if TYPE_CHECKING:
    from simulator.devices.guider import Guider

__all__ = ["GuiderRoutines", "Step"]

_LOOP_SECONDS = 4.0
_CALIBRATION_SECONDS = 60.0
_STOPPABLE = ("Guiding", "Calibrating", "LostLock")


@dataclass(frozen=True, slots=True)
class Step:
    """One guide step: distances in pixels, corrections in ms."""

    ra: float
    dec: float
    ra_duration: int
    dec_duration: int
    dithering: bool = False


class GuiderRoutines:
    """The routines of one guider."""

    def __init__(self, guider: Guider) -> None:
        """Act on a guider."""
        self.guider = guider

    async def start(self, *, calibrate: bool) -> bool:
        """Start guiding and settle; tell whether it guides. No event when it does not."""
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
            guider.observatory.tasks.start(self._guide(), "phd2")
            await guider.clock.sleep(self._settings("SettleTime"))
        if guider.state != "Guiding":
            return False
        await guider.events.emit("GUIDER-START")
        return True

    def put(self, state: str, *, guides: bool = True) -> None:
        """Be in a state because somebody acted in PHD2 itself; N.I.N.A. is not told.

        Without `guides` the state is only what is said, also LostLock: nothing guides.
        """
        if state == "Guiding" and guides:
            self.resume()
            return
        if state != "LostLock" or not guides:
            self.guider.observatory.tasks.cancel("phd2")
        self.guider.state = state

    def resume(self) -> None:
        """Guide as if that had been started long ago."""
        tasks = self.guider.observatory.tasks
        self.guider.calibrated = True
        self.guider.state = "Guiding"
        if not tasks.running("phd2"):
            tasks.start(self._guide(), "phd2")

    async def stop(self) -> bool:
        """Stop guiding, unless PHD2 is paused or looping; tell whether it stopped.

        MGEN stops only what guides; the others always say that they stopped.
        """
        guider = self.guider
        picky = guider.kind in (GuiderKind.PHD2, GuiderKind.MGEN)
        if picky and guider.state not in _STOPPABLE:
            return False
        if guider.obeys():
            guider.observatory.tasks.cancel("phd2")
        await guider.events.emit("GUIDER-STOP")
        await guider.clock.sleep(0.4)
        if not guider.observatory.tasks.running("phd2"):
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
        """Tell whether a guide star can be seen."""
        observatory = self.guider.observatory
        covered = observatory.sky_is_covered
        return not covered and not self.guider.faults.find("star_lost")

    def _settings(self, key: str) -> float:
        """Return a number of the guider's settings."""
        return float(self.guider.observatory.profile.section("GuiderSettings")[key])

    async def _guide(self) -> None:
        """Take guide steps until stopped, also while the star is lost."""
        guider = self.guider
        random = guider.observatory.random
        while guider.state in ("Guiding", "LostLock"):
            await guider.clock.sleep(guider.exposure)
            visible = self._star_visible() and not guider.observatory.mount.slewing
            guider.state = "Guiding" if visible else "LostLock"
            if not visible:
                continue
            spread = guider.seeing / guider.scale / 1.414
            ra, dec = (round(random.gauss(0, spread), 3) for _ in range(2))
            step = Step(ra, dec, round(ra * 90), round(dec * 70), guider.dithering)
            guider.steps.append(step)
            guider.last_step = step
            guider.change_id += 1
