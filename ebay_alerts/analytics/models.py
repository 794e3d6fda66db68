"""History: prices, listings, searches and alerts as they were, and the figures of each day.

These tables live in the analytics database. Ids are those of the operational database, copied, so
there are no foreign keys. A `day` is a UTC day as `date.toordinal` counts it: 1 is 0001-01-01.
Money is in minor units; prices are the seller's own, in the seller's currency.
"""

from django.db import models


class Watermark(models.Model):
    """How far a source has been copied: the id reached. It moves with what was copied, at once."""

    source = models.CharField(max_length=40, primary_key=True)
    reached = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.source} up to {self.reached}"


class EtlRun(models.Model):
    """One run of the ETL: what it copied, and the last day whose figures it completed.

    One runs at a time; a run that died loses its lease and is called lost by the next.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        LOST = "lost"

    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField()
    covered_day = models.IntegerField(null=True)
    counts = models.JSONField(default=dict)
    failure_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="running"), name="etl_runs_alone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.state}, from {self.started_at} to {self.finished_at}"


class Search(models.Model):
    """A search that has history."""

    id = models.BigIntegerField(primary_key=True)
    marketplace = models.CharField(max_length=16)
    query = models.CharField(max_length=400)
    category = models.CharField(max_length=20, blank=True)
    deliver_to = models.CharField(max_length=2)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.marketplace} {self.query}"


class Listing(models.Model):
    """A listing as it was last copied."""

    id = models.BigIntegerField(primary_key=True)
    marketplace = models.CharField(max_length=16)
    legacy_id = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=1000)
    image_url = models.CharField(max_length=1000, blank=True)
    condition = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title


class PricePoint(models.Model):
    """What a listing cost from this moment on, in Unix seconds; by months on PostgreSQL."""

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField()
    at = models.BigIntegerField()
    listing_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    def __str__(self) -> str:
        return f"{self.minor} {self.currency} at {self.at}"


class ListingDay(models.Model):
    """The figures of a listing on a day with price points; the close holds until the next one.

    Where the currency changed within the day, the figures are those of the last one.
    """

    pk = models.CompositePrimaryKey("listing_id", "kind", "day")
    listing_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)
    day = models.IntegerField()
    currency = models.CharField(max_length=3)
    open = models.BigIntegerField()
    close = models.BigIntegerField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="listing_day_day")]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.kind} on {self.day}"


class Membership(models.Model):
    """The days over which a search found a listing; `until_day` is None while it does."""

    search_id = models.BigIntegerField()
    listing_id = models.BigIntegerField()
    since_day = models.IntegerField()
    until_day = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["search_id", "listing_id"],
                condition=models.Q(until_day__isnull=True),
                name="membership_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["search_id", "until_day"], name="membership_search"),
            models.Index(fields=["listing_id"], name="membership_listing"),
        ]

    def __str__(self) -> str:
        return f"{self.search_id} had {self.listing_id} from {self.since_day} to {self.until_day}"


class SearchDay(models.Model):
    """The figures of a search on a day on which something changed; they hold until the next one.

    `live` listings at the end of the day, `appeared` and `gone` during it. Of the fixed prices in
    `currency`, the most frequent one, there were `priced`, with their 10th percentile, median and
    90th percentile by nearest rank; none of these while nothing had a price.
    """

    pk = models.CompositePrimaryKey("search_id", "day")
    search_id = models.BigIntegerField()
    day = models.IntegerField()
    live = models.IntegerField()
    appeared = models.IntegerField()
    gone = models.IntegerField()
    currency = models.CharField(max_length=3)
    priced = models.IntegerField()
    p10 = models.BigIntegerField(null=True)
    median = models.BigIntegerField(null=True)
    p90 = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.search_id} on {self.day}"


class StaleSearch(models.Model):
    """A search whose daily figures are to be made anew from a day on."""

    search_id = models.BigIntegerField(primary_key=True)
    from_day = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.search_id} from {self.from_day}"


class AlertChange(models.Model):
    """One step in an alert's life, as it was and as it became."""

    id = models.BigIntegerField(primary_key=True)
    alert_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=10)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "alert_id"], name="alert_change_of_user")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.kind}"


class Report(models.Model):
    """A user's price report of one local date, which compares two days.

    While it is made it is leased: `made_at` is null and the lease says by whom. `moves` and
    `alerts` are rows of `KeptMove` and `KeptAlert` (`report_contents`); `falls` and `rises` count
    all moves, of which the largest are kept.
    """

    user_id = models.BigIntegerField()
    report_date = models.DateField()
    from_day = models.IntegerField(null=True)
    to_day = models.IntegerField(null=True)
    falls = models.IntegerField(default=0)
    rises = models.IntegerField(default=0)
    moves = models.JSONField(default=list)
    alerts = models.JSONField(default=list)
    made_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "report_date"], name="report_once")
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="report_leases",
                condition=models.Q(lease_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"of {self.user_id} on {self.report_date}"
