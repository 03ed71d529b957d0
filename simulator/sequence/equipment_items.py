"""Instructions for camera, dome, flat panel, switches and connections."""

from typing import TYPE_CHECKING, Any

from simulator.enums import ShutterState
from simulator.sequence.kinds import Kind, Simple

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = ["EQUIPMENT"]

_DEVICES = {
    "Camera": "camera",
    "Mount": "mount",
    "Telescope": "mount",
    "Focuser": "focuser",
    "Filter Wheel": "filter_wheel",
    "Rotator": "rotator",
    "Guider": "guider",
    "Dome": "dome",
    "Flat Panel": "flat_panel",
    "Switch": "switch_hub",
    "Weather": "weather",
    "Safety Monitor": "safety_monitor",
}


async def _cool(engine: Runner, node: Simple) -> bool:
    """Cool the camera."""
    camera = engine.rig.camera
    return await camera.cooling.cool(node.values["Temperature"], node.values["Duration"])


async def _warm(engine: Runner, node: Simple) -> bool:
    """Warm the camera up and switch its cooler off."""
    return await engine.rig.camera.cooling.warm(node.values["Duration"])


async def _dew_heater(engine: Runner, node: Simple) -> None:
    """Switch the camera's dew heater."""
    engine.rig.camera.dew_heater_on = node.values["OnOff"]


async def _readout_mode(engine: Runner, node: Simple) -> None:
    """Choose a readout mode."""
    engine.rig.camera.readout_mode = node.values["Mode"]


async def _usb_limit(engine: Runner, node: Simple) -> None:
    """Set the USB limit."""
    engine.rig.camera.usb_limit = node.values["USBLimit"]


async def _open_shutter(engine: Runner, _: Simple) -> None:
    """Open the shutter unless it is open."""
    if engine.rig.dome.known["ShutterStatus"] is not ShutterState.OPEN:
        await engine.rig.dome.routines.open_shutter()


async def _close_shutter(engine: Runner, _: Simple) -> None:
    """Close the shutter unless it is closed."""
    if engine.rig.dome.known["ShutterStatus"] is not ShutterState.CLOSED:
        await engine.rig.dome.routines.close_shutter()


async def _enable_sync(engine: Runner, _: Simple) -> bool:
    """Let the dome follow the mount."""
    return await engine.rig.dome.routines.start_following()


async def _disable_sync(engine: Runner, _: Simple) -> None:
    """Let the dome follow no longer."""
    await engine.rig.dome.routines.stop_following()


async def _park_dome(engine: Runner, _: Simple) -> None:
    """Park the dome."""
    await engine.rig.dome.routines.park()


async def _home_dome(engine: Runner, _: Simple) -> None:
    """Find the dome's home."""
    await engine.rig.dome.routines.find_home()


async def _synchronize_dome(engine: Runner, _: Simple) -> None:
    """Turn the dome to where the mount looks."""
    await engine.rig.dome.routines.synchronize()


async def _slew_dome(engine: Runner, node: Simple) -> None:
    """Turn the dome to an azimuth."""
    await engine.rig.dome.routines.turn_to(node.values["AzimuthDegrees"])


async def _open_cover(engine: Runner, _: Simple) -> None:
    """Open the cover of the flat panel."""
    await engine.rig.flat_panel.move_cover(closed=False)


async def _close_cover(engine: Runner, _: Simple) -> None:
    """Close the cover of the flat panel."""
    await engine.rig.flat_panel.move_cover(closed=True)


async def _set_brightness(engine: Runner, node: Simple) -> None:
    """Set the brightness of the flat panel."""
    await engine.rig.flat_panel.dim(node.values["Brightness"])


async def _toggle_light(engine: Runner, node: Simple) -> None:
    """Switch the light of the flat panel."""
    await engine.rig.flat_panel.switch_light(on=node.values["OnOff"])


async def _set_switch(engine: Runner, node: Simple) -> bool:
    """Write a switch and wait until it reads back."""
    hub = engine.rig.switch_hub
    numbers = [channel.number for channel in hub.writable]
    if node.values["SwitchIndex"] not in numbers:
        return False
    position = numbers.index(node.values["SwitchIndex"])
    await hub.set(position, node.values["Value"])
    await hub.next_poll()
    return bool(hub.writable[position].value == node.values["Value"])


def _shown_switch(_: Rig, node: Simple) -> dict[str, Any]:
    """Return the fields of a switch instruction; its index is the id of the switch."""
    return {"Value": node.values["Value"], "Index": node.values["SwitchIndex"]}


def _reflected_switch(rig: Rig, node: Simple) -> dict[str, Any]:
    """Return the properties of a switch instruction."""
    switches = [
        {"Id": channel.number, "Name": channel.name, "Value": channel.value}
        for channel in rig.switch_hub.writable
    ]
    chosen = [entry for entry in switches if entry["Id"] == node.values["SwitchIndex"]]
    selected = chosen[0] if chosen else None
    return {**node.values, "SelectedSwitch": selected, "WritableSwitches": switches}


async def _connect(engine: Runner, node: Simple) -> bool:
    """Connect a device."""
    device = getattr(engine.rig, _DEVICES[node.values["SelectedDevice"]])
    return bool(device.connected or await device.connect())


async def _disconnect(engine: Runner, node: Simple) -> None:
    """Disconnect a device."""
    await getattr(engine.rig, _DEVICES[node.values["SelectedDevice"]]).disconnect()


async def _connect_all(engine: Runner, _: Simple) -> None:
    """Connect everything that is not connected."""
    for device in reversed(engine.rig.devices):
        if not device.connected:
            await device.connect()
            await engine.rig.clock.sleep(0.4)


async def _disconnect_all(engine: Runner, _: Simple) -> None:
    """Disconnect everything."""
    for device in engine.rig.devices:
        await device.disconnect()


async def _start_stacking(engine: Runner, _: Simple) -> None:
    """Start live stacking."""
    await engine.rig.live_stack.start()


async def _stop_stacking(engine: Runner, _: Simple) -> None:
    """Stop live stacking."""
    await engine.rig.live_stack.stop()


def _shown_cooling(_: Rig, node: Simple) -> dict[str, Any]:
    """Return the fields of a cooling instruction."""
    return {
        "Temperature": node.values["Temperature"],
        "MinCoolingTime": node.values["Duration"],
    }


EQUIPMENT = (
    Kind(
        "Cool Camera",
        "Camera.CoolCamera",
        _cool,
        ("camera",),
        {"Temperature": -10.0, "Duration": 0.0},
        _shown_cooling,
    ),
    Kind(
        "Warm Camera",
        "Camera.WarmCamera",
        _warm,
        ("camera",),
        {"Duration": 0.0},
        lambda _, node: {"MinWarmingTime": node.values["Duration"]},
    ),
    Kind(
        "Dew Heater",
        "Camera.DewHeater",
        _dew_heater,
        ("camera",),
        {"OnOff": True},
        lambda _, node: {"DewHeaterOn": node.values["OnOff"]},
    ),
    Kind("Set Readout Mode", "Camera.SetReadoutMode", _readout_mode, ("camera",), {"Mode": 0}),
    Kind("Set USB Limit", "Camera.SetUSBLimit", _usb_limit, ("camera",), {"USBLimit": 40}),
    Kind("Open Dome Shutter", "Dome.OpenDomeShutter", _open_shutter, ("dome",)),
    Kind("Close Dome Shutter", "Dome.CloseDomeShutter", _close_shutter, ("dome",)),
    Kind("Enable Dome Sync", "Dome.EnableDomeSynchronization", _enable_sync, ("dome", "mount")),
    Kind("Disable Dome Sync", "Dome.DisableDomeSynchronization", _disable_sync, ("dome",)),
    Kind("Park Dome", "Dome.ParkDome", _park_dome, ("dome",)),
    Kind("Find Dome Home", "Dome.FindHomeDome", _home_dome, ("dome",)),
    Kind("Synchronize Dome", "Dome.SynchronizeDome", _synchronize_dome, ("dome", "mount")),
    Kind(
        "Slew Dome Azimuth",
        "Dome.SlewDomeAzimuth",
        _slew_dome,
        ("dome",),
        {"AzimuthDegrees": 0.0},
        lambda _, node: {"Azimuth": node.values["AzimuthDegrees"]},
    ),
    Kind("Open Flat Panel Cover", "FlatDevice.OpenCover", _open_cover, ("flat_panel",)),
    Kind("Close Flat Panel Cover", "FlatDevice.CloseCover", _close_cover, ("flat_panel",)),
    Kind(
        "Set Brightness",
        "FlatDevice.SetBrightness",
        _set_brightness,
        ("flat_panel",),
        {"Brightness": 1},
    ),
    Kind("Toggle Light", "FlatDevice.ToggleLight", _toggle_light, ("flat_panel",), {"OnOff": True}),
    Kind(
        "Set Switch Value",
        "Switch.SetSwitchValue",
        _set_switch,
        ("switch_hub",),
        {"Value": 0.0, "SwitchIndex": 0},
        _shown_switch,
        _reflected_switch,
    ),
    Kind(
        "Connect Equipment", "Connect.ConnectEquipment", _connect, (), {"SelectedDevice": "Mount"}
    ),
    Kind(
        "Disconnect Equipment",
        "Connect.DisconnectEquipment",
        _disconnect,
        (),
        {"SelectedDevice": "Mount"},
    ),
    Kind("Connect All Equipment", "Connect.ConnectAllEquipment", _connect_all),
    Kind("Disconnect All Equipment", "Connect.DisconnectAllEquipment", _disconnect_all),
    Kind("Start live stacking", "Livestack.StartLiveStacking", _start_stacking),
    Kind("Stop live stacking", "Livestack.StopLiveStacking", _stop_stacking),
)
