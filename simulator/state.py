"""The truth about an observatory as plain data, for the control port and the terminal."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .observatory import Observatory

__all__ = ["state"]


def state(observatory: Observatory) -> dict[str, Any]:
    """Return the true state of everything."""
    return {
        "time": observatory.clock.now().isoformat(),
        "speed": observatory.clock.speed,
        "lapse": observatory.clock.lapse,
        "version": observatory.dialect.reported_version,
        "scenario": observatory.scenario,
        "ports": {"api": observatory.port, "scheduler": observatory.scheduler_port},
        "serving": observatory.transport.listener.is_open,
        "application_start": observatory.application.started.isoformat(),
        "profile": observatory.profile.name,
        "connected": {device.role: device.connected for device in observatory.devices},
        "devices": _devices(observatory),
        "sequence": {
            "initialized": observatory.sequence.initialized,
            "running": observatory.sequence.running,
        },
        "images": len(observatory.images),
        "events": len(observatory.events.history),
        "sockets": {channel.path: channel.clients for channel in observatory.channels},
        "faults": [fault.as_data() for fault in observatory.faults.active],
    }


def _devices(observatory: Observatory) -> dict[str, Any]:
    """Return the true state of each device."""
    camera, mount, dome = observatory.camera, observatory.mount, observatory.dome
    sky = mount.horizontal()
    return {
        "camera": {
            "exposing": camera.exposing,
            "temperature": round(camera.cooler.temperature, 2),
            "cooler_on": camera.cooler.on,
            "set_point": camera.cooler.set_point,
        },
        "mount": {
            "parked": mount.parked,
            "slewing": mount.slewing,
            "tracking": mount.tracking,
            "altitude": round(sky.altitude, 3),
            "azimuth": round(sky.azimuth, 3),
            "side_of_pier": mount.hardware.side.wire,
        },
        "focuser": {
            "position": observatory.focuser.position,
            "best_position": round(observatory.focuser.best_position, 1),
            "moving": observatory.focuser.travel.moving,
            "autofocus": observatory.autofocus.running,
        },
        "filter_wheel": {
            "slot": observatory.filter_wheel.slot,
            "moving": observatory.filter_wheel.moving,
        },
        "rotator": {
            "mechanical": round(observatory.rotator.mechanical, 3),
            "synced": observatory.rotator.synced,
        },
        "guider": {
            "state": observatory.guider.state,
            "rms_arcsec": round(observatory.guider.rms[2] * observatory.guider.scale, 3),
        },
        "dome": {
            "shutter": dome.shutter.wire,
            "opening": round(dome.opening, 3),
            "azimuth": round(dome.turn.value, 2),
            "following": dome.following,
            "parked": dome.parked,
        },
        "flat_panel": {
            "cover": observatory.flat_panel.cover.wire,
            "brightness": observatory.flat_panel.brightness,
        },
        "switch_hub": {
            channel.name: channel.value
            for channel in (*observatory.switch_hub.writable, *observatory.switch_hub.readonly)
        },
        "weather": {
            "rain_rate": observatory.weather.rain_rate,
            "cloud_cover": observatory.weather.cloud_cover,
            "temperature": observatory.weather.temperature,
        },
        "safety_monitor": {"is_safe": observatory.safety_monitor.is_safe},
    }
