"""The waits between attempts to reach somebody who does not answer."""

from custom_components.nina_observatory.api import Backoff


def test_waits_grow_to_a_limit_and_begin_anew() -> None:
    backoff = Backoff(first=1, longest=60, factor=2)

    waits = [backoff.next() for _ in range(10)]
    assert all(
        0.75 * step <= wait <= step
        for step, wait in zip([1, 2, 4, 8, 16, 32, 60, 60, 60, 60], waits, strict=True)
    )
    backoff.reset()
    assert backoff.next() <= 1
