"""Commands for N.I.N.A. itself: its profile and its visible page."""

from dataclasses import dataclass, replace
from typing import Final

from ...api import (
    ApplicationTab,
    Equipment,
    NinaClient,
    NinaCommandError,
    ProfileSettings,
    ProfileSummary,
    Unknown,
)
from ...const import CommandKey, Subject
from ...errors import Reason
from ..command import Command, Fetch, Readings, Refusal, asked


class ProfileKey(CommandKey):
    """Keys of the commands for N.I.N.A.'s profiles and window."""

    SET_PROFILE_VALUE = "set_profile_value"
    SWITCH_PROFILE = "switch_profile"
    SWITCH_TAB = "switch_tab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The profiles, and whether a sequence runs that was made for the active one.

    None if the sequence cannot be read.
    """

    known: tuple[ProfileSummary, ...]
    sequence_running: bool | None

    @property
    def active(self) -> str | None:
        """Return the id of the active profile."""
        return next((each.id for each in self.known if each.active), None)


async def _fetch(readings: Readings) -> tuple[bool, Profiles | None]:
    reachable, known = await asked(lambda client: client.profile.get_all())(readings)
    if known is None:
        return reachable, None
    reading = await readings.sequence.async_read()
    return reachable, Profiles(known=known, sequence_running=reading.running)


def switch_profile(profile_id: str) -> Command[Profiles]:
    """Activate a profile by its id."""

    def _cannot_switch(profiles: Profiles, _equipment: Equipment) -> Refusal | None:
        if profile_id not in {each.id for each in profiles.known}:
            return Reason.PROFILE_MISSING
        if profiles.sequence_running is None:
            return Reason.SEQUENCE_UNREADABLE
        return Reason.PROFILE_WHILE_RUNNING if profiles.sequence_running else None

    return Command(
        key=ProfileKey.SWITCH_PROFILE,
        subject=Subject.PROFILE,
        method=lambda client: client.profile.switch,
        fetch=_fetch,
        send=lambda client, _: client.profile.switch(profile_id),
        succeeded=lambda profiles: profiles.active == profile_id,
        proof_text="the list of profiles shows it as active",
        reads=lambda profiles: next((each.name for each in profiles.known if each.active), None),
        timeout=60,
        precondition=_cannot_switch,
    )


_FETCH_SETTINGS: Final = asked(lambda client: client.profile.get_settings())


def set_profile_value(
    path: str,
    value: str,
    fetch: Fetch[ProfileSettings] = _FETCH_SETTINGS,
    *,
    provable: bool = True,
) -> Command[ProfileSettings]:
    """Change a setting of the active profile.

    If no reading can show the value (not `provable`), N.I.N.A.'s reply decides.
    """

    def holds(settings: ProfileSettings) -> bool:
        return settings.find(path).reads(value) is True

    def already(settings: ProfileSettings, _equipment: Equipment) -> bool:
        """Return whether the setting has exactly this value, including the case of text."""
        now = settings.find(path)
        return now.reads(value) is True and not (isinstance(now.value, str) and now.value != value)

    return Command(
        key=ProfileKey.SET_PROFILE_VALUE,
        subject=Subject.PROFILE,
        method=lambda client: client.profile.set_value,
        fetch=fetch,
        send=lambda client, _: client.profile.set_value(path, value),
        succeeded=holds if provable else None,
        already_done=already if provable else None,
        proof_text="the profile has the value",
        reads=lambda settings: settings.find(path).shown,
        timeout=20,
    )


async def _tab(client: NinaClient) -> ApplicationTab | Unknown:
    """Read the visible page; pages of plugins have no name."""
    try:
        return await client.application.get_tab() or Unknown("")
    except NinaCommandError:
        return Unknown("")


async def _fetch_nothing(_readings: Readings) -> tuple[bool, Unknown]:
    """Read nothing: older servers do not report the visible page."""
    return True, Unknown("")


def switch_tab(tab: ApplicationTab) -> Command[ApplicationTab | Unknown]:
    """Show a page of N.I.N.A.'s window."""
    unseen = Command[ApplicationTab | Unknown](
        key=ProfileKey.SWITCH_TAB,
        subject=Subject.TAB,
        method=lambda client: client.application.switch_tab,
        fetch=_fetch_nothing,
        send=lambda client, _: client.application.switch_tab(tab),
    )
    return replace(
        unseen,
        method=lambda client: client.application.get_tab,
        fetch=asked(_tab),
        succeeded=lambda shown: shown == tab,
        proof_text="N.I.N.A. reports that it shows the tab",
        reads=lambda shown: shown if isinstance(shown, ApplicationTab) else None,
        fallback=unseen,
    )
