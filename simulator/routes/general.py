"""Routes about the server, the program and all equipment together."""

from typing import TYPE_CHECKING, Any

from simulator.parameters import Boolean, Text
from simulator.reply import Bare, Refusal, Reply
from simulator.routing import get

if TYPE_CHECKING:
    from simulator.application import Application
    from simulator.devices.rig import Rig


class GeneralRoutes:
    """Version, time, the bundle of all devices, the event history."""

    def __init__(self, rig: Rig, application: Application) -> None:
        """Serve a rig and the program that runs it."""
        self._rig = rig
        self._application = application

    @get("/")
    async def index(self) -> Bare:
        """Return the bare text with links."""
        links = ("https://bump.sh/christian-photo/doc/advanced-api", "…/api", "…/websockets")
        return Bare(" ".join(links))

    @get("/version")
    async def version(self) -> Reply:
        """Return the plugin's version."""
        return Reply(self._rig.dialect.reported_version)

    @get("/version/nina", Boolean("friendly"), since="2.2.6.0")
    async def nina_version(self, friendly: bool) -> Reply:
        """Return N.I.N.A.'s version; the friendly one ends in a blank."""
        return Reply("3.2 " if friendly else self._application.version)

    @get("/time", since="2.2.6.0")
    async def time(self) -> Reply:
        """Return the computer's time."""
        return Reply(self._rig.clock.now())

    @get("/application-start", since="2.2.6.0")
    async def application_start(self) -> Reply:
        """Return when N.I.N.A. started."""
        return Reply(self._application.started)

    @get("/event-history")
    async def event_history(self) -> Reply:
        """Return everything announced since N.I.N.A. started."""
        return Reply(self._rig.events.wire_history())

    @get("/equipment/info", since="2.2.15.0")
    async def equipment(self) -> Reply:
        """Return the blocks of all devices."""
        bundle: dict[str, Any] = {}
        for device in sorted(self._rig.devices, key=lambda entry: entry.bundle_key):
            bundle[device.bundle_key] = device.served()
        return Reply(bundle)

    @get("/equipment/{device}/connect", Text("device"))
    @get("/equipment/{device}/disconnect", Text("device"))
    @get("/equipment/{device}/list-devices", Text("device"), since="2.2.0.0")
    @get("/equipment/{device}/rescan", Text("device"), since="2.2.0.0")
    async def unknown_device(self, device: str) -> Reply:
        """Refuse a kind of equipment that does not exist."""
        del device
        raise Refusal("Invalid equipment", 400)
