"""Delays between tries."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit.backoff import retry_delay

spans = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=2))


@given(st.integers(-5, 10_000), spans, spans, st.randoms(use_true_random=False))
def test_a_delay_lies_within_a_tenth_of_the_doubled_base_or_the_cap(
    failures: int, base: timedelta, cap: timedelta, random: Random
) -> None:
    doublings = min(max(failures, 1) - 1, 20)
    middle = min(base * 2**doublings, cap)
    moment = timedelta(microseconds=1)
    delay = retry_delay(failures, base=base, cap=cap, random=random)
    assert middle * 0.9 - moment <= delay <= middle * 1.1 + moment


def test_every_failure_doubles_the_delay() -> None:
    class Middle(Random):
        def uniform(self, a: float, b: float) -> float:
            return (a + b) / 2

    delays = [
        retry_delay(n, base=timedelta(seconds=10), cap=timedelta(minutes=1), random=Middle())
        for n in range(1, 6)
    ]
    assert [delay.total_seconds() for delay in delays] == [10, 20, 40, 60, 60]


def test_those_who_failed_together_come_back_apart() -> None:
    random = Random(1)
    cap = timedelta(hours=1)
    delays = {retry_delay(9, base=timedelta(minutes=1), cap=cap, random=random) for _ in range(9)}
    assert len(delays) == 9
