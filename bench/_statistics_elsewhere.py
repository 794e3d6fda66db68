"""Price statistics as SQLite's window functions and as Polars would find them: the baselines.

Both give the columns of `PriceStatistics`, in the order of listing and kind.
"""

import polars as pl

# One pass of windows, one of groups; the first figures in a currency are looked up by the key.
WINDOW_QUERY = """
WITH history AS (
    SELECT listing_id, kind, currency, day, close, low, high,
        lead(day, 1, :day + 1) OVER in_order AS until,
        last_value(currency) OVER whole AS latest_currency,
        last_value(close) OVER whole AS price
    FROM listing_day WHERE day <= :day
    WINDOW in_order AS (PARTITION BY listing_id, kind ORDER BY day),
        whole AS (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), figures AS (
    SELECT listing_id, kind, latest_currency, price,
        coalesce(max(day) FILTER (WHERE currency <> latest_currency), 0) AS other_day,
        max(CASE WHEN :day - 1 BETWEEN day AND until - 1 THEN close END)
            FILTER (WHERE currency = latest_currency) AS previous_close,
        max(CASE WHEN :day - 7 BETWEEN day AND until - 1 THEN close END)
            FILTER (WHERE currency = latest_currency) AS close_7_days_ago,
        max(CASE WHEN :day - 30 BETWEEN day AND until - 1 THEN close END)
            FILTER (WHERE currency = latest_currency) AS close_30_days_ago,
        max(CASE WHEN close <= price THEN min(until, :day) - 1 ELSE day END)
            FILTER (WHERE low <= price AND day < :day AND currency = latest_currency) AS low_on,
        max(CASE WHEN close >= price THEN min(until, :day) - 1 ELSE day END)
            FILTER (WHERE high >= price AND day < :day AND currency = latest_currency) AS high_on
    FROM history GROUP BY listing_id, kind
)
SELECT f.listing_id, f.kind, latest_currency, price,
    iif(first.day > :day - 1, NULL, previous_close),
    iif(first.day > :day - 7, NULL, close_7_days_ago),
    iif(first.day > :day - 30, NULL, close_30_days_ago),
    first.open, :day - first.day,
    nullif(:day - iif(low_on >= first.day, low_on + 1, first.day), 0),
    nullif(:day - iif(high_on >= first.day, high_on + 1, first.day), 0)
FROM figures AS f JOIN listing_day AS first ON first.listing_id = f.listing_id
    AND first.kind = f.kind AND first.day = (
        SELECT min(day) FROM listing_day AS later
        WHERE later.listing_id = f.listing_id AND later.kind = f.kind AND later.day > other_day
    )
ORDER BY f.listing_id, f.kind
"""

KEY = ["listing_id", "kind"]


def polars_statistics(figures: pl.DataFrame, on: int) -> pl.DataFrame:
    """Of figures in the order of listing, kind and day, none later than `on`."""
    day, until = pl.col("day"), pl.col("until")
    return (
        _present_currency(figures.lazy())
        .with_columns(pl.col("close").last().over(KEY).alias("price"))
        .with_columns(
            pl.when(_is_last()).then(on + 1).otherwise(day.shift(-1)).alias("until"),
        )
        .with_columns(
            _reached(pl.col("low") <= pl.col("price"), pl.col("close") <= pl.col("price"), on, "l"),
            _reached(
                pl.col("high") >= pl.col("price"), pl.col("close") >= pl.col("price"), on, "h"
            ),
            *(
                pl.when((day <= on - ago) & (until > on - ago))
                .then(pl.col("close"))
                .alias(str(ago))
                for ago in (1, 7, 30)
            ),
        )
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("currency", "price").last(),
            pl.col("1", "7", "30").max(),
            pl.col("open").first(),
            (on - day.first()).alias("known_days"),
            pl.col("l", "h").max(),
        )
        .with_columns(pl.col("l", "h").neg().add(on - 1).fill_null(pl.col("known_days")))
        .with_columns(pl.when(pl.col(one) > 0).then(pl.col(one)) for one in ("l", "h"))
        .collect()
    )


def _present_currency(figures: pl.LazyFrame) -> pl.LazyFrame:
    """The figures since each listing has its present currency."""
    is_other = pl.col("currency") != pl.col("currency").last().over(KEY)
    other_day = pl.when(is_other).then(pl.col("day")).otherwise(0).max().over(KEY)
    return figures.filter(pl.col("day") > other_day)


def _is_last() -> pl.Expr:
    """Whether a listing's figures end with the row."""
    return pl.any_horizontal(pl.col(one).shift(-1) != pl.col(one) for one in KEY).fill_null(True)


def _reached(extreme: pl.Expr, close: pl.Expr, on: int, name: str) -> pl.Expr:
    """The last day before `on` on which the price was reached; a close holds until the next day
    with figures."""
    day, until = pl.col("day"), pl.col("until")
    carried = pl.when(close).then(pl.min_horizontal(until, pl.lit(on)) - 1).otherwise(day)
    return pl.when(extreme & (day < on)).then(carried).alias(name)
