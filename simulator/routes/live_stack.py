"""Routes of the live stack."""

import asyncio
from typing import TYPE_CHECKING, Any

from simulator.parameters import Text
from simulator.picture import render, render_color, stretch
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply, Stream
from simulator.routing import get

from .form import FORM, Form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.live_stack import LiveStack, Stack

_PICTURE = "/livestack/image/{target}/{filter}"


class LiveStackRoutes:
    """Start, stop, status and pictures of the live stack."""

    def __init__(self, live_stack: LiveStack) -> None:
        """Serve a live stack."""
        self._live_stack = live_stack

    @get("/livestack/status", since="2.2.12.0")
    async def status(self) -> Reply:
        """Return the plugin's last status."""
        return Reply(self._live_stack.status)

    @get("/livestack/start", since="2.1.7.1")
    async def start(self) -> Reply:
        """Ask the plugin to start, whether it is there or not."""
        await self._live_stack.start()
        return Reply("Live stack started")

    @get("/livestack/stop", since="2.1.7.1")
    async def stop(self) -> Reply:
        """Ask the plugin to stop, whether it is there or not."""
        await self._live_stack.stop()
        return Reply("Live stack stopped")

    @get("/livestack/image/available", since="2.2.7.0")
    async def available(self) -> Reply:
        """Return which pictures there are."""
        stacks = self._live_stack.stacks.values()
        return Reply([{"Filter": s.filter_name, "Target": s.target} for s in stacks])

    @get(_PICTURE, Text("target"), Text("filter"), *FORM, since="2.1.7.1")
    async def image(self, target: str, name: str, *form: Any) -> Reply | Stream:
        """Return the newest picture of a pair."""
        stack = self._live_stack.stacks.get((target, name))
        if stack is None:
            raise UNKNOWN_ERROR
        wanted = Form(*form)
        return await asyncio.to_thread(lambda: wanted.answer(stretch(_pixels(stack)), "image/jpg"))

    @get(f"{_PICTURE}/info", Text("target"), Text("filter"), since="2.2.11.0")
    async def info(self, target: str, name: str) -> Reply:
        """Return how many frames a picture has."""
        stack = self._live_stack.stacks.get((target, name))
        if stack is None:
            raise Refusal("No image with specified filter and target found", 404)
        return Reply(stack.as_data())


def _pixels(stack: Stack) -> NDArray[np.uint16]:
    """Return the picture of a stack, in color for a color camera."""
    return render_color(stack.scene) if stack.color else render(stack.scene)
