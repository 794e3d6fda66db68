"""Searches and their fetches, listings and their prices, and the log of search changes."""

from django.db import models
from django.db.models import Q

from ebay_alerts.market.pacing import UNKNOWN_RATE, liveliness_of
from ebay_alerts.market.quota import BROWSE


class Urgency(models.IntegerChoices):
    """Who waits for a fetch: nobody, a fill of an import, a person with a new alert."""

    ROUTINE = 0
    IMPORT = 1
    PERSON = 2


class Fetch(models.Model):
    """One request to eBay; searches that differ only in what is checked here share it.

    It asks for keywords, or for the one listing of the number `legacy_id`.
    `refresh_seconds` is what the most eager alert asks, `planned_seconds` what the quota of calls
    allowed at the last refresh. `liveliness` is `changes_per_day` in steps (market.pacing).
    """

    marketplace = models.CharField(max_length=16)
    keywords = models.CharField(max_length=100)
    category = models.CharField(max_length=20, blank=True)
    deliver_to = models.CharField(max_length=2)
    legacy_id = models.CharField(max_length=64, blank=True, default="", db_default="")

    refresh_seconds = models.PositiveIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    urgency = models.PositiveSmallIntegerField(choices=Urgency, default=Urgency.ROUTINE)
    planned_seconds = models.PositiveIntegerField(null=True)
    changes_per_day = models.FloatField(default=UNKNOWN_RATE)
    liveliness = models.PositiveSmallIntegerField(default=liveliness_of(UNKNOWN_RATE))
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    asked_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)
    cheapest_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(null=True)
    covered = models.PositiveIntegerField(default=0)
    is_complete = models.BooleanField(default=False)

    failures = models.PositiveIntegerField(default=0)
    failure_kind = models.CharField(max_length=16, blank=True)
    failure_reason = models.CharField(max_length=500, blank=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "fetches"
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "keywords", "category", "deliver_to", "legacy_id"],
                name="fetch_request",
            )
        ]
        indexes = [
            models.Index(
                fields=["urgency", "due_at"], name="fetch_due", condition=Q(due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        wanted = self.legacy_id or f"{self.keywords} {self.category}"
        return f"{self.marketplace} {wanted} {self.deliver_to}"


class Search(models.Model):
    """Marketplace, canonical keyword query, category and country: a log that alerts read along.

    Of one listing it has the number, `legacy_id`, in the place of query and category.
    `head` is the revision given out last. `refresh_seconds` is what the most eager alert asks;
    None while no alert wants the search.
    """

    fetch = models.ForeignKey(Fetch, on_delete=models.PROTECT, related_name="searches")
    marketplace = models.CharField(max_length=16)
    query = models.CharField(max_length=400)
    category = models.CharField(max_length=20, blank=True)
    deliver_to = models.CharField(max_length=2)
    legacy_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    refresh_seconds = models.PositiveIntegerField(null=True)
    head = models.BigIntegerField(default=0)
    pruned_to = models.BigIntegerField(default=0)
    filled_at = models.DateTimeField(null=True)
    # Of an earlier time in which alerts wanted it: what is listed since is news to who waited.
    was_filled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "searches"
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "query", "category", "deliver_to", "legacy_id"],
                name="search_identity",
            )
        ]

    def __str__(self) -> str:
        return f"{self.marketplace} {self.query or self.legacy_id}"


class Shipping(models.TextChoices):
    """How delivery is charged; calculated and unknown shipping is not free.

    None: eBay says that the listing is not sent to the country. Unknown is no such word.
    """

    NONE = "none"
    FIXED = "fixed"
    FREE = "free"
    CALCULATED = "calculated"
    UNKNOWN = "unknown"


class Listing(models.Model):
    """One offer on a marketplace, as last observed. Money is in minor units of `currency`.

    `price_minor` is the fixed price, `bid_minor` an auction's current bid; one of them is there.
    `own_minor` and `own_currency` are the seller's own price where the marketplace converts it.
    """

    marketplace = models.CharField(max_length=16)
    legacy_id = models.CharField(max_length=64)
    reference = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=1000)
    image_url = models.CharField(max_length=1000, blank=True)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField(null=True)
    bid_minor = models.BigIntegerField(null=True)
    bid_count = models.PositiveIntegerField(null=True)
    own_minor = models.BigIntegerField(null=True)
    own_currency = models.CharField(max_length=3, blank=True)
    is_from_price = models.BooleanField(default=False)
    condition = models.CharField(max_length=60, blank=True)
    condition_group = models.CharField(max_length=11, blank=True, db_default="")
    # A mark, never a name (market.sellers); empty where it is not known.
    seller = models.CharField(max_length=16, blank=True, db_default="")
    seller_percent = models.CharField(max_length=8, blank=True)
    country = models.CharField(max_length=2, blank=True)
    # Those of the title as the keyword language has them, with a space around each.
    words = models.TextField(blank=True, db_default="")
    # What the same seller's listings of the same thing have in common; empty where it is not known.
    likeness = models.CharField(max_length=16, blank=True, db_default="")
    # The listing that this one is offered again for (market.relisting).
    relists = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, related_name="relisted_as"
    )
    # All of them, with a space between; empty while not all are known.
    categories = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    first_seen_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    event_sequence = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    check_due_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "legacy_id"], name="listing_identity"),
            models.CheckConstraint(
                condition=Q(price_minor__isnull=False) | Q(bid_minor__isnull=False),
                name="listing_has_a_figure",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_due_at"],
                name="listing_check_due",
                condition=Q(check_due_at__isnull=False),
            ),
            models.Index(
                fields=["seller", "likeness"], name="listing_seller", condition=~Q(seller="")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def figure_minor(self) -> int:
        """The fixed price, or for a mere auction the current bid."""
        minor = self.bid_minor if self.price_minor is None else self.price_minor
        assert minor is not None, "the check constraint holds one of the two"
        return minor


class PricePoint(models.Model):
    """What a listing cost from this moment on; append-only.

    `own_minor` and `own_currency` are the seller's own price where the marketplace converts it.
    """

    class Kind(models.TextChoices):
        PRICE = "price"
        BID = "bid"

    # The index below begins with it, so it needs none of its own; likewise below.
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="price_points", db_index=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=5, choices=Kind)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    own_minor = models.BigIntegerField(null=True)
    own_currency = models.CharField(max_length=3, db_default="")

    class Meta:
        indexes = [models.Index(fields=["listing", "at"], name="price_point_history")]

    def __str__(self) -> str:
        return f"{self.minor} {self.currency} at {self.at}"


class Membership(models.Model):
    """A listing that a search finds now: the sum of the search's log.

    Shipping stands here, since it depends on the country that the search delivers to. `missed_at`
    is when the first of the complete sweeps in a row was sent that did not show the listing.
    """

    # Written under the locks of both rows, so the database need not look for them once more.
    # Who deletes a search or a listing locks it first (FOR UPDATE); likewise below.
    search = models.ForeignKey(
        Search,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,
        db_constraint=False,
    )
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="memberships", db_constraint=False
    )
    shipping = models.CharField(max_length=10, choices=Shipping, default=Shipping.UNKNOWN)
    shipping_minor = models.BigIntegerField(null=True)
    since = models.DateTimeField()
    missed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["search", "listing"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.search_id} has {self.listing_id}"


class SearchChange(models.Model):
    """One entry of a search's log; revisions of a search are gapless and committed in order.

    `price_minor` is the listing's figure after the change, `was_minor` before a repricing.
    """

    class Kind(models.TextChoices):
        APPEARED = "appeared"
        REPRICED = "repriced"
        ENDED = "ended"
        RETURNED = "returned"
        LEFT = "left"
        DISCOVERED = "discovered"

    search = models.ForeignKey(
        Search,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
    )
    revision = models.BigIntegerField()
    listing = models.ForeignKey(
        Listing,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    price_minor = models.BigIntegerField()
    was_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["search", "revision"], name="search_change_revision")
        ]
        indexes = [models.Index(fields=["listing", "search"], name="search_change_listing")]

    def __str__(self) -> str:
        return f"{self.search_id}@{self.revision} {self.kind} {self.listing_id}"


class SearchNews(models.Model):
    """A search that has changes nobody has looked at: what wakes its instant alerts."""

    search = models.OneToOneField(Search, on_delete=models.CASCADE, primary_key=True)
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"news of {self.search_id}"


class BidNews(models.Model):
    """A mere auction whose bid has moved since anybody looked: bids append nothing to logs."""

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True)
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"a bid on {self.listing_id}"


class UnreadableListing(models.Model):
    """A listing in eBay's answer that could not be read, and why; tried again at each refresh."""

    fetch = models.ForeignKey(Fetch, on_delete=models.CASCADE)
    reference = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fetch", "reference"], name="unreadable_once")
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.reason}"


class ApiPause(models.Model):
    """While eBay takes no calls (quota spent): until when, and why. One row, with id 1.

    `bursts` counts the pauses in a row that came although quota was left: the pace was too fast.
    """

    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    bursts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"until {self.until}: {self.reason}"


class QuotaWindow(models.Model):
    """The ledger: one row for each window of the quota, the last one (`number`) is current.

    `spent` counts calls made and calls reserved, `urgent_spent` those of them that went ahead of
    the others. `is_told`: limit and reset come from eBay. `asked_at` is when eBay was last asked
    what is left, `asked_spent` what stood here then.
    """

    resource = models.CharField(max_length=40, default=BROWSE)
    number = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    spent = models.PositiveIntegerField(default=0)
    urgent_spent = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    reset_at = models.DateTimeField()
    is_told = models.BooleanField(default=False)
    asked_at = models.DateTimeField(null=True)
    asked_spent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="quota_window_number")
        ]

    def __str__(self) -> str:
        return f"{self.spent} of {self.limit} calls until {self.reset_at}"


class RefreshPlan(models.Model):
    """How the calls that are left are spread over the fetches. One row, with id 1.

    The line that refreshes keep below begins at `pace_calls` and rises by `calls_per_second` while
    calls are short (`is_scarce`); the rest is `pacing.Stretch`. `spread_base` is the base by which
    due times were last set.
    """

    window = models.ForeignKey(QuotaWindow, on_delete=models.CASCADE, related_name="+")
    planned_at = models.DateTimeField()
    pace_calls = models.FloatField()
    calls_per_second = models.FloatField()
    is_scarce = models.BooleanField(default=False)
    base_seconds = models.FloatField(default=0)
    longest_seconds = models.FloatField(default=0)
    cheapest_factor = models.FloatField(null=True)
    sweep_factor = models.FloatField(null=True)
    spread_base = models.FloatField(default=0)
    fetches = models.PositiveIntegerField(default=0)
    wanted_per_day = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.fetches} fetches want {self.wanted_per_day:.0f} calls a day"


class SearchRegistration(models.Model):
    """That a search came to be wanted, or no longer is: what keeps percolators up to date.

    Rows are written in the transaction that changes the demand; readers look back over a window of
    time, not from the largest id, since a row may commit after a younger one.
    """

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.search_id} at {self.at}"


class Tombstone(models.Model):
    """That an event called a listing ended which nobody here knew."""

    marketplace = models.CharField(max_length=16)
    legacy_id = models.CharField(max_length=64)
    ended_at = models.DateTimeField(db_index=True)
    sequence = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legacy_id", "marketplace"], name="tombstone_once")
        ]

    def __str__(self) -> str:
        return f"{self.marketplace} {self.legacy_id}"


class EventStream(models.Model):
    """How far the marketplace's event stream has been applied; of several listeners, each."""

    url = models.CharField(max_length=400)
    shard = models.PositiveSmallIntegerField(default=0)
    shards = models.PositiveSmallIntegerField(default=1)
    stream_id = models.CharField(max_length=64, blank=True)
    sequence = models.BigIntegerField(default=0)
    # Where the log ended when it was read last.
    head = models.BigIntegerField(default=0, db_default=0)
    followed_at = models.DateTimeField(null=True)
    failure_reason = models.CharField(max_length=300, blank=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["url", "shards", "shard"], name="event_stream_once")
        ]

    def __str__(self) -> str:
        return f"{self.url} at {self.sequence}"

    @property
    def lag(self) -> int:
        """How many events were there and not applied when the log was read last."""
        return max(self.head - self.sequence, 0)


class DeadEvent(models.Model):
    """An event that could not be read, and why; it can be tried again."""

    stream_id = models.CharField(max_length=64)
    sequence = models.BigIntegerField(null=True)
    body = models.TextField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream_id", "sequence"], name="dead_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.reason}"


class AccountDeletion(models.Model):
    """That a deletion notice of eBay's was obeyed. It holds nothing of the user it was about.

    `key_id` is the key of eBay's that signed it, `erased` how many kept texts named the user.
    """

    notification_id = models.CharField(max_length=200, unique=True)
    key_id = models.CharField(max_length=100, db_index=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField()
    erased = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.notification_id
