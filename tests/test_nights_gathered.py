"""The night stores frames as they come just as it would if it looked at all of them each time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from types import SimpleNamespace
from unittest.mock import Mock

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Frame, ImageType
from custom_components.nina_observatory.night.keeper import DAY, NightKeeper
from custom_components.nina_observatory.readings.frame_list import FrameList, Identity
from custom_components.nina_observatory.readings.frame_statistics import noon_of
from custom_components.nina_observatory.readings.frames import Frames

NOW = datetime(2026, 9, 4, 20, tzinfo=UTC)
STEPS = 40
SEEDS = 200


class Plain:
    """The newest night, found by a look at all frames."""

    def __init__(self) -> None:
        self.night: datetime | None = None
        self.frames: dict[Identity, Frame] = {}
        self.reported = ("", 0)

    @property
    def is_reported(self) -> bool:
        """Return whether the night was reported with all its frames."""
        night = "" if self.night is None else self.night.date().isoformat()
        return (night, len(self.frames)) <= self.reported

    def gather(self, listed: tuple[Frame, ...], now: datetime) -> bool:
        """Store the frames of the newest night, and return whether there were new ones."""
        dated = [
            (noon_of(frame.date), frame)
            for frame in listed
            if frame.image_type is ImageType.LIGHT
            and frame.identity not in self.frames
            and frame.date is not None
        ]
        end = now + DAY
        if self.night is not None and now >= self.night + DAY and not self.is_reported:
            end = self.night + DAY / 2
        newest = max((night for night, _ in dated if night < end), default=None)
        if newest is None or (self.night is not None and newest.date() < self.night.date()):
            return False
        if self.night is None or newest.date() != self.night.date():
            self.night, self.frames = newest, {}
        tonight = (frame for night, frame in dated if night.date() == newest.date())
        self.frames |= {frame.identity: frame for frame in tonight}
        return True


def taken(chance: Random, now: datetime) -> Frame:
    """Return a frame: mostly of now, or of another night or kind; the zone changes with the day."""
    hours = chance.choice([0, 0, 0, 0, chance.randrange(-60, 60)])
    date = (now + timedelta(hours=hours)).replace(minute=chance.randrange(60))
    if date.day % 3 == 0:
        date = date.astimezone(timezone(timedelta(hours=10)))
    return Frame(
        date=None if chance.random() < 0.05 else date,
        filename=chance.choice("ab"),
        image_type=ImageType.DARK if chance.random() < 0.1 else ImageType.LIGHT,
        hfr=chance.choice([2.0, 3.0]),
    )


async def test_as_they_come_as_all_at_once(hass: HomeAssistant) -> None:
    """Frames that come, change and go, nights that are reported soon, late or never."""
    for seed in range(SEEDS):
        follow(hass, seed)


def follow(hass: HomeAssistant, seed: int) -> None:
    """Follow some nights that chance makes."""
    chance, now, plain, listed = Random(seed), NOW, Plain(), FrameList()
    coordinator = SimpleNamespace(data=Frames())
    keeper = NightKeeper(hass, MockConfigEntry(), Mock(), coordinator, Mock())  # type: ignore[arg-type]
    keeper._saving = Mock()
    for _ in range(STEPS):
        step = chance.random()
        if step < 0.6:
            listed.add(taken(chance, now))
        elif step < 0.7 and listed.frames:
            frames = list(listed.frames)
            place = chance.randrange(len(frames))
            frames[place] = replace(frames[place], hfr=chance.choice([4.0, 5.0]))
            listed = listed.replaced(frames)
        elif step < 0.75:
            listed = listed.replaced(chance.sample(listed.frames, len(listed.frames) // 2))
        elif step < 0.9:
            now += timedelta(hours=chance.randrange(14))
        elif plain.night is not None:
            plain.reported = (plain.night.date().isoformat(), len(plain.frames))
            keeper._record_report(plain.night, len(plain.frames))
        coordinator.data = Frames(known=True, frames=listed.frames, generation=listed.generation)
        keeper._ended_at = now
        keeper._gather(now)
        assert (keeper._ended_at is None) == plain.gather(listed.frames, now), seed
        assert (keeper._night, keeper._frames) == (plain.night, plain.frames), seed
