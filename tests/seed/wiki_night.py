"""The wiki of plugin 2.0: version, sequence, framing, profile and window."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from custom_components.nina_observatory.api import PluginVersion, parse_version
from simulator import Observatory
from simulator.sequence.library import library
from simulator.sky import Coordinates

from .prepare import under_the_stars
from .table import UNKNOWN_PAGE, Check, Row, never, says, unsent, works
from .wiki_answers import FRAMED, LISTED

if TYPE_CHECKING:
    from .bench import Bench

START, STOP, JSON = "/sequence/start", "/sequence/stop", "/sequence/json"
NOT_READY = "Sequence is not initialized"


def _rows(section: str, route: str, through: str) -> Callable[..., Row]:
    """Return what makes rows of a section."""

    def make(line: str, *verdicts: Any, **more: Any) -> Row:
        """Make one."""
        fields = {"section": section, "route": route, "through": through, **more}
        return Row(line=line, verdicts=verdicts, **fields)

    return make


async def _version(bench: Bench) -> None:
    """Look at which version the server was taken for."""
    assert await bench.direct("/version") == (bench.verdict.answer, 200)
    plugin = PluginVersion.of(parse_version(bench.verdict.answer)).version
    assert bench.entry.runtime_data.client.plugin.version == plugin


VERSION = (
    Row(
        section="Version",
        line="version: the version of the API, independent of that of the plugin",
        through="the version of the plugin, if the server reports it",
        do=_version,
        verdicts=(says("1.0.0.0"), says("2.2.15.0")),
    ),
)


def fresh(observatory: Observatory) -> None:
    """Have a sequence that was never started, under an open roof."""
    under_the_stars(observatory)
    observatory.sequence.initialized = True
    observatory.sequence.load(library()["Evening"])


def running(observatory: Observatory) -> None:
    """Have it run."""
    fresh(observatory)
    observatory.sequence._begin(skip_validation=True)


def starting(observatory: Observatory) -> None:
    """Have a sequencer that is not initialized."""
    fresh(observatory)
    observatory.sequence.initialized = False


def untargeted(observatory: Observatory) -> None:
    """Have a sequence without a target container."""
    fresh(observatory)
    for root in observatory.sequence.plan.roots[1:-1]:
        root.items.clear()


def _start(**fields: Any) -> Check:
    """Return what starts the sequence, and stops it again."""

    async def start(bench: Bench) -> None:
        """Start it."""
        await bench.act("start_sequence", **fields)
        assert bench.observatory.sequence.running
        await bench.act("stop_sequence")

    return start


async def _stop(bench: Bench) -> None:
    """Stop the sequence."""
    await bench.act("stop_sequence")
    assert not bench.observatory.sequence.running


def _tree(check: Callable[[Any], object]) -> Check:
    """Return what reads the sequence, and looks at what was read."""

    async def read(bench: Bench) -> None:
        """Read it."""
        reading = await bench.entry.runtime_data.sequence.async_read()
        assert check(reading)

    return read


def _named(reading: Any) -> bool:
    """Return whether the roots are named without their suffix, and have a status."""
    roots = reading.tree.roots
    return bool(roots) and all(
        root.name and not root.name.endswith("_Container") and root.status for root in roots
    )


_sequence = _rows("Sequence", START, "action `start_sequence`")
SEQUENCE = (
    _sequence("start: Sequence started", says("Sequence started"), prepare=fresh, do=_start()),
    _sequence(
        "start: skipValidation",
        works(),
        sent={"skipValidation": "false"},
        prepare=fresh,
        do=_start(skip_validation=False),
    ),
    _sequence(
        "start: Sequence is not initialized as Error with StatusCode 409",
        unsent(NOT_READY, 409, "sequence_not_connected"),
        prepare=starting,
        do=_start(),
    ),
    _sequence(
        "stop: Sequence stopped",
        says("Sequence stopped"),
        route=STOP,
        through="action `stop_sequence`",
        prepare=running,
        do=_stop,
    ),
    _sequence(
        "json: the sequence, with Name, Status and Items of each node",
        works(),
        route=JSON,
        through="sensors and switch of the sequence, action `get_sequence`",
        prepare=fresh,
        do=_tree(_named),
    ),
    _sequence(
        "json: Sequence is not initilalized as Error with StatusCode 409",
        says(NOT_READY),
        route=JSON,
        through="the same, unknown",
        prepare=starting,
        do=_tree(lambda reading: reading.tree is None),
    ),
    _sequence(
        "json: No DSO Container found as Error with StatusCode 409",
        says("No DSO Container found"),
        works(),
        route=JSON,
        through="the same, unknown if the server refuses",
        prepare=untargeted,
        do=_tree(lambda reading: reading.reachable),
    ),
    _sequence(
        "unknown action: Unknown action in Error, with StatusCode 400",
        unsent("Unknown action", 400),
        UNKNOWN_PAGE,
        route="/sequence/unknown",
        through="–",
    ),
)

PLACE = {"right_ascension": 10.68, "declination": 41.27}


def on_page(observatory: Observatory) -> None:
    """Have the page of the framing assistant shown, something framed, the mount under the stars."""
    under_the_stars(observatory)
    observatory.application.tab = "framing"
    framing = observatory.nina.framing
    framing.initialize()
    there = observatory.mount.hardware.coordinates
    place = Coordinates(there.ra_hours, there.dec_degrees + 5, there.epoch)
    framing.coordinates, framing.framed = place.to_j2000(observatory.clock.true_now()), True


def _slew(**fields: Any) -> Check:
    """Return what slews to what is framed."""
    return lambda bench: bench.act("slew_to_framing", **fields)


_framing = _rows("Framing assistant (to be released with 2.0.1.0)", "", "action `set_framing`")
GONE = never("plugin_too_old")
FRAMING = (
    _framing(
        "info",
        GONE,
        works(),
        route="/framing/info",
        through="action `get_framing`",
        prepare=on_page,
        do=lambda bench: bench.ask("get_framing"),
    ),
    _framing(
        "set-coordinates: RAangle and DECangle; Coordinates updated",
        GONE,
        says("Coordinates updated"),
        route="/framing/set-coordinates",
        sent={"RAangle": "10.68", "DECangle": "41.27"},
        prepare=on_page,
        do=lambda bench: bench.act("set_framing", **PLACE),
    ),
    _framing(
        "set-rotation: rotation; Rotation updated",
        GONE,
        says("Rotation updated"),
        route="/framing/set-rotation",
        sent={"rotation": "30.0"},
        prepare=on_page,
        do=lambda bench: bench.act("set_framing", rotation=30, **PLACE),
    ),
    _framing(
        "slew: Slew started",
        GONE,
        says("Slew started"),
        route="/framing/slew",
        through="action `slew_to_framing`",
        prepare=on_page,
        do=_slew(),
    ),
    _framing(
        "slew: slew_option Center",
        GONE,
        works(),
        route="/framing/slew",
        sent={"slew_option": "Center"},
        through="action `slew_to_framing`",
        prepare=on_page,
        do=_slew(center=True),
    ),
    _framing(
        "slew: slew_option Rotate",
        GONE,
        works(),
        route="/framing/slew",
        sent={"slew_option": "Rotate"},
        through="action `slew_to_framing`",
        prepare=on_page,
        do=_slew(rotate=True),
    ),
    *FRAMED,
    _framing(
        "unknown action: Unknown action in Error, with StatusCode 400",
        unsent("Unknown action", 400),
        UNKNOWN_PAGE,
        route="/framing/unknown",
        through="–",
    ),
)


async def _switch_profile(bench: Bench) -> None:
    """Make another profile the active one, and the first again."""
    profiles = bench.observatory.profiles
    first, other = profiles.all[:2]
    for profile in (other, first):
        await bench.act("switch_profile", profile=profile.name)
        assert profiles.active is profile


async def _change_value(bench: Bench) -> None:
    """Change a setting of the profile."""
    await bench.ask("set_profile_value", path="CameraSettings-PixelSize", value=4.5)
    assert bench.observatory.profile.section("CameraSettings")["PixelSize"] == 4.5


_profile = _rows("Profile", "/profile/switch", "action `switch_profile`")
PROFILE = (
    _profile(
        "switch: profileid; Successfully switched profile",
        says("Successfully switched profile"),
        do=_switch_profile,
    ),
    _profile(
        "switch: No profile with specified id found! as Error with StatusCode 400",
        unsent("No profile with specified id found!", 400, "profile_unknown"),
        sent={"profileid": "c86232f4-4952-41c6-b83f-69aa749e401f"},
        do=lambda bench: bench.act(
            "switch_profile", profile="c86232f4-4952-41c6-b83f-69aa749e401f"
        ),
    ),
    _profile(
        "change-value: settingpath and newValue; Updated setting",
        says("Updated setting"),
        route="/profile/change-value",
        through="action `set_profile_value`",
        sent={"settingpath": "CameraSettings-PixelSize", "newValue": "4.5"},
        do=_change_value,
    ),
    _profile(
        "change-value: Invalid path as Error with StatusCode 400",
        unsent("Invalid path", 400),
        route="/profile/change-value",
        through="the form of the action rejects an empty path",
        sent={"settingpath": "", "newValue": "4.5"},
    ),
    _profile(
        "change-value: New value can't be null as Error with StatusCode 400",
        unsent("New value can't be null", 400),
        route="/profile/change-value",
        through="the form of the action rejects an empty value",
        sent={"settingpath": "CameraSettings-PixelSize", "newValue": ""},
    ),
    _profile(
        "show: a list of profiles",
        works(),
        route="/profile/show",
        sent={"active": "false"},
        do=_switch_profile,
    ),
    _profile(
        "show: the active profile",
        works(),
        route="/profile/show",
        through="action `set_profile_value`, polls of the settings",
        sent={"active": "true"},
        do=_change_value,
    ),
    *LISTED,
    _profile(
        "unknown action: Unknown action in Error, with StatusCode 400",
        unsent("Unknown action", 400),
        UNKNOWN_PAGE,
        route="/profile/unknown",
        through="–",
    ),
)

TABS = {
    "equipment": "equipment",
    "skyatlas": "sky_atlas",
    "framing": "framing",
    "flatwizard": "flat_wizard",
    "sequencer": "sequencer",
    "imaging": "imaging",
    "options": "options",
}


def _show(tab: str, option: str) -> Row:
    """Return the row of a page of the window."""

    def elsewhere(observatory: Observatory) -> None:
        """Have another page shown."""
        observatory.application.tab = "options" if tab == "equipment" else "equipment"

    async def show(bench: Bench) -> None:
        """Show it."""
        await bench.control("select", "hub_tab", "select_option", option=option)
        assert bench.observatory.application.tab == tab

    return Row(
        section="Application",
        line=f"switch-tab: {tab}; Switched tab",
        through="select *N.I.N.A. tab*",
        route="/application/switch-tab",
        sent={"tab": tab},
        prepare=elsewhere,
        do=show,
        verdicts=(says("Switched tab"),),
    )


async def _screenshot(bench: Bench) -> None:
    """Write a picture of the screen."""
    with TemporaryDirectory() as folder:
        bench.hass.config.allowlist_external_dirs = {folder}
        path = Path(folder) / "nina.jpg"
        answer = await bench.ask("screenshot", filename=str(path), width=640)
        assert answer["size"] > 1000


_application = _rows("Application", "/application/screenshot", "action `screenshot`")
APPLICATION = (
    *(_show(tab, option) for tab, option in TABS.items()),
    _application(
        "switch-tab: Invalid application tab as Error with StatusCode 400",
        unsent("Invalid application tab", 400),
        route="/application/switch-tab",
        sent={"tab": "Equipment"},
        through="the select offers no other tab",
    ),
    _application(
        "screenshot: resize and size",
        works(),
        sent={"resize": "true", "size": "640x640"},
        do=_screenshot,
    ),
    _application("screenshot: quality", works(), sent={"quality": "85"}, do=_screenshot),
    _application(
        "screenshot: the image, base64-encoded",
        works(),
        works(parameters={"stream": "true"}),
        do=_screenshot,
    ),
    _application(
        "unknown action: Unknown action in Error, with StatusCode 400",
        unsent("Unknown action", 400),
        UNKNOWN_PAGE,
        route="/application/unknown",
        through="–",
    ),
)

NIGHT = (*SEQUENCE, *FRAMING, *PROFILE, *APPLICATION)
