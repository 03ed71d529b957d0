"""icons.json and the brand pictures."""

from collections.abc import Iterator
from pathlib import Path
import re

from PIL import Image

from .files import integration, paths, read_object

ICON = re.compile(r"mdi:[a-z0-9-]+")
SQUARES = {"icon.png": 256, "icon@2x.png": 512, "dark_icon.png": 256, "dark_icon@2x.png": 512}
LOGOS = {"logo.png": 128, "logo@2x.png": 256, "dark_logo.png": 128, "dark_logo@2x.png": 256}


def check_icons(root: Path) -> Iterator[str]:
    """Check that icons have the form of one and belong to texts that exist."""
    icons = read_object(integration(root) / "icons.json")
    texts = read_object(integration(root) / "translations/en.json")
    for path, icon in paths(icons):
        if not isinstance(icon, str) or not ICON.fullmatch(icon):
            yield f"icons.json: {path} is {icon!r}, not like mdi:telescope"
    for platform, entities in icons.get("entity", {}).items():
        for key in entities:
            if key not in texts.get("entity", {}).get(platform, {}):
                yield f"icons.json: entity.{platform}.{key} has no text"


def check_brand(root: Path) -> Iterator[str]:
    """Check size and transparency of the brand pictures."""
    folder = integration(root) / "brand"
    for name, size in (SQUARES | LOGOS).items():
        if not (folder / name).exists():
            yield f"brand/{name} is missing"
            continue
        with Image.open(folder / name) as picture:
            if picture.format != "PNG" or picture.mode != "RGBA":
                yield f"brand/{name} is not a PNG with transparency"
            if picture.height != size or (name in SQUARES and picture.width != size):
                yield f"brand/{name} is {picture.width} x {picture.height}, not {size} high"
