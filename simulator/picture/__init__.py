"""Frames of the simulated camera: rendered from a scene, measured, and encoded for clients."""

from simulator.picture.desktop import screenshot
from simulator.picture.encode import debayer, encode, fits, rescale, stretch, thumbnail, unstretched
from simulator.picture.field import shape_of
from simulator.picture.measure import Statistics, measure
from simulator.picture.render import render, render_color
from simulator.picture.scene import HEIGHT, WIDTH, FrameKind, Scene, Shape

__all__ = [
    "HEIGHT",
    "WIDTH",
    "FrameKind",
    "Scene",
    "Shape",
    "Statistics",
    "debayer",
    "encode",
    "fits",
    "measure",
    "render",
    "render_color",
    "rescale",
    "screenshot",
    "shape_of",
    "stretch",
    "thumbnail",
    "unstretched",
]
