"""Dialogs on the screen of the computer, which wait for a click."""

import asyncio

__all__ = ["Dialogs"]


class Dialogs:
    """The open dialogs: checklists before a start, message boxes, questions about the site."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: list[tuple[str, asyncio.Future[bool]]] = []

    @property
    def texts(self) -> list[str]:
        """Return the texts of the open dialogs, oldest first."""
        return [text for text, _ in self._open]

    async def ask(self, text: str) -> bool:
        """Show a dialog and return the answer to it."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._open.append((text, answer))
        try:
            return await answer
        finally:
            self._open = [entry for entry in self._open if entry[1] is not answer]

    def forget(self) -> None:
        """Drop the open dialogs without an answer, as the end of N.I.N.A. does."""
        self._open = []

    def answer(self, *, go_on: bool = True) -> bool:
        """Click on the oldest open dialog, and return whether there was one."""
        if not self._open:
            return False
        _, answer = self._open[0]
        if not answer.done():
            answer.set_result(go_on)
        return True
