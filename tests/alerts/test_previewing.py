"""What a preview makes of what it has seen."""

from datetime import UTC, datetime, timedelta

import pytest

from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.previewing import (
    Estimate,
    cautions_of,
    extrapolated,
    mails_per_day,
    new_per_day,
)

NOW = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("matching", "seen", "total", "is_complete", "expected"),
    [
        (7, 9, 9, True, (7, True)),
        (7, 9, 50, True, (7, True)),
        (50, 200, 1_000, False, (250, False)),
        (0, 200, 1_000, False, (0, False)),
        (150, 200, 100, False, (150, False)),
        (0, 0, 0, True, (0, True)),
        (0, 0, 300, False, (0, False)),
    ],
)
def test_matches_are_counted_or_told_by_their_share(
    matching: int, seen: int, total: int, is_complete: bool, expected: tuple[int, bool]
) -> None:
    assert extrapolated(matching, seen, total, is_complete=is_complete) == expected


@pytest.mark.parametrize(
    ("hours_ago", "seen_for", "expected"),
    [
        ([1, 30, 100], None, 3 / 7),
        ([1, 30, 200], None, 2 / 7),
        ([1, 2, 3, 4], 12, 8),
        ([], None, 0),
        # A page full of the last minutes is an hour's worth at most.
        ([0, 0], 0, 48),
        ([1], 24 * 30, 1 / 7),
    ],
)
def test_new_ones_are_counted_over_the_time_that_was_seen(
    hours_ago: list[int], seen_for: int | None, expected: float
) -> None:
    starts = [NOW - hours * HOUR for hours in hours_ago]
    since = None if seen_for is None else NOW - seen_for * HOUR
    assert new_per_day([*starts, None], since, NOW) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("daily", "minutes", "when", "expected"),
    [
        (0, 15, "changes", 0),
        (3, 0, "changes", 3),
        (10_000, 0, "changes", 480),
        (3, 1440, "changes", 0.950),
        (1_000, 1440, "changes", 1),
        (3, 60, "changes", 2.820),
        (0, 60, "always", 24),
    ],
)
def test_mails_are_at_most_one_a_slot_and_none_without_news(
    daily: float, minutes: int, when: str, expected: float
) -> None:
    assert mails_per_day(daily, minutes, when, 20) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("matches", "daily", "found", "max_minor", "lowest", "codes"),
    [
        (5, 1, 5, None, 900, []),
        (0, 0, 0, None, None, ["no_match"]),
        (0, 0, 5, None, 900, ["gates_refuse_all"]),
        (0, 0, 5, 899, 900, ["target_below_lowest"]),
        (0, 0, 5, 900, 900, ["gates_refuse_all"]),
        (1_001, 1, 1_001, None, 900, ["too_broad"]),
        (5, 201, 5, 800, 900, ["too_broad", "target_below_lowest"]),
    ],
)
def test_warnings_have_codes(
    matches: int,
    daily: float,
    found: int,
    max_minor: int | None,
    lowest: int | None,
    codes: list[str],
) -> None:
    gates = Gates("USD", max_minor=max_minor)
    cautions = cautions_of(Estimate(matches, True, daily), found, gates, lowest)
    assert [one.code for one in cautions] == codes
    assert all(one.words.endswith(".") for one in cautions)
    suggested = [one.suggested_minor for one in cautions if one.code == "target_below_lowest"]
    assert suggested in ([], [900])
