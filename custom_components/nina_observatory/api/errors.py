"""Exceptions of this library."""

from .plain_text import one_line


class NinaError(Exception):
    """Base of all exceptions that this library raises on purpose; the message is one bounded line."""

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(message))


class NinaConnectionError(NinaError):
    """Nothing answered: refused, unknown host, connection reset."""


class NinaUnreachableError(NinaConnectionError):
    """No connection was established, so nothing was sent: refused, or an unknown host."""


class NinaRefusedError(NinaUnreachableError):
    """The computer answered that nothing listens there: N.I.N.A. is not running."""


class NinaTimeoutError(NinaConnectionError):
    """Nothing answered within the timeout of the request."""


class NinaNotRunningError(NinaConnectionError):
    """A companion of the Advanced API answered that the Advanced API does not run."""


class NinaCommandLostError(NinaConnectionError):
    """A command was sent and the connection broke: it may or may not have been carried out."""


class NinaResponseError(NinaError):
    """The server is not N.I.N.A., or the answer is malformed."""


class NinaUnfinishedError(NinaResponseError):
    """The operation was started and has not finished."""


class NinaNotFoundError(NinaResponseError):
    """The server has no such route: its plugin is older than the route."""


class NinaVersionError(NinaError):
    """The plugin is too old, or the request needs a newer one."""


class NinaCommandError(NinaError):
    """N.I.N.A. refused: `text` is its own unchanged message, `code` the one in the envelope.

    `details` are the issues for which it refused flats, in its language.
    """

    def __init__(self, text: str, code: int, details: tuple[str, ...] = ()) -> None:
        super().__init__(": ".join((text, *details)))
        self.text = text
        self.code = code
        self.details = details


class NinaNotReadyError(NinaCommandError):
    """The sequencer is still being initialized, some seconds after N.I.N.A. started."""
