"""Report what a person can mend as repair issues, which go by themselves once it is mended."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey
from packaging.version import InvalidVersion, Version

from ..api import NinaVersionError, PluginVersion, ProfileSummary, Server, one_line
from ..const import CONF_KEPT_NIGHTS, CONF_SCHEDULER_PORT, DEFAULT_KEPT_NIGHTS, DOMAIN
from ..errors import EndedError, Reason
from ..helpers.issues import async_delete_issue, async_issues, async_raise_issue
from ..helpers.markdown import escape_markdown
from ..helpers.storage import async_load_kept
from ..helpers.words import words
from ..readings.catalog import CatalogCoordinator
from ..readings.equipment import EquipmentCoordinator
from ..readings.equipment_state import EquipmentState
from ..readings.liveness import Absence
from ..readings.settings import SettingsCoordinator
from ..readings.target_scheduler import SchedulerCoordinator
from .address.hosts import format_address
from .address.search import PortSearch
from .findings import CHECKS, Check, Finding, Result, Seen, Subject, Verdict
from .identity import Identity, stranger_among

VERSION: Final = 1
# Begin the ids of the issues about an action that needs a newer plugin, and about two entries that
# reach the same N.I.N.A.
_ACTION: Final = "plugin_action_"
_SAME: Final = "same_nina_"


class Upkeep:
    """Follow the readings of one entry, and raise and delete its repair issues."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        settings: SettingsCoordinator,
        catalog: CatalogCoordinator,
        scheduler: SchedulerCoordinator | None,
    ) -> None:
        """Nothing is followed before `async_start`."""
        self._hass = hass
        self.entry = entry
        self._equipment = equipment
        self._settings = settings
        self._catalog = catalog
        self._scheduler = scheduler
        self._store = _store(hass, entry.entry_id)
        self.identity = Identity()
        # Loop times since when there is something to mend.
        self._since: dict[Subject, float] = {}
        self._search = PortSearch(hass, entry, equipment, self.recognizes)
        self._timer: asyncio.TimerHandle | None = None
        # The connection as of the last reading.
        self._connection: tuple[object, ...] = ()

    async def async_load(self) -> None:
        """Restore what is known of the N.I.N.A. of this entry."""
        found = await async_load_kept(self._hass, self._store, Identity.from_data)
        self.identity = found or Identity()

    @callback
    def async_start(self) -> None:
        """Follow the readings until the entry is unloaded."""
        entry, loaded = self.entry, self._hass.data.setdefault(_LOADED, {})
        loaded[entry.entry_id] = self
        entry.async_on_unload(self._stop)
        # Failed polls as well, which are no news to the listeners of a coordinator.
        entry.async_on_unload(self._equipment.reading_listeners.async_add(self._handle_reading))
        entry.async_on_unload(self._settings.async_add_listener(self.async_update))
        entry.async_on_unload(self._catalog.async_add_listener(self.async_update))
        if self._scheduler is not None:
            entry.async_on_unload(self._scheduler.async_add_listener(self.async_update))
        self.async_update()
        self._search.async_start()

    @callback
    def _handle_reading(self, state: EquipmentState) -> None:
        """Check everything if another server responds than before, or none, or for another reason."""
        connection = (state.reachable, state.server, self._equipment.failure, self._is_silent)
        if connection != self._connection:
            self._connection = connection
            self.async_update()

    @property
    def _is_silent(self) -> bool:
        """Whether nothing listens at the address."""
        return self._equipment.liveness.absence is Absence.NOT_RUNNING

    @callback
    def _stop(self) -> None:
        """Stop; the issues stay unless nobody can mend them, until the next readings."""
        self._hass.data[_LOADED].pop(self.entry.entry_id, None)
        if self._timer is not None:
            self._timer.cancel()
        if self.entry.disabled_by is not None:
            _async_delete_issues(self._hass, self.entry.entry_id)

    @callback
    def async_update(self) -> None:
        """Check everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._learn()
        seen, now = self._seen(), self._hass.loop.time()
        due = [self._apply(check, check.look(seen), now) for check in CHECKS]
        if (next_due := min((each for each in due if each is not None), default=None)) is not None:
            self._timer = self._hass.loop.call_at(next_due, self.async_update)
        self._check_action(seen)
        for other in self._hass.data.get(_LOADED, {}).values():
            if other is not self:
                self._check_same(other)

    async def async_check_again(self, subject: Subject) -> Result:
        """Read again what an issue is about, and return what is found now.

        Raises HomeAssistantError if the entry is unloaded meanwhile.
        """
        if subject is Subject.SCHEDULER and self._scheduler is not None:
            await self._scheduler.async_read()
        elif self._equipment.data.reachable:
            await self._settings.async_read_all()
        if self._hass.data[_LOADED].get(self.entry.entry_id) is not self:
            raise EndedError(Reason.UNLOADED)
        self.async_update()
        check = next(each for each in CHECKS if each.subject is subject)
        return check.look(self._seen())

    @callback
    def async_recognize(self) -> bool:
        """Take the N.I.N.A. that responds now for that of this entry, as a person confirmed."""
        listed = self._profiles
        if not listed:
            return False
        self._set_identity(self.identity.learn(listed))
        self.async_update()
        return True

    def recognizes(self, profiles: tuple[ProfileSummary, ...]) -> bool:
        """Return whether an N.I.N.A. with these profiles may be the one of this entry."""
        return self.identity.recognizes(profiles)

    @callback
    def async_note_too_old(self, action: str, needed: Version) -> None:
        """Report an action that needs a newer plugin, unless one that needs a newer one is reported."""
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, self._action_id)
        known = None if issue is None else _needed(issue.data)
        installed = self._equipment.client.plugin.version
        if known is not None and known > needed:
            return
        async_raise_issue(
            self._hass,
            self._action_id,
            "plugin_action",
            ir.IssueSeverity.WARNING,
            {
                "rig": self.entry.title,
                "action": f"{DOMAIN}.{action}",
                "needed": str(needed),
                "installed": str(installed),
            },
            data={"needed": str(needed)},
            persistent=True,
        )

    @property
    def _action_id(self) -> str:
        return f"{_ACTION}{self.entry.entry_id}"

    @property
    def server(self) -> Server | None:
        """The server that responds now, as far as it is identified."""
        state = self._equipment.data
        return state.server if state.reachable else None

    @property
    def _profiles(self) -> tuple[ProfileSummary, ...]:
        """The profiles of the N.I.N.A. that responds now."""
        reachable = self._equipment.data.reachable and self._catalog.data.reachable
        return self._catalog.data.profiles if reachable else ()

    @callback
    def _learn(self) -> None:
        """Take note of the profiles, unless they seem to be those of another N.I.N.A."""
        listed = self._profiles
        if listed and stranger_among(self.identity, listed, self._neighbors()) is None:
            self._set_identity(self.identity.learn(listed))

    @callback
    def _set_identity(self, identity: Identity) -> None:
        """Save the identity if it changed."""
        if identity != self.identity:
            self.identity = identity
            self.entry.async_create_task(
                self._hass,
                self._store.async_save(identity.as_data()),
                f"{self.entry.title} identity",
            )

    def _neighbors(self) -> Mapping[str, Identity]:
        """Return the identities of the observatories on the same computer."""
        host = self.entry.data[CONF_HOST]
        return {
            other.entry.title: other.identity
            for other in self._hass.data.get(_LOADED, {}).values()
            if other is not self and other.entry.data[CONF_HOST] == host
        }

    def _seen(self) -> Seen:
        """Return what is known now."""
        entry, equipment = self.entry, self._equipment
        reachable, settings = equipment.data.reachable, self._settings.data
        listed = self._profiles
        stranger = stranger_among(self.identity, listed, self._neighbors())
        return Seen(
            address=format_address(entry.data[CONF_HOST], entry.data[CONF_PORT]),
            reachable=reachable,
            silent=self._is_silent,
            failure=equipment.failure,
            plugin=_capabilities(self.server),
            keeps_pictures=bool(entry.options.get(CONF_KEPT_NIGHTS, DEFAULT_KEPT_NIGHTS)),
            scheduler=None if self._scheduler is None else self._scheduler.data,
            scheduler_port=entry.data.get(CONF_SCHEDULER_PORT),
            thumbnails=None if settings.plugin is None else settings.plugin.thumbnails,
            clock=settings.clock,
            identified=bool(listed),
            stranger=stranger,
        )

    @callback
    def _apply(self, check: Check, result: Result, now: float) -> float | None:
        """Raise or delete an issue; return when to look again, if it is too early for either."""
        issue_id = f"{check.subject}_{self.entry.entry_id}"
        if not isinstance(result, Finding):
            self._since.pop(check.subject, None)
            if result is Verdict.FINE:
                async_delete_issue(self._hass, issue_id)
            return None
        due = self._since.setdefault(check.subject, now) + check.after
        if now < due:
            return due
        values = {name: self._written(value) for name, value in result.values.items()}
        async_raise_issue(
            self._hass,
            issue_id,
            result.key,
            ir.IssueSeverity.ERROR if check.severe else ir.IssueSeverity.WARNING,
            {"rig": self.entry.title, **values},
            topic=check.subject,
            data={"entry_id": self.entry.entry_id, "subject": check.subject.value},
            fixable=check.fixable,
        )
        return None

    def _written(self, value: str | timedelta) -> str:
        """Return what fills a text, in the language of Home Assistant."""
        if isinstance(value, timedelta):
            return words(self._hass).duration(value.total_seconds())
        return escape_markdown(one_line(value))

    @callback
    def _check_action(self, seen: Seen) -> None:
        """Delete the issue about an action once the plugin is new enough for it."""
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, self._action_id)
        if issue is None or not seen.reachable or seen.plugin is None:
            return
        needed = _needed(issue.data)
        if needed is None or seen.plugin.version >= needed:
            async_delete_issue(self._hass, self._action_id)

    @callback
    def _check_same(self, other: Upkeep) -> None:
        """Report two entries that reach the same N.I.N.A.; both started at the same moment."""
        own, others = self.server, other.server
        if own is None or others is None:
            return
        first, second = sorted((self.entry, other.entry), key=lambda each: each.created_at)
        issue_id = f"{_SAME}{first.entry_id}_{second.entry_id}"
        if own != others or own.started_at is None:
            async_delete_issue(self._hass, issue_id)
            return
        async_raise_issue(
            self._hass,
            issue_id,
            "same_nina",
            ir.IssueSeverity.ERROR,
            {"rig": second.title, "other": first.title},
        )


# The upkeep of every loaded entry, by its id.
_LOADED: HassKey[dict[str, Upkeep]] = HassKey(f"{DOMAIN}_upkeep")


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store of the identity of an entry."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry_id}.identity")


def _capabilities(server: Server | None) -> PluginVersion | None:
    """Return the capabilities of a server that is identified."""
    try:
        return None if server is None else PluginVersion.of(server.plugin_version)
    except NinaVersionError:
        return None


def _needed(data: Mapping[str, Any] | None) -> Version | None:
    """Return the version in the data of an issue about an action."""
    try:
        return Version(str((data or {})["needed"]))
    except KeyError, InvalidVersion:
        return None


@callback
def _async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all issues of an entry, and those that concern it."""
    for subject in Subject:
        async_delete_issue(hass, f"{subject}_{entry_id}")
    async_delete_issue(hass, f"{_ACTION}{entry_id}")
    for issue in async_issues(hass, _SAME):
        if entry_id in issue.issue_id.removeprefix(_SAME).split("_"):
            async_delete_issue(hass, issue.issue_id)


async def async_forget_upkeep(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the issues and the stored identity of a removed entry."""
    _async_delete_issues(hass, entry_id)
    await _store(hass, entry_id).async_remove()
