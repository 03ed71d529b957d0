"""What happens to the simulated observatory, by its control port."""

import aiohttp


class Simulation:
    """Rain, a roof that jams, and N.I.N.A. being closed."""

    def __init__(self, control: str) -> None:
        """Keep the address of the control port."""
        self._control = control

    async def jam(self) -> None:
        """Let the shutter stop half-way, in error, whenever it is told to close."""
        await self._ask("POST", "faults/stuck_shutter", mode="jam", direction="close")

    async def free(self) -> None:
        """Let the shutter move again."""
        await self._ask("DELETE", "faults/stuck_shutter")

    async def rain(self) -> None:
        """Let it rain; the safety monitor turns unsafe."""
        await self._ask("POST", "commands/rain")

    async def close_nina(self) -> None:
        """Close N.I.N.A., as people do in the morning."""
        await self._ask("POST", "faults/nina_gone", goodbye=True)

    async def start_nina(self) -> None:
        """Start N.I.N.A. again; it connects everything."""
        await self._ask("DELETE", "faults/nina_gone")

    async def _ask(self, method: str, path: str, **options: str | bool) -> None:
        """Send a request to the control port."""
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self._control}/{path}", json=options or None) as answer,
        ):
            answer.raise_for_status()
