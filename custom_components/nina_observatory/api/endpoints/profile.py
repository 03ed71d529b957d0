"""Profiles."""

from ..models.base import decode, decode_all
from ..models.profile import Profile, ProfileSummary
from ..models.profile_settings import ProfileSettings
from ..transport import SLOW_TIMEOUT, Endpoint, Reply


class ProfileEndpoint(Endpoint):
    """Read, switch and change profiles."""

    async def get(self) -> Profile:
        """Read the part of the active profile that this library uses, without secrets."""
        envelope = await self._ask("profile", "show", params={"active": True})
        return decode(Profile, envelope.object())

    async def get_settings(self) -> ProfileSettings:
        """Read all settings of the active profile; see `ProfileSettings` for its secrets."""
        envelope = await self._ask("profile", "show", params={"active": True})
        return ProfileSettings.from_wire(envelope.object())

    async def get_all(self) -> tuple[ProfileSummary, ...]:
        """List the profiles."""
        envelope = await self._ask("profile", "show", params={"active": False})
        return decode_all(ProfileSummary, envelope.array())

    async def switch(self, profile_id: str) -> Reply:
        """Activate another profile, preferably with nothing connected."""
        return await self._command(
            "profile", "switch", params={"profileid": profile_id}, within=SLOW_TIMEOUT
        )

    async def set_value(self, path: str, value: str) -> Reply:
        """Change any setting of the active profile, by a path such as `CameraSettings-PixelSize`.

        Since 2.2.12.1 numbers select elements of lists.
        """
        return await self._command(
            "profile", "change-value", params={"settingpath": path, "newValue": value}
        )
