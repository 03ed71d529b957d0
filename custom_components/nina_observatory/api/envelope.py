"""The envelope around every reply of the Advanced API."""

from dataclasses import dataclass

from .errors import NinaCommandError, NinaNotFoundError, NinaNotReadyError, NinaResponseError
from .models.wire import integer, items, text
from .transport import Answer, parse_json
from .wire_json import Json

_NOT_READY = "Sequence is not initialized"
# The text of servers before 2.1 where newer ones return a 404 page.
_NO_ROUTE = "Unknown action"


@dataclass(frozen=True, slots=True)
class Reply:
    """N.I.N.A.'s reply to a command.

    Neither the text nor `success` proves anything: success mostly means accepted, and no success
    without an error means a refusal of some commands and the success of others. The state decides.
    """

    text: str
    success: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply that is not an error."""

    response: Json
    success: bool

    @property
    def reply(self) -> Reply:
        """The reply to a command."""
        return Reply(text(self.response) or "", self.success)

    def object(self) -> dict[str, Json]:
        """Return the content if it is an object; raises NinaResponseError for anything else."""
        if isinstance(self.response, dict):
            return self.response
        raise NinaResponseError(f"expected an object, got {type(self.response).__name__}")

    def array(self) -> list[Json]:
        """Return the content if it is an array; raises NinaResponseError for anything else."""
        if isinstance(self.response, list):
            return self.response
        raise NinaResponseError(f"expected an array, got {type(self.response).__name__}")

    def text(self) -> str:
        """Return the content if it is text; raises NinaResponseError for anything else."""
        if isinstance(self.response, str):
            return self.response
        raise NinaResponseError(f"expected a text, got {type(self.response).__name__}")


def open_envelope(answer: Answer) -> Envelope:
    """Decode an answer by its body; the HTTP status is meaningless.

    Raises NinaCommandError for an error (NinaNotReadyError for a temporary one), NinaNotFoundError
    if the server has no such route, NinaResponseError if the answer is not an envelope.
    """
    body = parse_json(answer)
    if not isinstance(body, dict) or "Response" not in body or "Success" not in body:
        raise NinaResponseError("no envelope around the answer")
    success = body["Success"] is True
    code = integer(body.get("StatusCode"))
    error = text(body.get("Error"))
    if error is None and (code is None or code < 400):
        return Envelope(body["Response"], success)
    raise _error(error or "Unknown error", code or 500, body["Response"])


def _error(error: str, code: int, response: object) -> NinaCommandError | NinaNotFoundError:
    """Choose the exception for an error in an envelope."""
    if error == _NO_ROUTE:
        return NinaNotFoundError("the server has no such route")
    if error == _NOT_READY:
        return NinaNotReadyError(error, code)
    details = tuple(filter(None, map(text, items(response))))
    return NinaCommandError(error, code, details)
