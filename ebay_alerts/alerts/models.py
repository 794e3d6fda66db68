"""Alerts and their history, the digests built for them, and the lines that say what was told."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from ebay_alerts.accounts.models import Address
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.gates import Basis, Buying, Gates, Seller, Trigger
from ebay_alerts.alerts.schedule import WallTime, first_slot, next_slot
from ebay_alerts.mail.models import Message
from ebay_alerts.market.models import Listing, Search
from ebay_alerts.market.sellers import mark_of
from ebay_alerts.market.terms import Condition


class Alert(models.Model):
    """A user's wish: keywords (a search), gates, and how often to be told.

    `cursor` is the revision of the search up to which it has been considered; None while filling
    for the first time. `slot` is when it is due, in Unix seconds; None while nothing is due.
    With `at_minute` it is a time of day, in minutes from midnight, on `weekdays`
    (`schedule.WallTime`), and `interval_minutes` is that of a day.
    `snoozed_until`, while it is to come, keeps it from being due. `version` counts the user's
    edits. `filters` is what two alerts of one user and search differ in: the gates, with a mark
    behind them while it is an unchanged copy of another alert.
    """

    class State(models.TextChoices):
        FILLING = "filling"
        ACTIVE = "active"
        PAUSED = "paused"

    class MailWhen(models.TextChoices):
        CHANGES = "changes"
        ALWAYS = "always"

    # Without an index of its own: `alert_once` begins with it.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="alerts")
    # Where its mails go; null for the address of the account.
    address = models.ForeignKey(
        Address, on_delete=models.SET_NULL, null=True, related_name="alerts", db_index=False
    )
    name = models.CharField(max_length=100)
    keywords = models.CharField(max_length=300)
    note = models.CharField(max_length=1000, blank=True, db_default="")
    interval_minutes = models.PositiveIntegerField()
    at_minute = models.PositiveSmallIntegerField(null=True)
    weekdays = models.PositiveSmallIntegerField(default=0, db_default=0)
    mail_when = models.CharField(max_length=8, choices=MailWhen, default=MailWhen.CHANGES)
    currency = models.CharField(max_length=3)
    min_price_minor = models.BigIntegerField(null=True)
    max_price_minor = models.BigIntegerField(null=True)
    min_change_percent = models.PositiveSmallIntegerField(default=0)
    min_change_minor = models.BigIntegerField(default=0)
    lowest_in_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    rearm_hours = models.PositiveSmallIntegerField(default=0, db_default=0)
    ending_minutes = models.PositiveSmallIntegerField(default=0, db_default=0)
    price_basis = models.CharField(max_length=5, default=Basis.ITEM.value)
    buying = models.CharField(max_length=11, default=Buying.ANY.value)
    # Codes and words with a space between; for none of them empty.
    countries = models.CharField(max_length=60, blank=True)
    excluded_countries = models.CharField(max_length=60, blank=True)
    free_shipping = models.BooleanField(default=False)
    ships_to_me = models.BooleanField(default=False, db_default=False)
    conditions = models.CharField(max_length=60, blank=True, db_default="")
    sellers = models.TextField(blank=True, db_default="")
    excluded_sellers = models.TextField(blank=True, db_default="")
    # A word or a phrase in each line.
    excluded_words = models.TextField(blank=True, db_default="")
    triggers = models.CharField(max_length=60, blank=True)
    filters = models.CharField(max_length=300)

    state = models.CharField(max_length=8, choices=State, default=State.FILLING)
    version = models.PositiveIntegerField(default=1)
    cursor = models.BigIntegerField(null=True)
    cursor_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    welcomed_at = models.DateTimeField(null=True)
    phase = models.PositiveIntegerField()
    slot = models.BigIntegerField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "search", "filters"], name="alert_once")
        ]
        indexes = [
            models.Index(fields=["slot", "id"], name="alert_due", condition=Q(state="active")),
            models.Index(fields=["slot"], name="alert_timed", condition=Q(at_minute__isnull=False)),
            models.Index(fields=["search"], name="alert_filling", condition=Q(state="filling")),
            models.Index(
                fields=["id"], name="alert_with_reminders", condition=Q(ending_minutes__gt=0)
            ),
            models.Index(
                fields=["address"], name="alert_elsewhere", condition=Q(address__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def wall_time(self, time_zone: str) -> WallTime | None:
        """Its time of day in its user's zone; None for an alert with an interval."""
        if self.at_minute is None:
            return None
        return WallTime(self.at_minute, self.weekdays, time_zone)

    def next_slot(self, now: datetime, time_zone: str) -> int | None:
        return next_slot(now, self.interval_minutes, self.phase, self.wall_time(time_zone))

    def first_slot(self, now: datetime, time_zone: str) -> int:
        return first_slot(now, self.interval_minutes, self.phase, self.wall_time(time_zone))

    def is_snoozed(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > now

    @property
    def gates(self) -> Gates:
        return Gates(
            currency=self.currency,
            min_minor=self.min_price_minor,
            max_minor=self.max_price_minor,
            min_change_percent=self.min_change_percent,
            min_change_minor=self.min_change_minor,
            lowest_in_days=self.lowest_in_days,
            rearm_hours=self.rearm_hours,
            ending_minutes=self.ending_minutes,
            basis=Basis(self.price_basis),
            buying=Buying(self.buying),
            countries=frozenset(self.countries.split()),
            excluded_countries=frozenset(self.excluded_countries.split()),
            free_shipping=self.free_shipping,
            ships_to_me=self.ships_to_me,
            conditions=frozenset(map(Condition, self.conditions.split())),
            sellers=_sellers(self.sellers),
            excluded_sellers=_sellers(self.excluded_sellers),
            excluded_words=tuple(self.excluded_words.splitlines()),
            triggers=frozenset(map(Trigger, self.triggers.split())),
        )


def _sellers(names: str) -> frozenset[Seller]:
    return frozenset(Seller(name, mark_of(name)) for name in names.split())


class AlertChange(models.Model):
    """What a user did with an alert, and the wish before and after; append-only.

    It outlives alert and user, so it refers to them by number alone; neither number is given out
    again. `before` is null for a creation, `after` for a deletion.
    """

    class Kind(models.TextChoices):
        CREATED = "created"
        CHANGED = "changed"
        PAUSED = "paused"
        SNOOZED = "snoozed"
        RESUMED = "resumed"
        DELETED = "deleted"

    alert_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "alert_id", "id"], name="alert_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.alert_id}"


class Digest(models.Model):
    """What was told for one alert at once: the range of the log, and the message that carries it,
    alone or beside others of the user."""

    class Kind(models.TextChoices):
        WELCOME = "welcome"
        CHANGES = "changes"
        LIST = "list"
        # What was held back until then, with nothing of the log: an empty range may come twice.
        HELD = "held"
        ENDING = "ending"

    # What tells news, in contrast to the welcome mail.
    TOLD = (Kind.CHANGES, Kind.LIST, Kind.HELD)

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="digests")
    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    version = models.PositiveIntegerField()
    from_revision = models.BigIntegerField()
    from_at = models.DateTimeField(null=True)
    to_revision = models.BigIntegerField()
    slot = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["alert", "created_at"], name="digest_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "version", "from_revision"],
                name="digest_changes_once",
                condition=Q(kind="changes"),
            ),
            models.UniqueConstraint(
                fields=["alert", "version", "slot"],
                name="digest_list_once",
                condition=Q(kind="list"),
            ),
            models.UniqueConstraint(
                fields=["alert"], name="digest_welcome_once", condition=Q(kind="welcome")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.alert_id} {self.from_revision}..{self.to_revision}"


class Line(models.Model):
    """What a user was told of a listing; append-only. The last one is what the user knows.

    `also_matched_by` are the numbers of other alerts of the user that it passed then; null for
    none.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(
        Alert, on_delete=models.SET_NULL, null=True, related_name="lines", db_index=False
    )
    digest = models.ForeignKey(Digest, on_delete=models.SET_NULL, null=True, related_name="lines")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in LineKind])
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    shipping_minor = models.BigIntegerField(null=True)
    was_minor = models.BigIntegerField(null=True)
    revision = models.BigIntegerField()
    is_shown = models.BooleanField()
    also_matched_by = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "listing", "id"], name="line_last"),
            models.Index(fields=["alert", "id"], name="line_by_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.listing_id} at {self.price_minor} {self.currency}"


class ListingSnooze(models.Model):
    """That a user is told nothing of a listing until a time, or for good."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "listing"], name="listing_snooze_once")
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} for {self.user_id} until {self.until}"


class HeldListing(models.Model):
    """A timed trigger: an alert has held back what happened to a listing, and looks again at the
    net of it at its first slot from `due_at` on.

    `is_news`: it was new to the alert when it was held back first.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="held", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_index=True)
    is_news = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "listing"], name="held_listing_once")
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} for {self.alert_id} until {self.due_at}"


class EndingReminder(models.Model):
    """A timed trigger: that an alert tells of an auction from `due_at` on, before it ends.

    `ends_at` is the end that it is for; `told_at` is when it was told, by whichever of the user's
    alerts.
    """

    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, related_name="reminders", db_index=False
    )
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "listing"], name="ending_reminder_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="ending_reminder_due", condition=Q(told_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} of {self.alert_id} ends at {self.ends_at}"


class Feed(models.Model):
    """A secret address of what one alert tells, or all alerts of a user, as a feed and as a
    calendar. The address signs `version`: with another one, it leads nowhere any more."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds"
    )
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, related_name="feeds")
    version = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "alert"], name="feed_of_alert"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(alert__isnull=True), name="feed_of_user"
            ),
        ]

    def __str__(self) -> str:
        return f"feed of {self.user_id}: {self.alert_id or 'all'}"
