"""N.I.N.A. on the computer of an observatory: its plugins, its servers, its beginnings and ends."""

import logging
from typing import TYPE_CHECKING

from .application import Application
from .axis_control import AxisControl
from .channels import Channel
from .flats import Flats
from .routes import (
    ApplicationRoutes,
    CaptureRoutes,
    FlatsRoutes,
    FramingRoutes,
    GeneralRoutes,
    ImageRoutes,
    LiveStackRoutes,
    ProfileRoutes,
    SequenceRoutes,
)
from .routing import Router
from .scheduler.server import SchedulerServer
from .sequence.sequencer import Sequencer
from .tppa import PolarAlignment
from .transport import Settings, Transport

if TYPE_CHECKING:
    from .devices.rig import Rig
    from .profile import Profile

__all__ = ["Nina"]

_LOGGER = logging.getLogger(__name__)


class Nina:
    """N.I.N.A. with the rig that it runs; `scheduler` is None without the Target Scheduler.

    `start` and `stop` switch its servers and its background work on and off, and it forgets
    nothing. `close` and `open` end and begin a run of the program: every device announces its
    disconnect; the next run begins with empty histories and nothing connected.
    """

    def __init__(self, rig: Rig, host: str, port: int, scheduler_port: int) -> None:
        """Prepare to serve a rig; nothing runs yet."""
        self.rig = rig
        self.context = rig.context
        self.application = Application(rig.clock)
        self.settings = Settings(cors=rig.dialect.cors)
        self.sequence = Sequencer(rig)
        self.flats = Flats(rig)
        self.tppa = PolarAlignment(rig, self.crash)
        self.axis_control = AxisControl(rig.mount)
        self.socket = Channel("/v2/socket", self.context.faults)
        self.channels = (
            self.socket,
            self.tppa.channel,
            self.axis_control.channel,
            rig.networked.wheel,
            rig.networked.rotator,
        )
        rig.events.deliver_to(self.socket.broadcast)
        self._capture = CaptureRoutes(rig)
        self.framing = FramingRoutes(rig, self.application)
        self.transport = Transport(
            self._router(),
            {channel.path: channel for channel in self.channels},
            rig.dialect,
            self.context.faults,
            self.settings,
            rig.clock,
            host,
            port,
        )
        self.scheduler = self._scheduler(host, scheduler_port)

    def _router(self) -> Router:
        """Return all routes of the Advanced API."""
        rig, application = self.rig, self.application
        router = Router()
        router.add_all(
            (
                *rig.owners,
                GeneralRoutes(rig, application),
                self._capture,
                ImageRoutes(rig, application, self.settings, self._capture),
                SequenceRoutes(self.sequence, rig.dialect),
                ProfileRoutes(self.context, self.switch_profile),
                ApplicationRoutes(self.context, application, self.settings),
                self.framing,
                LiveStackRoutes(rig.live_stack),
                FlatsRoutes(rig, self.flats),
            )
        )
        return router

    def _scheduler(self, host: str, port: int) -> SchedulerServer | None:
        """Return the server of the Target Scheduler, where there is one."""
        if self.rig.scheduler_store is None:
            return None
        return SchedulerServer(
            self.rig.clock,
            self.rig.site,
            self.rig.scheduler_store,
            host,
            port,
            faults=self.context.faults,
            ledger=self.transport.ledger,
        )

    async def start(self) -> None:
        """Serve and poll the drivers; everything is as it was."""
        await self.transport.listener.open(next_free=True)
        if self.scheduler is not None and not self.context.faults.find("scheduler_gone"):
            await self.scheduler.start()
        self.context.tasks.start(self.rig.poll(), "poll")
        if not self.sequence.initialized:
            self.context.tasks.start(self.sequence.initialize(), "initialize")

    async def stop(self) -> None:
        """Refuse connections, break the existing ones, and end all that N.I.N.A. does."""
        await self.transport.listener.close()
        if self.scheduler is not None:
            await self.scheduler.stop()
        await self.context.tasks.stop()
        for channel in self.channels:
            await channel.stop()

    async def close(self) -> None:
        """Close N.I.N.A.: every device announces its disconnect, then the server is gone."""
        for device in self.rig.devices:
            await device.disconnect()
        for channel in self.channels:
            await channel.close()
        await self.stop()

    async def open(self) -> None:
        """Start N.I.N.A. with empty histories and nothing connected."""
        self.forget()
        await self.start()

    async def restart(self, seconds: float) -> None:
        """Close N.I.N.A. and start it again after some simulated seconds."""
        await self.close()
        await self.rig.clock.sleep(seconds)
        await self.open()

    def restart_soon(self, seconds: float) -> None:
        """Restart without being waited for."""
        self.context.outside.start(self.restart(seconds))

    def crash(self) -> None:
        """End the process at once."""
        _LOGGER.warning("N.I.N.A. ended unexpectedly")
        self.context.outside.start(self.stop())

    async def move_port(self) -> None:
        """Serve at the next free port from now on, as after another start order."""
        listener = self.transport.listener
        await listener.close()
        await listener.open(listener.port + 1, next_free=True)

    def forget(self) -> None:
        """Forget what N.I.N.A. forgets between two runs."""
        self.context.events.clear()
        self.context.dialogs.forget()
        self.rig.forget()
        self.flats.forget()
        self.application.forget()
        self._capture.forget()
        self.framing.forget()
        self.sequence.forget()

    async def switch_profile(self, profile: Profile) -> None:
        """Make a profile active, with all that follows."""
        self.context.profiles.active = profile
        profile.last_used = self.rig.clock.now()
        if self.scheduler is not None:
            await self.scheduler.switch_profile(profile.id)
            if self.context.faults.strikes("scheduler_gone_on_profile_switch"):
                await self.scheduler.stop()
        await self.context.events.emit("PROFILE-CHANGED")
