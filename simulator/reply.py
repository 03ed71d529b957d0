"""Replies of a handler: an envelope, a picture, bare JSON, or a page of HTML."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """An envelope; the HTTP status is 200 for any `code`."""

    response: Any = ""
    error: str = ""
    code: int = 200
    success: bool = True
    kind: str = "API"

    def envelope(self) -> dict[str, Any]:
        """Return the envelope with its keys in the server's order."""
        return {
            "Response": self.response,
            "Error": self.error,
            "StatusCode": self.code,
            "Success": self.success,
            "Type": self.kind,
        }


@dataclass(frozen=True, slots=True)
class Bare:
    """JSON without an envelope."""

    value: Any


@dataclass(frozen=True, slots=True)
class Given:
    """An envelope around a payload that is written as it is, nulls included."""

    payload: Any


@dataclass(frozen=True, slots=True)
class Empty:
    """HTTP 200 without a body."""


@dataclass(frozen=True, slots=True)
class StateReply:
    """An envelope that the reflecting serializer of sequence/state writes."""

    response: Any


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes of a picture, sent chunked."""

    data: bytes
    content_type: str


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """An error envelope: `Error` is `text`, `StatusCode` is `code`."""

    def __init__(self, text: str, code: int, response: Any = "") -> None:
        """Keep the parts of the envelope."""
        super().__init__(text)
        self.text = text
        self.code = code
        self.response = response

    def reply(self) -> Reply:
        """Return the envelope."""
        return Reply(self.response, self.text, self.code, success=False)


class Page(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """A reply that is not the envelope: a true HTTP status and a page of HTML."""

    def __init__(self, status: int, message: str = "", kind: str = "") -> None:
        """Keep the status, the message and the name of the .NET exception that caused it."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind


UNKNOWN_ERROR = Refusal("Unknown error", 500)
