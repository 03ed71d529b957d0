"""The address of an imaging computer, as people type and read it."""

from ipaddress import ip_address
import re

from yarl import URL

_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?")


class InvalidHostError(ValueError):
    """The text is neither a host name nor an address."""


def parse_address(text: str) -> tuple[str, int | None]:
    """Return the host, and the port if included.

    Accepts what people paste from a browser: `http://192.168.1.20:1888/v2/api`, surrounding
    spaces, upper case, a bracketed or bare IPv6 address. Raises InvalidHostError for anything else.
    """
    typed = text.strip()
    try:
        if (bare := _bare_address(typed)) is not None:
            return bare, None
        url = URL(typed if "://" in typed else f"http://{typed}")
        host, port = url.raw_host, url.explicit_port
    except (IndexError, ValueError) as err:
        raise InvalidHostError(text) from err
    if url.scheme not in ("http", "https", "ws", "wss") or url.user or not _valid(host):
        raise InvalidHostError(text)
    return str(host).lower(), port


def format_address(host: str, port: int) -> str:
    """Return host and port as text, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bare_address(text: str) -> str | None:
    """Return a bare IP address, possibly with a zone."""
    try:
        address = str(ip_address(text.strip("[]")))
    except ValueError:
        return None
    _, zoned, zone = address.partition("%")
    return address if zone.isalnum() or not zoned else None


def _valid(host: str | None) -> bool:
    """Return whether this can be a host name or an address."""
    if not host:
        return False
    return _bare_address(host) is not None or _NAME.fullmatch(host.lower()) is not None
