"""The one clock of the process."""

from datetime import UTC, datetime, timedelta

from ebay_alerts.kit import clock


class Stopped:
    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC)


def test_the_clock_is_aware_and_in_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)


def test_a_clock_in_use_is_asked_until_the_one_before_is_put_back() -> None:
    before = clock.use(Stopped())
    try:
        assert clock.now() == datetime(2030, 1, 1, tzinfo=UTC)
    finally:
        assert isinstance(clock.use(before), Stopped)
    assert clock.now() != datetime(2030, 1, 1, tzinfo=UTC)
