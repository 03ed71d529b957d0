"""Routes about the program's window, its plugins and its log."""

from typing import TYPE_CHECKING

from simulator.enums import MoonPhase
from simulator.log import LEVELS
from simulator.parameters import Double, Integer, Text
from simulator.reply import Refusal, Reply
from simulator.routing import get
from simulator.sky import Coordinates, moon_phase, moon_separation

if TYPE_CHECKING:
    from simulator.application import Application
    from simulator.context import Context
    from simulator.transport import Settings

_TABS = ("equipment", "skyatlas", "framing", "flatwizard", "sequencer", "imaging", "options")


class ApplicationRoutes:
    """Tabs, plugins, logs, settings of the plugin, and the moon."""

    def __init__(self, context: Context, application: Application, settings: Settings) -> None:
        """Serve a program and the settings of its plugin."""
        self._context = context
        self._application = application
        self._settings = settings

    @get("/application/switch-tab", Text("tab"))
    async def switch_tab(self, tab: str | None) -> Reply:
        """Show another tab."""
        if tab not in _TABS:
            raise Refusal("Invalid application tab", 400)
        self._application.tab = tab
        return Reply("Switched tab")

    @get("/application/get-tab", since="2.2.2.0")
    async def get_tab(self) -> Reply:
        """Return the tab that is shown; those of other plugins have no word."""
        if self._application.tab not in _TABS:
            raise Refusal("Invalid application tab", 400)
        return Reply(self._application.tab)

    @get("/application/plugins", since="2.1.7.1")
    async def plugins(self) -> Reply:
        """Return the folders of the plugins."""
        return Reply(list(self._application.plugins))

    @get("/application/logs", Integer("lineCount", required=True), Text("level"), since="2.2.6.0")
    async def logs(self, count: int, level: str | None) -> Reply:
        """Return the newest entries of the log."""
        return Reply(self._application.log.entries(count, level if level in LEVELS else None))

    @get("/plugin/settings", since="2.2.12.0")
    async def settings(self) -> Reply:
        """Return the plugin's settings that clients may know."""
        settings = self._settings
        return Reply(
            {
                "AccessControlHeaderEnabled": settings.cors,
                "ShouldCreateThumbnails": settings.thumbnails,
            }
        )

    @get("/astro-util/moon-separation", Double("ra"), Double("dec"), since="2.2.14.0")
    async def moon(self, ra: float, dec: float) -> Reply:
        """Return the moon's distance from J2000 coordinates, and its phase."""
        now = self._context.clock.true_now()
        separation = moon_separation(Coordinates.from_degrees(ra, dec), now)
        phase = MoonPhase.exact(moon_phase(now)) or MoonPhase.UNKNOWN
        return Reply({"Separation": separation, "MoonPhase": phase})
