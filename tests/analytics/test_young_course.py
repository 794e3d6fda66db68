"""The prices of a search before its days are figured."""

from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.analytics.search_figures import nearest_rank
from ebay_alerts.analytics.young_course import MOMENTS, Priced, young_course, young_words


def test_each_moment_has_the_prices_of_what_is_there_then() -> None:
    entries = [Priced(0, 1, 100), Priced(0, 2, 200), Priced(590, 1, 300), Priced(1000, 2, None)]
    course = young_course(entries, 1180)
    assert len(course) == MOMENTS
    assert course[0][1:] == (100, 100, 200, 2)
    assert course[30][1:] == (200, 200, 300, 2)
    assert course[-1] == (1180, 300, 300, 300, 1)
    assert young_words(course, "USD") == (
        "Median $3.00 of 1 price now. Figures of whole days follow each night."
    )


def test_a_course_begins_once_all_is_there() -> None:
    entries = [Priced(0, 1, 100), Priced(30, 2, 200)]
    assert young_course(entries, 1000, since=50)[0] == (50, 100, 100, 200, 2)
    assert young_course(entries, 100, since=50) == []


def test_nothing_is_claimed_of_a_minute_or_of_nothing() -> None:
    assert young_course([Priced(0, 1, 100)], 59) == []
    assert young_course([], 100) == []
    assert young_course([Priced(0, 1, None)], 100) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.integers(1, 5), st.one_of(st.none(), st.integers(0, 9))),
        max_size=30,
    )
)
def test_the_last_moment_is_what_the_entries_add_up_to(
    given_entries: list[tuple[int, int, int | None]],
) -> None:
    entries = [Priced(*one) for one in sorted(given_entries, key=lambda one: one[0])]
    left: dict[int, int | None] = {}
    for entry in entries:
        left[entry.listing_id] = entry.minor
    prices = sorted(minor for minor in left.values() if minor is not None)
    course = young_course(entries, 2000)
    if not prices:
        assert not course or course[-1].at < 2000
        return
    assert course[-1].priced == len(prices)
    assert course[-1].median == nearest_rank(prices, 50)
