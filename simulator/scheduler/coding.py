"""Content codings as the scheduler's web server negotiates them."""

import gzip
import zlib

__all__ = ["chosen_coding", "compressed"]

_KNOWN = ("gzip", "deflate", "identity")


def chosen_coding(header: str | None) -> str | None:
    """Return gzip, deflate or identity by an Accept-Encoding header, None when nothing fits.

    Without the header the answer is not compressed; identity has to be listed like the others.
    """
    if header is None or not header.strip():
        return "identity"
    offers: list[tuple[float, int, str]] = []
    for position, part in enumerate(header.split(",")):
        name, _, options = part.strip().partition(";")
        weight = _weight(options)
        name = "gzip" if name.strip() == "*" else name.strip().casefold()
        if name in _KNOWN and weight > 0:
            offers.append((-weight, position, name))
    return min(offers)[2] if offers else None


def compressed(data: bytes, coding: str) -> bytes:
    """Return data in a coding."""
    if coding == "gzip":
        return gzip.compress(data, mtime=0)
    if coding == "deflate":
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return packer.compress(data) + packer.flush()
    return data


def _weight(options: str) -> float:
    """Return the q value of an offer, 0 when it is nonsense."""
    name, _, value = options.strip().partition("=")
    if name.strip().casefold() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
