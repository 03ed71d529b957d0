"""Write the pictures into the brand folder of the integration."""

from pathlib import Path

from PIL import Image

from scripts._usage.brand import parser

from .drawing import DARK, FIELD, LIGHT, OVERSAMPLING, Palette, Pen, draw_icon

FOLDER = Path(__file__).parents[2] / "custom_components/nina_observatory/brand"
ICON_SIZE = 256
LOGO_HEIGHT = 128
NAME = ("N.I.N.A.", "Observatory")


def icon(palette: Palette, size: int) -> Image.Image:
    """Return the icon, trimmed and centered in a square."""
    pen = Pen(FIELD, FIELD, size * OVERSAMPLING / FIELD)
    draw_icon(pen, palette)
    trimmed = pen.image.crop(pen.image.getbbox())
    side = max(trimmed.size)
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(trimmed, ((side - trimmed.width) // 2, side - trimmed.height))
    return square.resize((size, size), Image.Resampling.LANCZOS)


def logo(palette: Palette, height: int) -> Image.Image:
    """Return the icon with the name beside it, trimmed."""
    pen = Pen(3200, FIELD, height * OVERSAMPLING / FIELD)
    draw_icon(pen, palette)
    pen.text((1080, 560), NAME[0], 330, palette.text)
    pen.text((1080, 930), NAME[1], 330, palette.text)
    trimmed = pen.image.crop(pen.image.getbbox())
    width = round(trimmed.width * height / trimmed.height)
    return trimmed.resize((width, height), Image.Resampling.LANCZOS)


def pictures() -> dict[str, Image.Image]:
    """Return every picture by its file name."""
    made = {}
    for prefix, palette in (("", LIGHT), ("dark_", DARK)):
        for suffix, factor in (("", 1), ("@2x", 2)):
            made[f"{prefix}icon{suffix}.png"] = icon(palette, ICON_SIZE * factor)
            made[f"{prefix}logo{suffix}.png"] = logo(palette, LOGO_HEIGHT * factor)
    return made


def main() -> None:
    """Write all pictures."""
    parser().parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        picture.save(FOLDER / name, optimize=True)
        print(f"{name:18} {picture.width} x {picture.height}")


if __name__ == "__main__":
    main()
