"""The wiki of plugin 2.0: what is in the answers that are no state of a device, field by field."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from custom_components.nina_observatory.api import FilterWheel, Guider, Role, SwitchHub
from simulator import Observatory

from .prepare import guided, under_the_stars
from .table import Check, Row, Verdict, never, rest, unused, works
from .wiki_fields import same

if TYPE_CHECKING:
    from .bench import Bench


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of an answer.

    `fields` are its names on the wire, each with the name that it has here, if it is used at all, and
    with a question mark where its value is another one here. `ask` returns the part on the wire, and
    what Home Assistant has of it.
    """

    section: str
    name: str
    through: str
    fields: str
    ask: Callable[[Bench], Awaitable[tuple[Any, Any]]]
    route: str = ""
    prepare: Callable[[Observatory], object] = rest
    # How it holds before 2.1, where that differs.
    before: tuple[Verdict, ...] = ()


def _look(part: Part, field: str, key: str) -> Check:
    """Return what compares a field with what Home Assistant has of it."""

    async def look(bench: Bench) -> None:
        """Ask once for all fields of the part."""
        if part.name not in bench.kept:
            bench.kept[part.name] = await part.ask(bench)
        wire, found = bench.kept[part.name]
        # What is null is left out since 2.1.
        assert field in wire or bench.observatory.dialect.at_least("2.1.0"), sorted(wire)
        if not key:
            return
        name = key.removesuffix("?")
        value = found[name] if isinstance(found, dict) else getattr(found, name)
        if key == name:
            assert same(wire.get(field), value), (wire.get(field), value)
        else:
            assert value is not None

    return look


def _rows(part: Part) -> Iterator[Row]:
    """Yield a row for each field of a part."""
    for number, word in enumerate(part.fields.split()):
        field, _, key = word.partition("=")
        yield Row(
            section=part.section,
            line=f"{part.name}: {field}",
            through=f"`{key.removesuffix('?')}`, {part.through}" if key else "–",
            route=part.route,
            prepare=part.prepare,
            do=_look(part, field, key),
            follows=number > 0,
            verdicts=(*part.before, works() if key else unused()),
        )


async def _solved(bench: Bench) -> tuple[Any, Any]:
    """Have an exposure solved."""
    found = await bench.ask("capture", exposure=1, solve=True)
    raw = await bench.response("/equipment/camera/capture", getResult="true", solve="true")
    assert raw["Image"]
    assert found["picture"]
    old = not bench.observatory.dialect.at_least("2.1.0")
    return raw["Platesolve" if old else "PlateSolveResult"], found["plate_solve"]


async def _framed(bench: Bench) -> tuple[Any, Any]:
    """Frame a place, and ask what is framed."""
    bench.observatory.application.tab = "framing"
    await bench.act("set_framing", right_ascension=10.68, declination=41.27, rotation=30)
    return await bench.response("/framing/info"), await bench.ask("get_framing")


async def _rectangle(bench: Bench) -> tuple[Any, Any]:
    """Return the rectangle of what is framed."""
    raw, found = await _framed(bench)
    return raw["Rectangle"], found["rectangle"]


async def _listed(bench: Bench) -> tuple[Any, Any]:
    """Return the first profile of the list."""
    raw = await bench.response("/profile/show", active="false")
    return raw[0], (await bench.entry.runtime_data.client.profile.get_all())[0]


async def _filter(bench: Bench) -> tuple[Any, Any]:
    """Return the filter in use."""
    wheel = (await bench.entry.runtime_data.equipment.async_read(Role.FILTER_WHEEL)).device(
        Role.FILTER_WHEEL
    )
    assert isinstance(wheel, FilterWheel)
    return (await bench.response("/equipment/filterwheel/info"))[
        "SelectedFilter"
    ], wheel.selected_filter


async def _channel(bench: Bench) -> tuple[Any, Any]:
    """Return the first channel that can be written."""
    hub = (await bench.entry.runtime_data.equipment.async_read(Role.SWITCH_HUB)).device(
        Role.SWITCH_HUB
    )
    assert isinstance(hub, SwitchHub)
    return (await bench.response("/equipment/switch/info"))["WritableSwitches"][0], hub.writable[0]


async def _errors(bench: Bench) -> tuple[Any, Any]:
    """Return the guiding errors in arcseconds, which go on changing."""
    guider = (await bench.entry.runtime_data.equipment.async_read(Role.GUIDER)).device(Role.GUIDER)
    assert isinstance(guider, Guider)
    assert guider.rms is not None
    errors = (await bench.response("/equipment/guider/info"))["RMSError"]
    for error in errors.values():
        assert {"Pixel", "Arcseconds"} <= error.keys()
    return errors, guider.rms


_FRAMING = "Framing assistant (to be released with 2.0.1.0)"
_GONE = (never("plugin_too_old"),)

SOLVED = tuple(
    _rows(
        Part(
            section="Camera",
            name="capture result",
            through="`plate_solve` in the response of `capture`",
            fields=(
                "SolveTime=solve_time Orientation=orientation PositionAngle=position_angle"
                " Pixscale=pixel_scale Radius=radius Coordinates=coordinates? Flipped=flipped"
                " Success=success RaErrorString RaPixError DecPixError DecErrorString Separation"
            ),
            ask=_solved,
            prepare=under_the_stars,
        )
    )
)
FRAMED = (
    *_rows(
        Part(
            section=_FRAMING,
            name="info",
            through="action `get_framing`",
            fields=(
                "BoundHeight BoundWidth CameraHeight=camera_height CameraWidth=camera_width"
                " CameraPixelSize=camera_pixel_size DecDegrees=declination? DecMinutes=declination?"
                " DecSeconds=declination? RAHours=right_ascension? RAMinutes=right_ascension?"
                " RASeconds=right_ascension? FieldOfView=field_of_view FocalLength=focal_length"
                " HorizontalPanels=horizontal_panels VerticalPanels=vertical_panels"
                " Rectangle=rectangle?"
            ),
            ask=_framed,
            route="/framing/info",
            before=_GONE,
        )
    ),
    *_rows(
        Part(
            section=_FRAMING,
            name="info, Rectangle",
            through="`rectangle` in the response of `get_framing`",
            fields=(
                "OriginalX OriginalY OriginalCoordinates Id Coordinates=coordinates?"
                " DSOPositionAngle OriginalOffset RotationOffset Rotation"
                " TotalRotation=total_rotation X Y Width=width Height=height"
            ),
            ask=_rectangle,
            route="/framing/info",
            before=_GONE,
        )
    ),
)
LISTED = tuple(
    _rows(
        Part(
            section="Profile",
            name="show, list",
            through="select of the profile, action `switch_profile`",
            fields="IsActive=active Description Location Id=id Name=name LastUsed",
            ask=_listed,
        )
    )
)
PARTS = {
    Role.FILTER_WHEEL: Part(
        section="Filter wheel",
        name="info, SelectedFilter",
        through="select and sensor of the filter",
        fields=(
            "_name=name _position=id _focusOffset _autoFocusExposureTime _autoFocusFilter"
            " FlatWizardFilterSettings _autoFocusBinning _autoFocusGain _autoFocusOffset"
        ),
        ask=_filter,
    ),
    Role.SWITCH_HUB: Part(
        section="Switch",
        name="info, WritableSwitches",
        through="the channels",
        fields=(
            "Maximum=maximum Minimum=minimum StepSize=step_size TargetValue=target_value Id=id"
            " Name=name Description=description Value=value"
        ),
        ask=_channel,
    ),
    Role.GUIDER: Part(
        section="Guider",
        name="info, RMSError, in pixels and arcseconds",
        through="sensors of the guider",
        fields="RA=ra? Dec=dec? Total=total? PeakRA=peak_ra? PeakDec=peak_dec?",
        ask=_errors,
        prepare=guided,
    ),
}


def parts_of(role: Role) -> Iterator[Row]:
    """Yield the rows about the parts of what a kind of equipment answers."""
    if role in PARTS:
        yield from _rows(PARTS[role])
