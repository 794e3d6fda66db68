"""The chart of thirty days and its words say the same, in any currency and whatever is missing."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from babel.numbers import list_currencies
from hypothesis import given, settings
from hypothesis import strategies as st

from ebay_alerts.analytics.axes import Scale, round_scale
from ebay_alerts.analytics.charts import (
    Chart,
    DailyFigures,
    chart_medians,
    chart_prices,
    render_png,
)
from ebay_alerts.analytics.drawing import HEIGHT, WIDTH
from ebay_alerts.mail.png import read_size
from ebay_alerts.mail.services import LARGEST_PICTURE

TODAY = date(2026, 11, 25)
SVG = "{http://www.w3.org/2000/svg}"


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def figures(ago: int, median: int, live: int = 42) -> DailyFigures:
    return DailyFigures(day(ago), median * 3 // 4, median, median * 4 // 3, live)


def drawn(chart: Chart | None) -> ElementTree.Element:
    assert chart
    return ElementTree.fromstring(chart.svg)


def words_in(chart: Chart | None) -> list[str]:
    return [str(text.text) for text in drawn(chart).iter(f"{SVG}text")]


def test_the_alt_text_says_what_the_chart_shows() -> None:
    medians = {30: 12000, 29: 12100, 22: 9500, 10: 9700, 0: 9850}
    chart = chart_medians(
        "wine, fixed price", [figures(ago, minor) for ago, minor in medians.items()], "EUR", TODAY
    )
    assert chart
    assert chart.alt == (
        "Median of wine, fixed price: €120.00 30 days ago, €98.50 now;"
        " lowest €95.00 on 3 November, highest €121.00 on 27 October."
        " Last day: 42 listings, 8 of 10 between €73.87 and €131.33."
        " No figures for 26 days between."
    )
    assert words_in(chart) == ["€50", "€100", "€150", "26 Oct: €120.00", "25 Nov: €98.50"]


def test_one_price_alone_has_a_line_and_no_band() -> None:
    chart = chart_prices("A bottle", [(day(3), 4500), (day(2), 4500), (day(1), 4500)], "USD", TODAY)
    assert chart
    assert chart.alt == (
        "Price of A bottle: $45.00 3 days ago, $45.00 1 day ago, the same throughout."
    )
    with_band = chart_medians("A bottle", [figures(3, 4500), figures(2, 4500)], "USD", TODAY)
    fills = [
        [path.get("fill") for path in drawn(one).iter(f"{SVG}path")] for one in (chart, with_band)
    ]
    assert "#d9e5f7" not in fills[0]
    assert "#d9e5f7" in fills[1]


@pytest.mark.parametrize("agos", [[], [0], [31, 0], [-1, 0], [5, 5]])
def test_figures_of_fewer_than_two_days_of_the_thirty_make_no_chart(agos: list[int]) -> None:
    assert chart_medians("wine", [figures(ago, 100) for ago in agos], "USD", TODAY) is None
    assert chart_prices("wine", [(day(ago), 100) for ago in agos], "USD", TODAY) is None


def test_days_in_any_order_make_the_same_chart() -> None:
    days = [figures(ago, 1000 + ago) for ago in range(31)]
    assert chart_medians("wine", days, "USD", TODAY) == chart_medians(
        "wine", reversed(days), "USD", TODAY
    )


def test_days_of_which_nothing_is_known_are_dotted() -> None:
    whole = chart_prices("wine", [(day(ago), 100) for ago in (3, 2, 1, 0)], "USD", TODAY)
    gap = chart_prices("wine", [(day(ago), 100) for ago in (3, 2, 0)], "USD", TODAY)
    assert whole
    assert gap
    assert "stroke-dasharray" not in whole.svg
    assert gap.svg.count("stroke-dasharray") == 1
    assert gap.alt.endswith("No figures for 1 day between.")


def test_a_band_far_beyond_leaves_the_line_legible() -> None:
    days = [DailyFigures(day(ago), 10, 10_000 - 60 * ago, 900_000, 9) for ago in range(31)]
    line = next(
        path
        for path in drawn(chart_medians("camera", days, "USD", TODAY)).iter(f"{SVG}path")
        if path.get("stroke-linejoin")
    )
    heights = [float(y) for y in re.findall(r" ([\d.]+)", str(line.get("d")))]
    assert max(heights) - min(heights) > 15


amounts = st.integers(0, 10**14)


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.tuples(amounts, amounts, amounts), min_size=2),
    st.sampled_from(["USD", "JPY", "KWD", "CHF"]),
)
def test_whatever_the_figures_everything_stands_inside_the_picture(
    by_day: dict[int, tuple[int, int, int]], currency: str
) -> None:
    days = [DailyFigures(day(ago), *sorted(three), 1) for ago, three in by_day.items()]
    for mark in drawn(chart_medians("any", days, currency, TODAY)):
        texts = " ".join(mark.get(name, "") for name in ("d", "cx", "cy", "x", "y"))
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", texts)]
        assert all(0 <= number <= WIDTH for number in numbers)
        if mark.tag == f"{SVG}circle":
            assert 0 < float(mark.get("cy", "")) < HEIGHT


@settings(deadline=None)
@given(amounts, amounts)
def test_an_axis_has_three_round_labels_and_reaches_over_all_prices(one: int, other: int) -> None:
    low, high = sorted((one, other))
    scale = round_scale(low, high)
    step = scale.labels[1] - scale.labels[0]
    digits = str(step).rstrip("0")
    assert scale.low <= low <= high <= scale.high
    assert all(after - before == step for before, after in pairwise(scale.labels))
    assert scale.low <= scale.labels[0]
    assert scale.labels[-1] <= scale.high
    assert digits in ("1", "2", "25", "5")
    assert all(label % step == 0 for label in scale.labels)


def test_an_axis_is_no_longer_than_its_labels_need() -> None:
    assert round_scale(9300, 13100) == Scale(9300, 14000, (10000, 12000, 14000))
    assert round_scale(0, 0) == Scale(0, 2, (0, 1, 2))


def test_the_picture_is_a_png_of_its_size_that_a_mail_takes() -> None:
    chart = chart_medians(
        "wine", [figures(ago, 9000 + 70 * ago) for ago in range(31)], "USD", TODAY
    )
    assert chart
    png = render_png(chart)
    assert read_size(png) == (WIDTH, HEIGHT)
    assert len(png) < 16_000 < LARGEST_PICTURE


def test_the_font_has_every_character_that_money_and_dates_are_written_in() -> None:
    """A character that the font lacks leaves its place empty, for there is no other font."""
    characters: set[str] = set()
    for currency in list_currencies():
        prices = [(day(1), 123_456_789), (day(0), 1_023_456_789)]
        characters.update("".join(words_in(chart_prices("any", prices, currency, TODAY))))
    for month in range(1, 13):
        days = [(date(2026, month, 1), 100), (date(2026, month, 2), 100)]
        chart = chart_prices("any", days, "USD", date(2026, month, 2))
        characters.update("".join(words_in(chart)))
    blank, missing = picture_of(""), picture_of("\N{SNOWMAN}")
    pictures = {one: picture_of(one) for one in characters - {" "}}
    assert [one for one, png in pictures.items() if png in (blank, missing)] == []
    assert len({*pictures.values()}) == len(pictures)


def picture_of(character: str) -> bytes:
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"'
    font = 'font-family="Inter" font-weight="500" font-size="30"'
    text = character.replace("&", "&amp;").replace("<", "&lt;")
    return render_png(Chart(f'{head} {font}><text x="4" y="30">{text}</text></svg>', ""))


def test_a_font_of_the_machine_is_never_taken() -> None:
    """Whatever family is asked for, it is the shipped one or none."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><text y="30"'
    blank = render_png(Chart(f'{head} font-family="Inter"></text></svg>', ""))
    other = render_png(Chart(f'{head} font-family="DejaVu Sans">Wine</text></svg>', ""))
    assert other == blank
