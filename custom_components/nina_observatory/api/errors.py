"""What can go wrong between this library and N.I.N.A."""

from .plain_text import one_line


class NinaError(Exception):
    """Base of everything this library raises on purpose; its message is one bounded line."""

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(message))


class NinaConnectionError(NinaError):
    """Nothing answered: refused, unknown host, connection reset."""


class NinaUnreachableError(NinaConnectionError):
    """No connection came about, so nothing was sent: refused, or an unknown host."""


class NinaTimeoutError(NinaConnectionError):
    """Nothing answered in the time given to the request."""


class NinaNotRunningError(NinaConnectionError):
    """A companion of the Advanced API answered that the Advanced API does not run."""


class NinaCommandLostError(NinaConnectionError):
    """A command was sent and the connection broke: it may or may not have been carried out."""


class NinaResponseError(NinaError):
    """Something answered that is not N.I.N.A., or the answer is broken."""


class NinaUnfinishedError(NinaResponseError):
    """What was to be waited for was started, and is not over."""


class NinaNotFoundError(NinaResponseError):
    """The server has no such route: its plugin is older than the route."""


class NinaVersionError(NinaError):
    """The plugin is too old, or what was asked needs a newer one."""


class NinaCommandError(NinaError):
    """N.I.N.A. refused: `text` is its own wording as it came, `code` that in the envelope.

    `details` are the issues that it names with a refusal of flats, in its language.
    """

    def __init__(self, text: str, code: int, details: tuple[str, ...] = ()) -> None:
        super().__init__(": ".join((text, *details)))
        self.text = text
        self.code = code
        self.details = details


class NinaNotReadyError(NinaCommandError):
    """The sequencer is still being initialised, some seconds after N.I.N.A. started."""
