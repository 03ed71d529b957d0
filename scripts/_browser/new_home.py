"""A new Home Assistant with nothing but the archive of a release, and a simulated observatory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import shutil
import zipfile

from scripts._demo.console import Console
from scripts._demo.evening import BEGUN_AGO
from scripts._demo.observatory import Disturbing, Observatory
from scripts._demo.onboarding import sign_in
from scripts._demo.ports import next_free
from scripts._demo.server import HomeAssistant
from scripts._demo.session import Session
from scripts._demo.target import (
    BRITISH,
    CONTROL_PORT,
    DOMAIN,
    LOOPBACK,
    SOMEWHERE,
    Household,
    Store,
    Target,
)
from scripts._release import ROOT, build_archive
from scripts._usage.demo import HOME_ASSISTANT_PORT, NINA_PORT, SCHEDULER_PORT

SPEED = 20.0
# What the examples of the demonstration would be in: a new Home Assistant has no automations.
NO_AUTOMATIONS = "[]\n"


@dataclass(frozen=True, slots=True)
class NewHome:
    """What its owner has."""

    url: str
    target: Target
    session: Session


@asynccontextmanager
async def new_home(
    store: Store,
    console: Console,
    household: Household = BRITISH,
    speed: float = SPEED,
    begun_ago: timedelta = BEGUN_AGO,
) -> AsyncIterator[NewHome]:
    """Run an observatory, and a Home Assistant where somebody has just signed up."""
    taken: set[int] = set()
    wanted = (NINA_PORT, SCHEDULER_PORT, CONTROL_PORT, HOME_ASSISTANT_PORT)
    nina, scheduler, control, own = (next_free(port, taken) for port in wanted)
    target = Target(LOOPBACK, nina, scheduler)
    disturbing = Disturbing(control, speed, "clear_night", begun_ago)
    observatory = Observatory(store, target, disturbing)
    components = _installed(store)
    home = HomeAssistant(store, own, LOOPBACK, SOMEWHERE, None, components, household)
    store.config.mkdir(parents=True, exist_ok=True)
    (store.config / "automations.yaml").write_text(NO_AUTOMATIONS, encoding="utf-8")
    try:
        async with console.step("Starting the simulated observatory"):
            await observatory.start()
        async with console.step("Starting Home Assistant"):
            await home.start()
        async with Session.open(home.url) as session:
            await sign_in(session, store, household.language)
            yield NewHome(home.address, target, session)
    finally:
        await home.stop()
        await observatory.stop()


def _installed(store: Store) -> Path:
    """Unpack the archive as HACS does, and return the folder of custom components."""
    archive, components = store.folder / "nina_observatory.zip", store.folder / "custom_components"
    shutil.rmtree(components, ignore_errors=True)
    build_archive(ROOT, archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(components / DOMAIN)
    return components
