"""The database of the page "Target Scheduler API", as the simulated scheduler keeps it."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from simulator import Observatory
from simulator.scheduler.model import (
    ExposurePlan,
    Preferences,
    Profile,
    Project,
    ProjectState,
    Target,
)
from simulator.scheduler.server import SchedulerServer
from simulator.sky import Coordinates

PROFILE: Final = "c0e1645f-4d4c-4cff-b6f8-c66a58be9cd4"
OTHERS: Final = {
    "c86232f4-4952-41c6-b83f-69aa749e401f": "Profile 2",
    "53d28ce2-f175-40d9-b765-3ab410efb1de": "Profile 3",
}
P1: Final = "d900ba4a-5f70-4eb1-bd30-cd4c9b45d1c4"
P2: Final = "da436a23-a700-402b-aea5-db438f7ce565"
M31: Final = "134973bf-f949-462d-9c4b-8baad53d75a8"
UNKNOWN: Final = "00000000-0000-0000-0000-000000000000"
CREATED: Final = datetime.fromisoformat("2026-02-26T06:17:59-05:00")
FILTERS: Final = ("Lum", "Red", "Green", "Blue")


def server_of(observatory: Observatory) -> SchedulerServer:
    """Return the simulated Target Scheduler."""
    assert observatory.scheduler is not None
    return observatory.scheduler


def as_on_the_page(
    observatory: Observatory, change: Callable[[SchedulerServer], object] = lambda _: None
) -> None:
    """Have the database of the page, and perhaps something that is different from it."""
    server = server_of(observatory)
    port = server.port
    server.api = "v0"
    server.store.profiles[:] = [
        Profile(PROFILE, "Profile 1", active=True, preferences=Preferences(api_port=port)),
        *(Profile(each, name, preferences=None) for each, name in OTHERS.items()),
    ]
    plans = [ExposurePlan(name, name, 60.0, 1) for name in FILTERS]
    m31 = Target(M31, "M 31", Coordinates(0.7123138886666667, 41.26875), plans=plans)
    server.store.projects[:] = [
        Project(P1, PROFILE, "P1", CREATED, targets=[m31]),
        Project(P2, PROFILE, "P2", CREATED, ProjectState.DRAFT),
    ]
    change(server)


def changed(change: Callable[[SchedulerServer], object]) -> Callable[[Observatory], None]:
    """Return what prepares the database of the page with a difference."""
    return lambda observatory: as_on_the_page(observatory, change)


def formatted(server: SchedulerServer) -> None:
    """Have answers written for people."""
    preferences = server.store.active_profile.preferences
    assert preferences is not None
    preferences.formatted_output = True


def later(server: SchedulerServer) -> None:
    """Have a version of the API that does not exist yet."""
    server.api = "v1"
