"""The outbox: messages to be sent, the pictures in them, every try at sending them, and the
addresses that get none; and that of channels, beside mail."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from ebay_alerts.mail.states import State


class LongText(models.TextField):  # type: ignore[type-arg]
    """Text that is written as a literal: many rows at once would go as arrays, and psycopg quotes
    each quotation mark in an array by a call of Python's, of which HTML has hundreds."""

    def get_placeholder(self, value: object, compiler: object, connection: object) -> str:
        """Django's sign that a field goes into no array; the placeholder is the usual one."""
        return "%s"

    def deconstruct(self) -> Any:
        """As the field that it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class Message(models.Model):
    """One mail to one address. Its `message_id` is made once and goes out with every try."""

    key = models.CharField(max_length=120, unique=True)
    message_id = models.CharField(max_length=320)
    queue = models.CharField(max_length=10)
    to_address = models.CharField(max_length=320)
    subject = models.CharField(max_length=200)
    text = LongText()
    html = LongText()
    headers = models.JSONField(default=dict)
    # What the HTML shows by `cid:`, each [key of the picture, Content-ID, alt text]; null for none.
    # In the row and by key: a table of links would be a dozen more rows a message to write and to
    # delete, and a foreign key would keep a picture from being pruned.
    pictures = models.JSONField(null=True)
    state = models.CharField(max_length=10, default=State.QUEUED.value)
    attempts = models.PositiveIntegerField(default=0)
    # Some try was lost: a server may have taken the message, so it is neither withdrawn nor stale.
    maybe_taken = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    fresh_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=500, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "due_at", "id"],
                condition=Q(state=State.QUEUED.value),
                name="mail_claims",
            ),
            models.Index(
                fields=["queue", "lease_until"],
                condition=Q(state=State.SENDING.value),
                name="mail_leases",
            ),
            models.Index(
                fields=["lease_token"],
                condition=Q(state=State.SENDING.value),
                name="mail_lease_tokens",
            ),
            models.Index(
                fields=["fresh_until"],
                condition=Q(state=State.QUEUED.value),
                name="mail_freshness",
            ),
            models.Index(fields=["id"], condition=Q(state=State.STALE.value), name="mail_stale"),
            # Notices of bounces and complaints name a mail so.
            models.Index(fields=["message_id"], name="mail_message_ids"),
            models.Index(fields=["id"], condition=Q(state=State.FAILED.value), name="mail_failed"),
            models.Index(Lower("to_address"), "id", name="mail_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class Picture(models.Model):
    """An image that mails show, stored once for all messages that name its key; never changed."""

    key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # Last: SQLite reads past what stands before a column.
    png = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="mail_pictures_by_age")]

    def __str__(self) -> str:
        return f"{self.key} ({self.width} by {self.height})"


class Attempt(models.Model):
    """One try at handing a message to a server; append-only."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    code = models.PositiveIntegerField(null=True)
    words = models.CharField(max_length=500, default="")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.outcome}"


class Suppression(models.Model):
    """An address, in small letters, that bounced or complained; in force until `until`, or for good
    while that is null. One that is over is kept: a failure soon after it has no end."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced"
        COMPLAINED = "complained"

    address = models.CharField(max_length=320, unique=True)
    reason = models.CharField(max_length=10, choices=Reason)
    words = models.CharField(max_length=500)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.address} ({self.reason})"


class Channel(models.Model):
    """A way out beside mail: a webhook or a push service of one user, known by id alone.

    `address` is its URL and `secret` what webhooks are signed with, both sealed; `hint` is as much
    of the URL as is shown. Until `previous_until` the secret before signs, too. A channel rests
    until `due_at` after a failure; one that failed for long is suspended, and says why in `words`.
    The lease is of whoever posts to it, one at a time.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        APPRISE = "apprise"

    user_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=100)
    address = models.TextField()
    hint = models.CharField(max_length=300)
    secret = models.TextField(blank=True)
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    is_on = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, blank=True)
    succeeded_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=Q(lease_until__isnull=False),
                name="mail_channel_leases",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


class Posting(models.Model):
    """One body for one channel, under one public id for ever.

    `origin` names the digest that it tells, `series` the alert. `statements` says what it states
    of what, for whoever wrote it to compare. `is_recalled`: the digest was taken back when the
    channel had it already, or may have.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="postings")
    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10)
    origin = models.CharField(max_length=40, blank=True)
    series = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    statements = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=State.QUEUED.value)
    attempts = models.PositiveIntegerField(default=0)
    maybe_taken = models.BooleanField(default=False)
    is_recalled = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "channel"],
                condition=Q(state=State.QUEUED.value),
                name="mail_postings_due",
            ),
            models.Index(
                fields=["origin"], condition=~Q(origin=""), name="mail_postings_by_origin"
            ),
            models.Index(
                fields=["series"], condition=Q(is_recalled=True), name="mail_postings_recalled"
            ),
            models.Index(fields=["created_at"], name="mail_postings_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def is_over(self) -> bool:
        """Whether it is tried no more."""
        return self.state not in (State.QUEUED, State.SENDING)


class PostingAttempt(models.Model):
    """One try at handing a posting to its channel; append-only."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    code = models.PositiveIntegerField(null=True)
    words = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.posting_id}: {self.outcome}"
