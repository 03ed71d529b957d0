"""What can be chosen in N.I.N.A.: profiles, sequences, the live stack; it changes seldom."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
import itertools
from typing import Any, Final, override

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
from ..api.models.wire import count
from ..const import LOGGER
from .equipment import EquipmentCoordinator, FollowingCoordinator

POLL: Final = timedelta(minutes=10)
# A N.I.N.A. that is starting may not tell its plugins yet.
RETRY: Final = timedelta(minutes=1)
# Folder of the plugin that stacks; without it N.I.N.A. confirms every start and nothing happens.
STACKING_PLUGIN: Final = "livestack"
ALIGNING_PLUGIN: Final = "polaralignment"
NEWS: Final = (
    EventType.PROFILE_ADDED,
    EventType.PROFILE_REMOVED,
    EventType.PROFILE_CHANGED,
    EventType.LIVE_STACK_STATUS_CHANGED,
)


@dataclass(frozen=True, slots=True)
class Stack:
    """The live stack that got a frame last; `updates` tells its pictures apart."""

    target: str
    filter: str
    frames: int | None = None
    updates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The choices as last read; `stacking` is None where there is no live stack.

    `aligns` tells whether there is the plugin for the polar alignment.
    """

    reachable: bool = False
    profiles: tuple[ProfileSummary, ...] = ()
    sequences: tuple[str, ...] = ()
    stacking: LiveStackState | Unknown | None = None
    stack: Stack | None = None
    aligns: bool = False

    @property
    def profile_names(self) -> dict[str, str]:
        """Return the profiles by a name that is unique, to their ids."""
        names = [each.name for each in self.profiles]
        return {
            each.name if names.count(each.name) == 1 else f"{each.name} ({each.id[:8]})": each.id
            for each in self.profiles
        }

    @property
    def active_profile(self) -> str | None:
        """Return the name of the active profile, as in `profile_names`."""
        active = next((each.id for each in self.profiles if each.active), None)
        return next((name for name, id_ in self.profile_names.items() if id_ == active), None)


class CatalogCoordinator(FollowingCoordinator[Catalog]):
    """Read the choices when N.I.N.A. comes, when it says that they changed, and now and then."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
    ) -> None:
        """Prepare reading the choices."""
        super().__init__(hass, entry, equipment, "choices")
        self.data = Catalog()
        self._plugins: tuple[Server | None, tuple[str, ...]] | None = None
        # Never begun anew: the stack of another night has the same names and counts.
        self._updates = itertools.count(1)

    @callback
    def async_handle_event(self, event: Mapping[str, Any]) -> None:
        """Read again when an event of the bus, also one that was missed, tells of a change."""
        if event["type"] in NEWS:
            self.async_read_soon()
        elif event["type"] == EventType.LIVE_STACK_UPDATED and self.data.stacking is not None:
            self._apply_stack(event["data"])

    @callback
    def _apply_stack(self, data: Mapping[str, Any]) -> None:
        """Show that a stack got a frame; a colour stack counts its colours."""
        target, name = data.get("target"), data.get("filter")
        if not isinstance(target, str) or not isinstance(name, str):
            return
        given = (data.get(f"{colour}stack_count") for colour in ("", "red_", "green_", "blue_"))
        counts = (count(each) for each in given)
        frames = max((each for each in counts if each is not None), default=None)
        stack = Stack(target, name, frames, next(self._updates))
        self.data = replace(self.data, stack=stack)
        self.async_update_listeners()

    @override
    async def _async_poll(self, started: float) -> Catalog:
        """Ask for everything that can be chosen, unless N.I.N.A. is known to be gone."""
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
        """Return whether a plugin is installed; those of one run of N.I.N.A. are asked for once."""
        if not self.client.supports(self.client.application.get_plugins):
            return False
        server = self.equipment.data.server
        if self._plugins is None or self._plugins[0] != server:
            try:
                self._plugins = (server, await self.client.application.get_plugins())
            except NinaNotFoundError:
                self._plugins = (server, ())
            except NinaError as err:
                LOGGER.debug("%s: the plugins cannot be told: %s", self.name, err)
                self.update_interval = RETRY
                return False
        return any(plugin in name.casefold().replace(" ", "") for name in self._plugins[1])

    async def _async_stacking(self, known: Catalog) -> LiveStackState | Unknown | None:
        """Ask whether the live stack runs, where there is one that can be asked."""
        client = self.client
        if not client.supports(client.live_stack.get_state):
            return None
        if not await self._async_has(STACKING_PLUGIN):
            return None
        state = await self._async_ask(client.live_stack.get_state, known.stacking)
        return state or Unknown("")

    async def _async_stack(self) -> Stack | None:
        """Ask which stacks there are, of which an event may have brought a newer one meanwhile."""
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
        """Ask one question; keep what is known where it is not answered."""
        try:
            return await ask()
        except NinaError as err:
            LOGGER.debug("%s could not be read: %s", self.name, err)
            return known
