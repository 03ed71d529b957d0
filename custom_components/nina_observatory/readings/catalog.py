"""The items to select from in N.I.N.A.: profiles, sequences, live stacks; they change seldom."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
import itertools
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import (
    EventType,
    LiveStackState,
    NinaError,
    NinaNotFoundError,
    ProfileSummary,
    Server,
    Unknown,
)
from ..api.models.wire import count, mapping
from ..const import LOGGER
from .equipment import EquipmentCoordinator
from .following import FollowingCoordinator

POLL: Final = timedelta(minutes=30)
# A N.I.N.A. that is starting may not report its plugins yet.
RETRY: Final = timedelta(minutes=1)
# Folder of the live stacking plugin; without it N.I.N.A. confirms every start and nothing happens.
STACKING_PLUGIN: Final = "livestack"
ALIGNING_PLUGIN: Final = "polaralignment"
NEWS: Final = (
    EventType.PROFILE_ADDED,
    EventType.PROFILE_REMOVED,
    EventType.PROFILE_CHANGED,
    EventType.LIVE_STACK_STATUS_CHANGED,
)


def profile_names(profiles: Sequence[ProfileSummary]) -> dict[str, str]:
    """Return the ids of profiles by unique name."""
    names = [each.name for each in profiles]
    return {
        each.name if names.count(each.name) == 1 else f"{each.name} ({each.id[:8]})": each.id
        for each in profiles
    }


@dataclass(frozen=True, slots=True)
class Stack:
    """The live stack that was updated last; `updates` distinguishes its pictures."""

    target: str
    filter: str
    frames: int | None = None
    updates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The items as last read; `stacking` is None if there is no live stack.

    `aligns` is whether the plugin for the polar alignment is installed.
    """

    reachable: bool = False
    profiles: tuple[ProfileSummary, ...] = ()
    sequences: tuple[str, ...] = ()
    stacking: LiveStackState | Unknown | None = None
    stack: Stack | None = None
    aligns: bool = False

    @property
    def profile_names(self) -> dict[str, str]:
        """Return the ids of the profiles by unique name."""
        return profile_names(self.profiles)

    @property
    def active_profile(self) -> str | None:
        """Return the name of the active profile, as in `profile_names`."""
        active = next((each.id for each in self.profiles if each.active), None)
        return next((name for name, id_ in self.profile_names.items() if id_ == active), None)


class CatalogCoordinator(FollowingCoordinator[Catalog]):
    """Read the catalog when N.I.N.A. connects, on events about changes, and at long intervals."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
    ) -> None:
        super().__init__(hass, entry, equipment, "choices")
        self.data = Catalog()
        self._plugins: tuple[Server | None, tuple[str, ...]] | None = None
        # Never reset: the stack of another night has the same names and counts.
        self._updates = itertools.count(1)

    @callback
    def async_handle_event(self, event: Mapping[str, object]) -> None:
        """Refresh on an event about a change, including missed events."""
        if event["type"] in NEWS:
            self.async_read_soon()
        elif event["type"] == EventType.LIVE_STACK_UPDATED and self.data.stacking is not None:
            self._apply_stack(mapping(event["data"]))

    @callback
    def _apply_stack(self, data: Mapping[str, object]) -> None:
        """Apply an update of a stack; a color stack counts its channels."""
        target, name = data.get("target"), data.get("filter")
        if not isinstance(target, str) or not isinstance(name, str):
            return
        given = (data.get(f"{color}stack_count") for color in ("", "red_", "green_", "blue_"))
        counts = (count(each) for each in given)
        frames = max((each for each in counts if each is not None), default=None)
        stack = Stack(target, name, frames, next(self._updates))
        self.data = replace(self.data, stack=stack)
        self.async_update_listeners()

    @override
    async def _async_poll(self, started: float) -> Catalog:
        """Fetch the whole catalog, unless N.I.N.A. is known to be gone."""
        if not self.equipment.data.reachable:
            self.update_interval = None
            return Catalog()
        self.update_interval = POLL
        known, client = self.data, self.client
        stacking = await self._async_stacking(known)
        return Catalog(
            reachable=True,
            profiles=await self._async_ask(client.profile.get_all, known.profiles),
            sequences=await self._async_ask(client.sequence.list_available, known.sequences),
            stacking=stacking,
            aligns=await self._async_has(ALIGNING_PLUGIN),
            stack=None if stacking is None else await self._async_stack(),
        )

    async def _async_has(self, plugin: str) -> bool:
        """Return whether a plugin is installed, cached for one run of N.I.N.A."""
        if not self.client.supports(self.client.application.get_plugins):
            return False
        server = self.equipment.data.server
        if self._plugins is None or self._plugins[0] != server:
            try:
                self._plugins = (server, await self.client.application.get_plugins())
            except NinaNotFoundError:
                self._plugins = (server, ())
            except NinaError as err:
                LOGGER.debug("%s: the plugins could not be read: %s", self.name, err)
                self.update_interval = RETRY
                return False
        return any(plugin in name.casefold().replace(" ", "") for name in self._plugins[1])

    async def _async_stacking(self, known: Catalog) -> LiveStackState | Unknown | None:
        """Fetch whether the live stack runs, if there is one."""
        client = self.client
        if not client.supports(client.live_stack.get_state):
            return None
        if not await self._async_has(STACKING_PLUGIN):
            return None
        state = await self._async_ask(client.live_stack.get_state, known.stacking)
        return state or Unknown("")

    async def _async_stack(self) -> Stack | None:
        """Fetch the available stacks; an event may have reported a newer one meanwhile."""
        before = self.data.stack
        stacks = await self._async_ask(self.client.live_stack.get_all, None)
        known = self.data.stack
        if stacks is None or known is not before:
            return known
        named = [(each.target, each.filter) for each in stacks if each.target and each.filter]
        if known is not None and (known.target, known.filter) in named:
            return known
        return Stack(*named[-1], updates=next(self._updates)) if named else None

    async def _async_ask[AnswerT](
        self, ask: Callable[[], Awaitable[AnswerT]], known: AnswerT
    ) -> AnswerT:
        """Fetch one part; return the known value if there is no answer."""
        try:
            return await ask()
        except NinaError as err:
            LOGGER.debug("%s could not be read: %s", self.name, err)
            return known
