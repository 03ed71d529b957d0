"""The page "Target Scheduler API" of the manual: what the scheduler serves, line by line.

The examples of the page are the database of the simulated scheduler (`scheduler_data.py`).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from .scheduler_data import (
    CREATED,
    FILTERS,
    M31,
    P1,
    PROFILE,
    UNKNOWN,
    as_on_the_page,
    changed,
    formatted,
    later,
    server_of,
)
from .table import NOT_FOUND, Check, Row, refuses, works

if TYPE_CHECKING:
    from .bench import Bench

BASE: Final = "/ts/v0"
REACHABLE: Final = ("binary_sensor", "scheduler_reachable")

PROFILES: Final = f"{BASE}/profiles"
PROJECTS: Final = f"{BASE}/profiles/{PROFILE}/projects"
TARGETS: Final = f"{BASE}/projects/{P1}/targets"
STATISTICS: Final = f"{BASE}/targets/{M31}/statistics"
PREVIEW: Final = f"{BASE}/profiles/{PROFILE}/preview"

# What the page shows of a field, and what Home Assistant shows: key and value.
type Field = tuple[str, Any, str, Any]


async def body_of(bench: Bench, route: str, **parameters: str) -> Any:
    """Ask the server itself, and let the ledger begin after that."""
    text, _ = await bench.direct(route, **parameters)
    bench.observatory.ledger.reset()
    return orjson.loads(text)


async def refresh(bench: Bench) -> None:
    """Have everything read."""
    await bench.press("hub_refresh")


async def reads_the_version(bench: Bench) -> None:
    """Let the server go and come back, and compare what is shown with what it serves."""
    server = server_of(bench.observatory)
    version = await body_of(bench, f"{BASE}/version")
    await server.stop()
    await bench.shows(*REACHABLE, "off")
    assert await server.start()
    await bench.shows(*REACHABLE, "on")
    await bench.shows("sensor", "scheduler_version", version)


async def off_and_on(bench: Bench) -> None:
    """Switch the API off, where nothing answers, and on."""
    server = server_of(bench.observatory)
    preferences = server.store.active_profile.preferences
    assert preferences is not None
    preferences.enable_api = False
    await server.switch_profile(PROFILE)
    await bench.shows(*REACHABLE, "off")
    preferences.enable_api = True
    await server.switch_profile(PROFILE)
    await bench.shows(*REACHABLE, "on")


async def reachable(bench: Bench) -> None:
    """Read, and look whether it can be read."""
    await bench.shows(*REACHABLE, "on")
    await bench.shows("sensor", "scheduler_active_projects", "1")


async def names_profiles(bench: Bench) -> None:
    """Ask for the projects of each profile, by its name and by its id."""
    for each in await body_of(bench, PROFILES):
        for wanted in (each["Id"], each["Name"]):
            answer = await bench.ask("get_projects", profile=wanted)
            assert answer["profile"] == {
                "id": each["Id"],
                "name": each["Name"],
                "active": each["Active"],
            }
    await refresh(bench)
    assert (await bench.ask("get_projects"))["profile"]["id"] == PROFILE


def of_profile(key: str, wire: Any) -> Row:
    """Return the row of a field of a profile."""
    return Row(
        section="/profiles",
        line=f"“{key}”: {shown(wire)}",
        through="`profile` in the response of `get_projects`; field `profile` of actions",
        route=PROFILES,
        prepare=as_on_the_page,
        do=names_profiles,
        verdicts=(works(),),
    )


def compared(
    route: str, field: Field, read: Callable[[Bench], Any], pick: Callable[[Any], Any]
) -> Check:
    """Return what compares a field of the page with the server, and with Home Assistant.

    `read` carries out the action, `pick` finds what the field is part of in answers.
    """
    key, wire, ours, expected = field

    async def check(bench: Bench) -> None:
        served = pick(await body_of(bench, route))[key]
        if isinstance(expected, datetime):
            served = datetime.fromisoformat(served).astimezone(UTC).isoformat()
            assert served == expected.astimezone(UTC).isoformat()
        elif key not in ("ActiveDate", "InactiveDate"):
            assert served == wire
        await refresh(bench)
        found = (await read(bench))[ours]
        if isinstance(expected, datetime):
            found = datetime.fromisoformat(found)
        assert found == expected

    return check


def shown(wire: Any) -> str:
    """Return a value of the page as it stands there."""
    return orjson.dumps(wire).decode().replace('"', "")


# Key on the page and value, key in the response of `get_projects` and value.
PROJECT: Final[tuple[Field, ...]] = (
    ("Id", P1, "id", P1),
    ("ProfileId", PROFILE, "profile_id", PROFILE),
    ("Name", "P1", "name", "P1"),
    ("State", "Active", "state", "active"),
    ("Priority", 1, "priority", "normal"),
    ("Description", None, "description", None),
    ("CreateDate", "2026-02-26T06:17:59-05:00", "create_date", CREATED),
    ("ActiveDate", "1969-12-31T19:00:00-05:00", "active_date", None),
    ("InactiveDate", "1969-12-31T19:00:00-05:00", "inactive_date", None),
    ("MinimumTime", 30, "minimum_time", 30),
    ("UseCustomHorizon", False, "use_custom_horizon", False),
    ("HorizonOffset", 0, "horizon_offset", 0),
    ("MeridianWindow", 0, "meridian_window", 0),
    ("FilterSwitchFrequency", 0, "filter_switch_frequency", 0),
    ("DitherEvery", 0, "dither_every", 0),
    ("EnableGrader", True, "enable_grader", True),
    ("Mosaic", False, "mosaic", False),
    ("FlatsHandling", 0, "flats_handling", "off"),
    ("MinimumAltitude", 0, "minimum_altitude", None),
    ("MaximumAltitude", 0, "maximum_altitude", None),
    ("SmartExposureOrder", False, "smart_exposure_order", False),
)
# What is also an attribute of the progress of a project.
ATTRIBUTES: Final = frozenset(
    {
        *("priority", "description", "mosaic", "minimum_altitude", "maximum_altitude"),
        *("minimum_time", "flats_handling"),
    }
)
# The page has a target whose right ascension is in hours; Home Assistant shows degrees.
TARGET: Final[tuple[Field, ...]] = (
    ("Id", M31, "id", M31),
    ("Name", "M 31", "name", "M 31"),
    ("Active", True, "enabled", True),
    ("RA", 0.7123138886666667, "right_ascension", 15 * 0.7123138886666667),
    ("Dec", 41.26875, "declination", 41.26875),
    ("Rotation", 0, "rotation", 0),
    ("Epoch", "J2000", "epoch", "j2000"),
    ("ROI", 100, "roi", 100),
)
PLAN: Final[tuple[Field, ...]] = (
    ("TemplateName", "Lum", "template_name", "Lum"),
    ("Exposure", 60, "exposure", 60),
    ("FilterName", "Lum", "filter_name", "Lum"),
    ("Desired", 1, "desired", 1),
    ("Acquired", 0, "acquired", 0),
    ("Accepted", 0, "accepted", 0),
    ("Ungraded", 0, "ungraded", 0),
)
MEASURES: Final = {"HFR": "hfr", "FWHM": "fwhm", "Eccentricity": "eccentricity"}
# Without frames a mean or deviation of 0 is none, and a count of -1 no count.
STATISTIC: Final[tuple[Field, ...]] = (
    ("Exposure", 60, "exposure", 60),
    ("FilterName", "Lum", "filter_name", "Lum"),
    *(
        each
        for wire, ours in MEASURES.items()
        for each in (
            (f"{wire}Mean", 0, f"{ours}_mean", None),
            (f"{wire}StdDev", 0, f"{ours}_std_dev", None),
            (f"{wire}BelowAutoAcceptLevel", -1, f"{ours}_below_auto_accept_level", None),
        )
    ),
)


async def project_of(bench: Bench) -> dict[str, Any]:
    """Return what Home Assistant tells of the first project, its attributes among it."""
    project: dict[str, Any] = (await bench.ask("get_projects"))["projects"][0]
    state = bench.hass.states.get(bench.entity("sensor", f"scheduler_project_{P1}"))
    assert state is not None
    assert {key: state.attributes[key] for key in ATTRIBUTES} == {
        key: project[key] for key in ATTRIBUTES
    }
    return project


async def target_of(bench: Bench) -> dict[str, Any]:
    """Return what Home Assistant tells of the target, its attributes among it."""
    target: dict[str, Any] = (await project_of(bench))["targets"][0]
    state = bench.hass.states.get(bench.entity("sensor", f"scheduler_target_{M31}"))
    assert state is not None
    assert (state.attributes["epoch"], state.attributes["roi"]) == (target["epoch"], target["roi"])
    return target


async def plan_of(bench: Bench) -> dict[str, Any]:
    """Return what Home Assistant tells of the first exposure plan."""
    plans: list[dict[str, Any]] = (await target_of(bench))["plans"]
    assert [each["filter_name"] for each in plans] == list(FILTERS)
    return plans[0]


async def statistics_of(bench: Bench) -> dict[str, Any]:
    """Return what Home Assistant tells of the frames of the first exposure plan."""
    answer = await bench.ask("get_target_statistics", target=M31)
    assert [each["filter_name"] for each in answer["statistics"]] == list(FILTERS)
    first: dict[str, Any] = answer["statistics"][0]
    return first


async def draft(bench: Bench) -> None:
    """Ask for drafts; the number of projects counts them."""
    served = await body_of(bench, PROJECTS)
    assert [each["State"] for each in served] == ["Active", "Draft"]
    answer = await bench.ask("get_projects", state="draft")
    assert [each["name"] for each in answer["projects"]] == ["P2"]
    await refresh(bench)
    state = bench.hass.states.get(bench.entity("sensor", "scheduler_active_projects"))
    assert state is not None
    counts = {"draft": 1, "active": 1, "inactive": 0, "closed": 0}
    assert (state.state, state.attributes["by_state"]) == ("1", counts)


def first(body: Any) -> Any:
    """Return the first of an array."""
    return body[0]


def first_plan(body: Any) -> Any:
    """Return the first exposure plan of the first of an array."""
    return body[0]["ExposurePlan"][0]


def fields() -> Iterator[Row]:
    """Yield the rows of the fields of projects, targets, exposure plans and statistics."""
    asked = "`get_projects`"
    settings = f"{asked}, attribute of the project's progress"
    of_target = f"{asked}, attribute of the target's progress"
    for each in PROJECT:
        through = settings if each[2] in ATTRIBUTES else asked
        check = compared(PROJECTS, each, project_of, first)
        yield _field("/profiles/{id}/projects", each, through, PROJECTS, check)
    yield Row(
        section="/profiles/{id}/projects",
        line="“State”: Draft",
        through="`get_projects` with `state`; attribute `by_state` of *Active projects*",
        route=PROJECTS,
        prepare=as_on_the_page,
        do=draft,
        verdicts=(works(),),
    )
    for each in TARGET:
        through = of_target if each[2] in ("epoch", "roi") else asked
        check = compared(TARGETS, each, target_of, first)
        yield _field("/projects/{id}/targets", each, through, TARGETS, check)
    yield _field(
        "/projects/{id}/targets",
        ("ProjectId", P1, "id", P1),
        f"{asked}: the project that the target is listed in",
        TARGETS,
        compared(TARGETS, ("ProjectId", P1, "id", P1), project_of, first),
    )
    for each in PLAN:
        check = compared(TARGETS, each, plan_of, first_plan)
        yield _field("/projects/{id}/targets", each, asked, TARGETS, check, "ExposurePlan: ")
    for each in STATISTIC:
        check = compared(STATISTICS, each, statistics_of, first)
        asking = "action `get_target_statistics`"
        yield _field("/targets/{id}/statistics", each, asking, STATISTICS, check)


def _field(
    section: str, field: Field, through: str, route: str, check: Check, within: str = ""
) -> Row:
    """Return the row of a field."""
    return Row(
        section=section,
        line=f"{within}“{field[0]}”: {shown(field[1])}",
        through=through,
        route=route,
        prepare=as_on_the_page,
        do=check,
        verdicts=(works(),),
    )


def preview(part: int, ours: str, expected: Any) -> Check:
    """Return what plans from noon of the site, and looks at a part of the plan."""

    async def check(bench: Bench) -> None:
        # It is night where the simulated observatory is.
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12)
        answer = await bench.ask("get_plan", start=start.isoformat())
        (call,) = bench.observatory.ledger.calls(PREVIEW)
        assert datetime.fromisoformat(call.parameters["startTime"]) == start
        wait, target = answer["plan"]
        assert datetime.fromisoformat(wait["start"]) == start
        assert wait["end"] == target["start"]
        length = datetime.fromisoformat(target["end"]) - datetime.fromisoformat(target["start"])
        assert length == timedelta(minutes=4)
        found = answer["plan"][part]
        assert found["exposures"] == [] or len(found["exposures"]) == len(FILTERS)
        values = found if ours in found else found["exposures"][0]
        assert expected is ... or values[ours] == expected

    return check


async def tonight(bench: Bench) -> None:
    """Have the coming night planned, and kept; the calendar shows it."""
    answer = await bench.ask("get_plan", refresh=True)
    assert {each["target"] for each in answer["plan"] if not each["waiting"]} == {"M 31"}
    calendar = bench.hass.states.get(bench.entity("calendar", "scheduler_plan"))
    assert calendar is not None
    assert calendar.state != "unavailable"


# Part of the plan, key on the page and value, key in the response of `get_plan` and value.
ENTRY: Final[tuple[tuple[int, str, Any, str, Any], ...]] = (
    (0, "Id", None, "target_id", None),
    (0, "Name", None, "target", None),
    (0, "WaitPeriod", True, "waiting", True),
    (0, "StartTime", "2026-02-27T13:00:00-05:00", "start", ...),
    (0, "EndTime", "2026-02-27T19:38:15.443681-05:00", "end", ...),
    (0, "ExposurePlan", [], "exposures", []),
    (1, "Id", M31, "target_id", M31),
    (1, "Name", "M 31", "target", "M 31"),
    (1, "WaitPeriod", False, "waiting", False),
    (1, "StartTime", "2026-02-27T19:38:15.443681-05:00", "start", ...),
    (1, "EndTime", "2026-02-27T19:42:15.443681-05:00", "end", ...),
    (1, "FilterName", "Lum", "filter_name", "Lum"),
    (1, "Exposure", 60, "exposure", 60),
    (1, "Count", 1, "count", 1),
)


def previews() -> Iterator[Row]:
    """Yield the rows of the preview."""
    yield Row(
        section="/profiles/{id}/preview",
        line="run a scheduler preview for the specified profile using the current date",
        through="action `get_plan`, button *Refresh plan*, calendar",
        route=PREVIEW,
        prepare=as_on_the_page,
        do=tonight,
        verdicts=(works(),),
    )
    for part, key, wire, ours, expected in ENTRY:
        yield Row(
            section="/profiles/{id}/preview",
            line=f"{'target' if part else 'wait'}: “{key}”: {shown(wire)}",
            through="action `get_plan`; field `start` (the page does not name the parameter)",
            route=PREVIEW,
            prepare=as_on_the_page,
            do=preview(part, ours, expected),
            verdicts=(works(),),
        )


def unknown(section: str, route: str, action: str, error: str, **data: str) -> Row:
    """Return the row of an id that does not exist; an unknown profile has no projects."""
    answer, code = ("[]", 200) if route.endswith("/projects") else ("", NOT_FOUND)
    return Row(
        section=section,
        line=f"{{id}} specifies a unique TS entity: {UNKNOWN}, which is none",
        through=f"action `{action}`",
        route=route.replace(PROFILE, UNKNOWN).replace(P1, UNKNOWN).replace(M31, UNKNOWN),
        prepare=as_on_the_page,
        do=lambda bench: bench.ask(action, **data),
        verdicts=(refuses(answer, code, error),),
    )


GENERAL: Final = (
    Row(
        section="Enabling the API",
        line="Enable API: set to ON to start the API server; started automatically with NINA",
        through="*Reachable*, off while nothing responds",
        route=f"{BASE}/version",
        prepare=as_on_the_page,
        do=off_and_on,
        verdicts=(works(),),
    ),
    Row(
        section="Enabling the API",
        line="API Port: set the listen port for the API",
        through="*Port of the Target Scheduler* in the form of the entry",
        route=PROFILES,
        prepare=as_on_the_page,
        do=reachable,
        verdicts=(works(),),
    ),
    Row(
        section="Enabling the API",
        line="Enable Formatted Output: pretty-print the JSON responses",
        through="makes no difference",
        route=PROFILES,
        prepare=changed(formatted),
        do=reachable,
        verdicts=(works(),),
    ),
    Row(
        section="API access",
        line="http://localhost:{port}/ts/v0/{request}",
        through="everything of the Target Scheduler",
        route=PROFILES,
        prepare=as_on_the_page,
        do=reachable,
        verdicts=(works(),),
    ),
    Row(
        section="API access",
        line="when breaking changes are added, the version in the API path will increment",
        through="*Reachable*, error of actions",
        route=f"{BASE}/version",
        prepare=changed(later),
        do=lambda bench: bench.ask("get_projects"),
        verdicts=(refuses("", NOT_FOUND, "scheduler_other_api"),),
    ),
    Row(
        section="/version",
        line="a simple string response, e.g. “5.9.0.0”",
        through="sensor *Version*",
        route=f"{BASE}/version",
        prepare=as_on_the_page,
        do=reads_the_version,
        verdicts=(works(),),
    ),
)

ROWS: Final = (
    *GENERAL,
    of_profile("Id", PROFILE),
    of_profile("Name", "Profile 1"),
    of_profile("Active", wire=True),
    *(row for row in fields() if row.section == "/profiles/{id}/projects"),
    unknown(
        "/profiles/{id}/projects", PROJECTS, "get_projects", "profile_unknown", profile=UNKNOWN
    ),
    *(row for row in fields() if row.section == "/projects/{id}/targets"),
    unknown(
        "/projects/{id}/targets",
        TARGETS,
        "get_target_statistics",
        "project_unknown",
        target="M 31",
        project=UNKNOWN,
    ),
    *(row for row in fields() if row.section == "/targets/{id}/statistics"),
    unknown(
        "/targets/{id}/statistics",
        STATISTICS,
        "get_target_statistics",
        "target_unknown",
        target=UNKNOWN,
    ),
    *previews(),
    unknown("/profiles/{id}/preview", PREVIEW, "get_plan", "profile_unknown", profile=UNKNOWN),
)
