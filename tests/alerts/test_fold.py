"""The pure centre: what a range of the log did, and what of it a user is told."""

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ebay_alerts.alerts.fold import Change, Line, LineKind, Live, Told, fold, line_of
from ebay_alerts.alerts.gates import Gates
from tests.alerts.story import (
    GATES,
    OPEN,
    STEPS,
    Market,
    Reader,
    Step,
    beliefs,
    tell,
    untruths,
    usd,
)

UP_TO_100 = Gates("USD", max_minor=100)


def read(gates: Gates, steps: list[Step], before: list[Step] | None = None) -> list[Line]:
    """The lines of a story, without those of the welcome."""
    market = Market()
    for step in before or []:
        market.happens(step)
    reader = Reader(market, gates)
    reader.begin()
    welcomed = len(reader.lines)
    tell(steps, reader)
    return reader.lines[welcomed:]


def digest() -> Step:
    return Step("digest", 1, 0)


def lists(price: int) -> Step:
    return Step("list", 1, price)


def discovers(price: int) -> Step:
    return Step("discover", 1, price)


def reprices(price: int) -> Step:
    return Step("reprice", 1, price)


def ends() -> Step:
    return Step("end", 1, 0)


def leaves() -> Step:
    return Step("leave", 1, 0)


@examples(max_examples=300)
@given(before=STEPS, steps=STEPS, gates=GATES)
@example(before=[lists(90)], steps=[leaves(), digest(), lists(90), ends()], gates=OPEN)
@example(before=[], steps=[lists(95), reprices(120), digest(), reprices(95)], gates=UP_TO_100)
@example(before=[lists(120)], steps=[ends(), lists(80)], gates=UP_TO_100)
@example(before=[lists(120)], steps=[leaves(), lists(80)], gates=UP_TO_100)
def test_what_was_told_adds_up_to_what_is_true_beyond_the_gates(
    before: list[Step], steps: list[Step], gates: Gates
) -> None:
    market = Market()
    for step in before:
        if step.act != "digest":
            market.happens(step)
    reader = Reader(market, gates)
    reader.begin()

    tell(steps, reader)

    assert untruths(reader) == []
    assert reader.digest() == []


@given(steps=STEPS, slots=st.sets(st.integers(0, 40)))
def test_however_the_log_is_cut_into_digests_the_reader_believes_the_same_in_the_end(
    steps: list[Step], slots: set[int]
) -> None:
    whole, cut = Reader(Market(), OPEN), Reader(Market(), OPEN)
    story = [step for step in steps if step.act != "digest"]
    tell(story, whole)
    for at, step in enumerate(story):
        cut.market.happens(step)
        if at in slots:
            cut.digest()
    cut.digest()

    assert beliefs(whole) == beliefs(cut)
    assert untruths(whole) == untruths(cut) == []


@pytest.mark.parametrize(
    "story",
    [
        [lists(90), ends()],
        [discovers(90), ends()],
        [lists(90), reprices(80), leaves()],
        [lists(90), ends(), lists(80), ends()],
        [lists(90), ends(), digest(), lists(90), ends()],
    ],
)
def test_what_came_and_went_between_two_digests_is_said_to_nobody(story: list[Step]) -> None:
    assert read(OPEN, story) == []


def test_the_end_of_one_that_was_told_is_told_even_if_it_strayed_and_came_back_between() -> None:
    story = [leaves(), digest(), lists(90), ends()]
    assert [line.kind for line in read(OPEN, story, before=[lists(90)])] == [LineKind.ENDED]


def test_a_fold_keeps_the_last_revision_and_the_price_before_the_range() -> None:
    net = fold(
        [
            Change(4, 7, "repriced", usd(10)),
            Change(5, 8, "appeared", None),
            Change(6, 7, "repriced", usd(12)),
        ]
    )
    assert (net[7].revision, net[7].before, net[7].is_repriced) == (6, usd(10), True)
    assert (net[8].revision, net[8].before, net[8].is_news) == (5, None, True)


def test_a_price_that_comes_back_to_what_was_told_is_nothing() -> None:
    assert read(OPEN, [reprices(97), reprices(100)], before=[lists(100)]) == []


def test_small_falls_add_up_to_one_that_is_worth_telling() -> None:
    falls = [reprices(970), digest(), reprices(941), digest(), reprices(913), digest()]
    for percent, told_at in ((5, 941), (8, 913)):
        gates = Gates("USD", min_change_percent=percent)
        [line] = read(gates, falls, before=[lists(1000)])
        assert (line.kind, line.was, line.figure) == (LineKind.REPRICED, usd(1000), usd(told_at))


def test_an_old_listing_is_never_told_as_new() -> None:
    assert read(OPEN, [discovers(90)]) == []


def test_an_old_listing_that_rises_over_the_limit_is_said_to_nobody() -> None:
    assert read(UP_TO_100, [discovers(90), digest(), reprices(120)]) == []


def test_a_price_change_of_an_old_listing_is_told_with_the_price_it_had() -> None:
    [line] = read(OPEN, [discovers(90), digest(), reprices(80)])
    assert (line.kind, line.was, line.figure) == (LineKind.REPRICED, usd(90), usd(80))


def test_a_listing_that_falls_within_the_limit_enters_it_with_the_price_when_the_alert_began() -> (
    None
):
    story = [reprices(110), digest(), reprices(99)]
    [line] = read(UP_TO_100, story, before=[lists(120)])
    assert (line.kind, line.was, line.figure) == (LineKind.ENTERED, usd(120), usd(99))


def test_a_new_listing_that_was_too_dear_at_every_digest_is_told_once_it_is_not() -> None:
    """Its first price was within the limit, but nobody was told of it."""
    [line] = read(UP_TO_100, [lists(95), reprices(120), digest(), reprices(95)])
    assert (line.kind, line.was, line.figure) == (LineKind.ENTERED, usd(120), usd(95))


def test_a_dear_listing_that_ends_and_is_listed_again_within_the_limit_is_told() -> None:
    [line] = read(UP_TO_100, [ends(), lists(80)], before=[lists(120)])
    assert (line.kind, line.was, line.figure) == (LineKind.ENTERED, usd(120), usd(80))


def test_crossing_a_limit_is_told_however_small_the_step() -> None:
    gates = Gates("USD", max_minor=100, min_change_percent=50)
    story = [reprices(101), digest(), reprices(120), digest(), reprices(100)]
    over, within = read(gates, story, before=[lists(99)])
    assert (over.kind, over.was, over.figure) == (LineKind.EXCEEDED, usd(99), usd(101))
    assert (within.kind, within.was, within.figure) == (LineKind.ENTERED, usd(101), usd(100))


def test_an_end_is_told_once_and_only_of_what_was_told() -> None:
    assert read(UP_TO_100, [ends()], before=[lists(120)]) == []
    [line] = read(UP_TO_100, [ends(), digest()], before=[lists(90)])
    assert (line.kind, line.was, line.figure) == (LineKind.ENDED, None, usd(90))


def test_a_told_listing_that_returns_after_its_end_was_told_is_back() -> None:
    ended, back = read(UP_TO_100, [ends(), digest(), lists(90)], before=[lists(90)])
    assert (ended.kind, back.kind, back.was) == (LineKind.ENDED, LineKind.RETURNED, None)


def test_one_that_returns_too_dear_is_told_when_it_is_within_the_limit_again() -> None:
    story = [ends(), digest(), lists(120), digest(), reprices(90)]
    _, back = read(UP_TO_100, story, before=[lists(90)])
    assert (back.kind, back.figure) == (LineKind.RETURNED, usd(90))


def test_a_retitled_listing_is_said_to_nobody_and_goes_on_where_it_was_when_it_matches_again() -> (
    None
):
    assert read(OPEN, [leaves(), digest(), lists(100)], before=[lists(100)]) == []
    [line] = read(OPEN, [leaves(), digest(), lists(90)], before=[lists(100)])
    assert (line.kind, line.was) == (LineKind.REPRICED, usd(100))


def test_another_currency_never_makes_a_price_change() -> None:
    net = fold([Change(1, 7, "repriced", usd(10))])[7]
    live = Live(is_member=True, has_ended=False, figure=usd(9)._replace(currency="EUR"))
    assert line_of(net, live, Told(LineKind.LISTED, usd(10)), None, OPEN) is None
