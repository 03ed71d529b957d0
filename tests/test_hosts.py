"""What people type as a host."""

import pytest

from custom_components.nina_observatory.upkeep.address.hosts import (
    InvalidHostError,
    parse_address,
)


@pytest.mark.parametrize(
    ("typed", "host", "port"),
    [
        ("192.168.1.20", "192.168.1.20", None),
        ("  192.168.1.20 \n", "192.168.1.20", None),
        ("192.168.1.20:1889", "192.168.1.20", 1889),
        ("http://192.168.1.20:1888/v2/api", "192.168.1.20", 1888),
        ("HTTP://Imaging-PC.local", "imaging-pc.local", None),
        ("ws://imaging-pc:1888/v2/socket", "imaging-pc", 1888),
        ("imaging_pc", "imaging_pc", None),
        ("http://köln:1888", "xn--kln-sna", 1888),
        ("xn--kln-sna.local", "xn--kln-sna.local", None),
        ("fe80::1", "fe80::1", None),
        ("[fe80::1]", "fe80::1", None),
        ("http://[fe80::1]:1888", "fe80::1", 1888),
    ],
)
def test_typed_addresses(typed: str, host: str, port: int | None) -> None:
    """What can be meant is understood."""
    assert parse_address(typed) == (host, port)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "imaging pc",
        "http://",
        "ftp://imaging-pc",
        "imaging-pc:port",
        "a@b",
        "-pc-",
        "a..b",
        "http://_]&[@#",
        "fe80::1%\tb?0",
    ],
)
def test_nonsense(typed: str) -> None:
    """What cannot be meant is refused."""
    with pytest.raises(InvalidHostError):
        parse_address(typed)
