"""What follows a change in the next turn of the event loop."""

import asyncio

from custom_components.nina_observatory.helpers.listeners import Followers


async def test_one_call_follows_all_changes_of_a_turn() -> None:
    """It comes in the next turn, or earlier if it must, or never."""
    followers, calls = Followers(asyncio.get_running_loop()), list[str]()
    followers.async_add(lambda: calls.append("first"))
    remove = followers.async_add(lambda: calls.append("second"))
    followers.async_flush()
    assert calls == []

    followers.async_call_soon()
    followers.async_call_soon()
    assert calls == []
    await asyncio.sleep(0)
    assert calls == ["first", "second"]

    remove()
    followers.async_call_soon()
    followers.async_flush()
    assert calls[2:] == ["first"]
    await asyncio.sleep(0)
    assert calls[3:] == []

    followers.async_call_soon()
    followers.async_stop()
    await asyncio.sleep(0)
    followers.async_flush()
    assert calls[3:] == []


async def test_a_change_by_a_follower_is_followed_as_well() -> None:
    """It is not lost, and does not follow in the same turn."""
    followers, calls = Followers(asyncio.get_running_loop()), list[int]()

    def change() -> None:
        calls.append(len(calls))
        if len(calls) < 3:
            followers.async_call_soon()

    followers.async_add(change)
    followers.async_call_soon()
    for turn in range(1, 5):
        await asyncio.sleep(0)
        assert len(calls) == min(turn, 3)
