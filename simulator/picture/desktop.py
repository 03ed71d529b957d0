"""A picture of the imaging computer's desktop: a drawn window of a simulated N.I.N.A."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PIL import Image, ImageDraw, ImageFont

__all__ = ["screenshot"]

_SIZE = (1920, 1080)
_TABS = ("Equipment", "Sky Atlas", "Framing", "Flat Wizard", "Sequencer", "Imaging", "Options")
_WALL, _WINDOW, _PANEL, _EDGE = "#0b1420", "#1d232b", "#262d37", "#3a4452"
_TEXT, _FAINT, _ACCENT, _GOOD = "#d8dee6", "#8a95a3", "#4fa3d8", "#6cc08b"
_RAIL, _SIDE, _BAR = 110, 460, 46


def screenshot(
    now: datetime,
    *,
    tab: str = "Imaging",
    equipment: Mapping[str, bool] | None = None,
    lines: Sequence[tuple[str, str]] = (),
    picture: Image.Image | None = None,
) -> Image.Image:
    """Return the desktop: the open tab, which equipment is connected, name and value lines.

    `picture` is the newest frame, already stretched.
    """
    desktop = Image.new("RGB", _SIZE, _WALL)
    draw = ImageDraw.Draw(desktop)
    _draw_frame(draw, now)
    _draw_tabs(draw, tab)
    left, top, right, bottom = _RAIL + 44, 96, _SIZE[0] - _SIDE - 44, _SIZE[1] - 110
    draw.rectangle((left, top, right, bottom), fill="#000000", outline=_EDGE)
    if picture is not None:
        shown = picture.convert("RGB")
        shown.thumbnail((right - left - 2, bottom - top - 2), Image.Resampling.BOX)
        x, y = (left + right - shown.width) // 2, (top + bottom - shown.height) // 2
        desktop.paste(shown, (x, y))
    else:
        text = "No image"
        draw.text(((left + right) / 2, (top + bottom) / 2), text, _FAINT, _font(26), anchor="mm")
    _draw_side(draw, equipment or {}, lines)
    return desktop


def _draw_frame(draw: ImageDraw.ImageDraw, now: datetime) -> None:
    """Draw the window, its title and the task bar."""
    draw.rounded_rectangle((20, 16, _SIZE[0] - 20, _SIZE[1] - 70), 8, fill=_WINDOW, outline=_EDGE)
    title = "N.I.N.A. - Nighttime Imaging 'N' Astronomy (simulated)"
    draw.text((40, 44), title, _TEXT, _font(22), anchor="lm")
    for index, color in enumerate(("#5c6775", "#5c6775", "#b5524a")):
        x = _SIZE[0] - 150 + index * 40
        draw.ellipse((x, 34, x + 20, 54), fill=color)
    draw.rectangle((0, _SIZE[1] - _BAR, *_SIZE), fill="#10161e")
    clock = f"{now:%H:%M:%S}   {now:%Y-%m-%d}"
    draw.text((_SIZE[0] - 24, _SIZE[1] - _BAR / 2), clock, _TEXT, _font(20), anchor="rm")
    draw.text((24, _SIZE[1] - _BAR / 2), "Simulated observatory", _FAINT, _font(20), anchor="lm")


def _draw_tabs(draw: ImageDraw.ImageDraw, tab: str) -> None:
    """Draw the column of tabs with the open one marked."""
    for index, name in enumerate(_TABS):
        top = 96 + index * 118
        chosen = name.casefold().replace(" ", "") == tab.casefold().replace(" ", "")
        box = (36, top, _RAIL + 24, top + 104)
        draw.rounded_rectangle(box, 6, fill=_ACCENT if chosen else _PANEL)
        draw.ellipse((68, top + 18, 102, top + 52), outline=_TEXT, width=3)
        draw.text((85, top + 80), name, _TEXT, _font(15), anchor="mm")


def _draw_side(
    draw: ImageDraw.ImageDraw, equipment: Mapping[str, bool], lines: Sequence[tuple[str, str]]
) -> None:
    """Draw the panels beside the picture."""
    left, right = _SIZE[0] - _SIDE - 20, _SIZE[0] - 44
    height = 54 + 34 * ((len(equipment) + 1) // 2)
    draw.rounded_rectangle((left, 96, right, 96 + height), 6, fill=_PANEL, outline=_EDGE)
    draw.text((left + 16, 112), "Equipment", _ACCENT, _font(20))
    for index, (name, connected) in enumerate(equipment.items()):
        x, y = left + 20 + index % 2 * 210, 150 + index // 2 * 34
        draw.ellipse((x, y + 3, x + 14, y + 17), fill=_GOOD if connected else "#59626f")
        draw.text((x + 24, y), name, _TEXT if connected else _FAINT, _font(18))
    top = 96 + height + 20
    draw.rounded_rectangle((left, top, right, _SIZE[1] - 110), 6, fill=_PANEL, outline=_EDGE)
    draw.text((left + 16, top + 16), "Status", _ACCENT, _font(20))
    for index, (name, value) in enumerate(lines[:20]):
        y = top + 56 + index * 32
        draw.text((left + 20, y), name, _FAINT, _font(18))
        draw.text((right - 20, y), value, _TEXT, _font(18), anchor="ra")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the library's own font."""
    return ImageFont.load_default(size)
