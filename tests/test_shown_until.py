"""A reading is shown no longer than it may be, in whatever order readings, events and timers come."""

from hypothesis import given, strategies as st

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    BundleReading,
    Camera,
    Device,
    DeviceReading,
    Role,
    SafetyMonitor,
)
from custom_components.nina_observatory.const import SAFETY_FRESHNESS
from custom_components.nina_observatory.readings.equipment_state import (
    OLDEST_SHOWN,
    EquipmentReadings,
    EquipmentState,
    with_unsafe_monitor,
)

FRESH = SAFETY_FRESHNESS.total_seconds()
DEVICES: tuple[tuple[Role, Device | None], ...] = (
    (Role.SAFETY_MONITOR, SafetyMonitor(connected=True, is_safe=True)),
    (Role.SAFETY_MONITOR, SafetyMonitor(connected=False)),
    (Role.SAFETY_MONITOR, None),
    (Role.CAMERA, Camera(connected=True)),
)
# Seconds that pass, how long before that a reading was asked for, and of which device; None for an event.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 9.0, 25.0, 40.0]),
        st.sampled_from([0.0, 0.5, 20.0]),
        st.none() | st.sampled_from(DEVICES),
        st.booleans(),
    ),
    max_size=12,
)


def due(known: dict[Role, tuple[Device | None, float]]) -> float:
    """Return when the first of some readings is too old."""
    return min(
        asked_at
        + (FRESH if isinstance(device, SafetyMonitor) and device.connected else OLDEST_SHOWN)
        for device, asked_at in known.values()
    )


@given(STEPS)
def test_no_timer_is_late(
    steps: list[tuple[float, float, tuple[Role, Device | None] | None, bool]],
) -> None:
    """It is set for the first reading that gets too old, or for a moment before that."""
    readings, known = EquipmentReadings(), dict[Role, tuple[Device | None, float]]()
    now, timer = 1000.0, None
    for seconds, before, arrived, looks in steps:
        now += seconds
        if timer is not None and timer <= now:
            timer = None
            readings.expire(now)
            known = {role: each for role, each in known.items() if due({role: each}) > now}
        if arrived is None:
            readings.patch(with_unsafe_monitor, now)
        else:
            role, device = arrived
            reading = DeviceReading(role=role, device=device, asked_at=now - before)
            readings.accept(reading, now)
            if role not in known or known[role][1] <= reading.asked_at:
                known[role] = (device, reading.asked_at)
        if looks or timer is None:
            found = readings.due_before(timer)
            timer = timer if found is None else found
            if known:
                assert timer is not None
                assert timer <= due(known)


BUNDLES: tuple[dict[Role, Device], ...] = (
    {},
    {Role.CAMERA: Camera(connected=True)},
    {Role.SAFETY_MONITOR: SafetyMonitor(connected=True, is_safe=True)},
    {Role.SAFETY_MONITOR: SafetyMonitor(connected=False), Role.CAMERA: Camera(connected=False)},
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 40.0]),
            st.sampled_from([0.0, 0.5, 20.0]),
            st.none() | st.sampled_from(DEVICES) | st.sampled_from(BUNDLES),
        ),
        max_size=12,
    )
)
def test_all_at_once_or_one_by_one(
    steps: list[tuple[float, float, tuple[Role, Device | None] | dict[Role, Device] | None]],
) -> None:
    """Readings that are stored at once are kept as if each had come by itself."""
    at_once, one_by_one = EquipmentReadings(), EquipmentReadings()
    now = 1000.0
    for seconds, before, arrived in steps:
        now += seconds
        if arrived is None:
            for each in (at_once, one_by_one):
                each.patch(with_unsafe_monitor, now)
        elif isinstance(arrived, tuple):
            for each in (at_once, one_by_one):
                each.accept(DeviceReading(*arrived, now - before), now)
        else:
            bundle = BundleReading(arrived, now - before)
            for reading in bundle.readings():
                one_by_one.accept(reading, now)
            if not at_once.accept_bundle(bundle, now):
                for reading in bundle.readings():
                    at_once.accept(reading, now)
        for since in (float("-inf"), now - 1.0, now):
            assert seen(at_once, since) == seen(one_by_one, since)
        assert set(at_once.expire(now - 30)) == set(one_by_one.expire(now - 30))
        assert at_once.due_before(None) == one_by_one.due_before(None)


def seen(readings: EquipmentReadings, since: float) -> tuple[object, ...]:
    """Return everything that readings say."""
    state: EquipmentState = readings.state(None, reachable=True, since=since)
    read = {role for role in DEVICE_MODELS if readings.read_since(role, since)}
    return state, dict(state.read_at), read, readings.answered_at
