"""The switches."""

from ..transport import Endpoint, Reply


class SwitchesEndpoint(Endpoint):
    """Write channels."""

    async def set_value(self, index: int, value: float) -> Reply:
        """Write a channel by its position among the writable ones (`SwitchHub.index_of`)."""
        return await self._command(
            "equipment", "switch", "set", params={"index": index, "value": value}
        )
