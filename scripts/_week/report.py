"""What was found, as a table of kinds and nights with samples."""

from collections import Counter, defaultdict
from datetime import UTC, datetime

from .found import Found, Place, Seen


def text(found: Found, *, samples: int) -> str:
    """Return everything that was found in a week, counted."""
    lines = [f"{_time(at)}  night {night}: {what}" for at, night, what in found.told]
    for place in Place:
        lines += ["", *_place(place, list(found.of(place)), found, samples)]
    return "\n".join(lines)


def _place(place: Place, seen: list[Seen], found: Found, samples: int) -> list[str]:
    """Return the lines of one place."""
    nights = sorted({night for _, night, _ in found.told})
    by_kind: dict[str, list[Seen]] = defaultdict(list)
    for each in seen:
        by_kind[each.kind].append(each)
    head = "".join(f"{night:>6}" for night in nights)
    lines = [f"{place.value}: {len(seen)}", f"{'':8}{'all':>6}{head}"]
    lines.append(f"{'':8}{len(seen):>6}{_by_night(seen, nights)}")
    for kind, group in sorted(by_kind.items(), key=lambda each: -len(each[1])):
        lines.append(f"{'':8}{len(group):>6}{_by_night(group, nights)}  {kind}")
        lines += [f"{'':10}{_time(each.at)}  {each.text}" for each in group[:samples]]
    return lines


def _by_night(seen: list[Seen], nights: list[int]) -> str:
    """Return the numbers of all nights."""
    counted = Counter(each.night for each in seen)
    return "".join(f"{counted[night] or '·':>6}" for night in nights)


def _time(at: float) -> str:
    """Return a time in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%d %H:%M:%S}"
