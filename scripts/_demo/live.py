"""The live line: what is being imaged, by which filter, how far."""

import asyncio

import aiohttp

from .console import Console
from .rig import Rig, View
from .session import Session

INTERVAL = 2.0


async def follow(console: Console, session: Session, entry_id: str) -> None:
    """Show the live line until canceled."""
    while True:
        try:
            rig = await Rig.load(session, entry_id)
            while True:
                console.live(line(await View.take(session, rig)))
                await asyncio.sleep(INTERVAL)
        except aiohttp.ClientError, TimeoutError:
            console.live("Home Assistant is not responding …")
            await asyncio.sleep(INTERVAL)


def line(view: View) -> str:
    """Return the live line for the states of now."""
    parts = [_activity(view), _progress(view), _quality(view), _roof(view), _safety(view)]
    return "  ·  ".join(part for part in parts if part)


def _activity(view: View) -> str:
    """Say what is being imaged, by which filter, which frame it is, and until when."""
    if view.state("binary_sensor", "hub_reachable") == "off":
        return "N.I.N.A. is not reachable"
    return view.state("sensor", "hub_now_imaging") or "Unknown what is being imaged"


def _progress(view: View) -> str:
    """Say how far the night is, and the projects of the scheduler are."""
    taken, planned = view.number("hub_frames"), view.number("scheduler_overall_progress")
    parts = [
        f"{taken:.0f} frames tonight" if taken is not None else "",
        f"projects {planned:.0f}%" if planned is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _quality(view: View) -> str:
    """Say how good the last frame was, and the guiding is."""
    hfr, rms = view.number("hub_hfr"), view.number("guider_rms_total")
    parts = [f"HFR {hfr:.2f} px" if hfr else "", f"guiding {rms:.2f}″" if rms else ""]
    return ", ".join(part for part in parts if part)


def _roof(view: View) -> str:
    """Say how the dome stands."""
    shutter = view.state("cover", "dome_shutter")
    return f"dome {shutter}" if shutter else ""


def _safety(view: View) -> str:
    """Say whether it is safe."""
    unsafe = view.state("binary_sensor", "hub_not_safe")
    return {"on": "UNSAFE", "off": "safe"}.get(unsafe or "", "")
