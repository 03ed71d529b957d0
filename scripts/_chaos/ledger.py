"""A ledger of requests that others can listen to."""

from collections.abc import Callable
from typing import override

from simulator.ledger import Entry, Ledger

type Listener = Callable[[Entry], None]


class OpenLedger(Ledger):
    """A ledger that tells at once what it enters."""

    def __init__(self) -> None:
        """Begin without listeners."""
        super().__init__()
        self.on_open: list[Listener] = []
        self.on_close: list[Listener] = []

    @override
    def open(self, entry: Entry) -> Entry:
        """Enter a request and tell of it."""
        opened = super().open(entry)
        for listener in self.on_open:
            listener(entry)
        return opened

    @override
    def close(self, entry: Entry) -> None:
        """Note that a request was answered and tell of it."""
        super().close(entry)
        for listener in self.on_close:
            listener(entry)
