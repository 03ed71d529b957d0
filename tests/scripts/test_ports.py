"""Free ports are found beside busy ones."""

from collections.abc import Iterator
import socket

import pytest

from scripts._demo.ports import is_free, next_free


@pytest.fixture
def busy(socket_enabled: None) -> Iterator[int]:
    """Return a port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_somebody_listens_on_is_busy(busy: int) -> None:
    assert not is_free(busy)


def test_the_next_free_port_is_taken_once(busy: int) -> None:
    taken: set[int] = set()
    first = next_free(busy, taken)
    second = next_free(busy, taken)
    assert busy < first < second
    assert taken == {first, second}


def test_a_free_port_is_used_as_wanted(socket_enabled: None) -> None:
    with socket.socket() as released:
        released.bind(("127.0.0.1", 0))
        port = released.getsockname()[1]
    assert next_free(port, set()) == port


def test_there_is_an_end_to_the_search(socket_enabled: None) -> None:
    with pytest.raises(OSError, match="no free port"):
        next_free(65535, {65535})
