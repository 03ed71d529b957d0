"""The coordinator of the Target Scheduler."""

from dataclasses import dataclass
from datetime import timedelta
from typing import override

from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import NinaError, Project, SchedulerClient, SchedulerProfile, Target, percent
from .const import CONF_SCHEDULER_PORT, LOGGER
from .coordinator import NinaConfigEntry, NinaCoordinator

POLL = timedelta(minutes=10)
POLL_GONE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The active projects of the active profile with their targets, as last read."""

    reachable: bool = False
    version: str | None = None
    profile: SchedulerProfile | None = None
    projects: tuple[Project, ...] = ()
    targets: tuple[tuple[str, tuple[Target, ...]], ...] = ()

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Return the enabled targets of all active projects."""
        return tuple(target for _, targets in self.targets for target in targets if target.active)

    @property
    def progress(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted; None without any."""
        plans = [plan for target in self.all_targets for plan in target.plans]
        return percent(plans) if plans else None


class SchedulerCoordinator(NinaCoordinator[Plan]):
    """Read what the Target Scheduler plans; never its preview, which writes to its database."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Prepare reading the plan."""
        super().__init__(hass, entry, "Target Scheduler")
        self.client = SchedulerClient(
            async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_SCHEDULER_PORT]
        )
        self.data = Plan()

    @override
    async def _async_poll(self, started: float) -> Plan:
        """Read the plan; a server that is gone is normal when N.I.N.A. is closed."""
        try:
            plan = await self._async_ask()
        except NinaError as err:
            self._say_lost(err)
            self.update_interval = POLL_GONE
            return Plan(version=self.data.version)
        if not self.data.reachable and self.data.version is not None:
            LOGGER.info("%s answers again", self.name)
        self.update_interval = POLL
        return plan

    @callback
    def _say_lost(self, err: NinaError) -> None:
        """Say once that the server went away."""
        if self.data.reachable:
            LOGGER.info("%s does not answer: %s", self.name, err)

    async def _async_ask(self) -> Plan:
        """Read the active profile, its active projects and their targets, one after another."""
        version = self.data.version if self.data.reachable else await self.client.get_version()
        profiles = await self.client.get_profiles()
        profile = next((profile for profile in profiles if profile.active), None)
        projects = () if profile is None else await self.client.get_projects(profile.id)
        active = tuple(project for project in projects if project.active)
        targets = tuple([(p.id, await self.client.get_targets(p.id)) for p in active])
        return Plan(
            reachable=True, version=version, profile=profile, projects=active, targets=targets
        )
