"""Filter wheel and rotator, also the networked ones that a person works."""

import asyncio

import pytest

from simulator import Observatory

from .support import Client, eventually, happened

WHEEL, ROTATOR = "/equipment/filterwheel", "/equipment/rotator"


async def test_change_filter(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{WHEEL}/change-filter?filterId=4") == "Filter changed"
    assert (await client.get(f"{WHEEL}/info"))["IsMoving"] is True
    event = await happened(observatory, "FILTERWHEEL-CHANGED")
    assert event.payload == {"Previous": {"Name": "L", "Id": 0}, "New": {"Name": "Ha", "Id": 4}}
    info = await client.get(f"{WHEEL}/info")
    assert info["SelectedFilter"] == {"Name": "Ha", "Id": 4}
    assert len(info["AvailableFilters"]) == 7


async def test_the_same_filter_is_announced_as_well(
    observatory: Observatory, client: Client
) -> None:
    await client.get(f"{WHEEL}/change-filter")
    event = await happened(observatory, "FILTERWHEEL-CHANGED")
    assert event.payload["Previous"] == event.payload["New"]


async def test_without_a_former_filter_nothing_is_announced(
    observatory: Observatory, client: Client
) -> None:
    observatory.filter_wheel.selected = None
    assert "SelectedFilter" not in await client.get(f"{WHEEL}/info")
    await client.get(f"{WHEEL}/change-filter?filterId=2")
    await eventually(lambda: observatory.filter_wheel.selected == 2)
    assert "FILTERWHEEL-CHANGED" not in observatory.events.names


@pytest.mark.parametrize("index", [-1, 7])
async def test_filters_that_do_not_exist(client: Client, index: int) -> None:
    refusal = ("Filter not available", 409)
    for action in ("change-filter", "filter-info", "remove-filter"):
        assert await client.refused(f"{WHEEL}/{action}?filterId={index}") == refusal


async def test_filters_are_those_of_the_profile(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{WHEEL}/add-filter") == "Filter added"
    assert (await client.get(f"{WHEEL}/info"))["AvailableFilters"][-1] == {
        "Name": "Filter8",
        "Id": 7,
    }
    assert await client.get(f"{WHEEL}/remove-filter?filterId=0") == "Filter removed"
    info = await client.get(f"{WHEEL}/info")
    assert info["AvailableFilters"][0] == {"Name": "R", "Id": 0}
    entry = await client.get(f"{WHEEL}/filter-info?filterId=3")
    assert (entry["Name"], entry["Position"], entry["FocusOffset"]) == ("Ha", 3, 28)
    assert entry["FlatWizardFilterSettings"]["FlatWizardMode"] == "DYNAMICEXPOSURE"
    observatory.filter_wheel.detach()
    info = await client.get(f"{WHEEL}/info")
    assert "SelectedFilter" not in info
    assert len(info["AvailableFilters"]) == 7
    for action in ("change-filter", "filter-info"):
        assert await client.refused(f"{WHEEL}/{action}") == ("Filterwheel not connected", 409)
    assert await client.get(f"{WHEEL}/add-filter") == "Filter added"


async def test_the_focus_follows_the_filter(observatory: Observatory, client: Client) -> None:
    before = observatory.focuser.position
    await client.get(f"{WHEEL}/change-filter?filterId=4")
    await happened(observatory, "FILTERWHEEL-CHANGED")
    assert observatory.focuser.position == before + 28
    observatory.profile.section("FocuserSettings")["UseFilterWheelOffsets"] = False
    await client.get(f"{WHEEL}/change-filter?filterId=0")
    await happened(observatory, "FILTERWHEEL-CHANGED", 2)
    assert observatory.focuser.position == before + 28


async def test_guiding_pauses_for_a_filter_where_the_profile_says_so(
    observatory: Observatory, client: Client
) -> None:
    observatory.profile.section("FilterWheelSettings")["DisableGuidingOnFilterChange"] = True
    observatory.dome.put_shutter(1.0)
    observatory.guider.routines.resume()
    before = len(observatory.events.names)
    await client.get(f"{WHEEL}/change-filter?filterId=1")
    await happened(observatory, "GUIDER-START")
    names = observatory.events.names[before:]
    assert names == ["GUIDER-STOP", "FILTERWHEEL-CHANGED", "GUIDER-START"]


async def test_the_wheel_is_not_polled(observatory: Observatory, client: Client) -> None:
    observatory.filter_wheel.wheel.put(3)
    await observatory.camera.next_poll()
    assert (await client.get(f"{WHEEL}/info"))["SelectedFilter"]["Id"] == 0


async def test_networked_wheel(observatory: Observatory, client: Client) -> None:
    await client.get(f"{WHEEL}/connect?to=Networked%20Filter%20Wheel")
    async with client.listening("/v2/filterwheel") as listener:
        await listener.socket.send_str("get-target-filter")
        await eventually(lambda: listener.messages == ["N/A"])
        await client.get(f"{WHEEL}/change-filter?filterId=2")
        await eventually(lambda: listener.messages[1:] == ["G"])
        await listener.socket.send_str("get-target-filter")
        await eventually(lambda: listener.messages[2:] == ["G"])
        assert (await client.get(f"{WHEEL}/info"))["IsMoving"] is True
        await listener.socket.send_str("filter-changed")
        await eventually(lambda: listener.messages[3:] == ["Change Complete"])
    assert observatory.filter_wheel.slot == 2


async def test_rotator_is_not_synced_at_first(observatory: Observatory, client: Client) -> None:
    await client.get(f"{ROTATOR}/connect")
    observatory.clock.speed = 0.1
    observatory.rotator.attach()
    info = await client.get(f"{ROTATOR}/info")
    assert (info["MechanicalPosition"], info["Synced"]) == (0, False)
    observatory.clock.speed = 200
    await observatory.rotator.next_poll()
    info = await client.get(f"{ROTATOR}/info")
    assert (info["MechanicalPosition"], info["Position"]) == (64.12, 64.12)


async def test_unsynced_rotator_refuses_silently(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{ROTATOR}/move?position=10") == "Rotator move started"
    await observatory.rotator.next_poll()
    await observatory.rotator.next_poll()
    info = await client.get(f"{ROTATOR}/info")
    assert (info["MechanicalPosition"], info["IsMoving"]) == (64.12, False)
    assert "ROTATOR-MOVED" not in observatory.events.names


async def test_moves(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{ROTATOR}/move-mechanical?position=100") == "Rotator move started"
    event = await happened(observatory, "ROTATOR-MOVED")
    assert event.payload["From"] == pytest.approx(64.12)
    assert event.payload["To"] == pytest.approx(100)
    await observatory.rotator.synchronize()
    assert observatory.events.names[-1] == "ROTATOR-SYNCED"
    await client.get(f"{ROTATOR}/move?position=15")
    event = await happened(observatory, "ROTATOR-MOVED", 2)
    assert event.payload["To"] == pytest.approx(15)
    info = await client.get(f"{ROTATOR}/info")
    assert info["Synced"] is True
    assert info["Position"] == pytest.approx(15)
    assert info["MechanicalPosition"] == pytest.approx((15 - 280.94) % 360)


async def test_stop(observatory: Observatory, client: Client) -> None:
    await client.get(f"{ROTATOR}/move-mechanical?position=200")
    await eventually(lambda: observatory.rotator.turn.moving)
    assert await client.get(f"{ROTATOR}/stop-move") == "Rotator move stopped"
    await eventually(lambda: not observatory.rotator.turn.moving)
    assert observatory.rotator.mechanical < 200


async def test_mechanical_range(observatory: Observatory, client: Client) -> None:
    url = f"{ROTATOR}/set-mechanical-range?range=half&rangeStartPosition=10.5"
    assert await client.get(url) == "Range set"
    settings = (await client.get("/profile/show?active=true"))["RotatorSettings"]
    assert (settings["RangeType"], settings["RangeStartMechanicalPosition"]) == ("HALF", 10.5)
    assert await client.get(f"{ROTATOR}/set-mechanical-range?range=1") == "Range set"
    await observatory.rotator.synchronize()
    await client.get(f"{ROTATOR}/move?position=220")
    await happened(observatory, "ROTATOR-MOVED")
    assert 10.5 <= observatory.rotator.mechanical <= 190.5
    assert (observatory.rotator.position - 220) % 180 == pytest.approx(0, abs=0.01)


async def test_reverse(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{ROTATOR}/reverse?reverseDirection=true") == "Reverse set"
    await observatory.rotator.next_poll()
    assert (await client.get(f"{ROTATOR}/info"))["Reverse"] is True


@pytest.mark.parametrize("action", ["move", "move-mechanical", "reverse", "stop-move"])
async def test_rotator_not_connected(observatory: Observatory, client: Client, action: str) -> None:
    observatory.rotator.detach()
    assert await client.refused(f"{ROTATOR}/{action}") == ("Rotator not connected", 409)


async def test_networked_rotator(observatory: Observatory, client: Client) -> None:
    await client.get(f"{ROTATOR}/connect?to=Networked%20Rotator")
    async with client.listening("/v2/rotator") as listener:
        await listener.socket.send_str("get-target-position")
        await eventually(lambda: listener.messages == [{"Message": "N/A"}])
        await client.get(f"{ROTATOR}/move-mechanical?position=100")
        await eventually(lambda: len(listener.messages) == 2)
        wanted = listener.messages[1]
        assert wanted["TargetPosition"] == 100
        assert wanted["Rotation"] == pytest.approx(100 - wanted["Position"])
        await listener.socket.send_str("rotation-completed")
        await eventually(lambda: listener.messages[2:] == [{"Message": "Rotation completed"}])
        await asyncio.sleep(0)
        await listener.socket.send_str("rotation-completed")
        await eventually(lambda: listener.messages[3:] == [{"Message": "Rotation completed"}])
    assert observatory.rotator.mechanical == 100
