"""The outbox: messages to be sent, the pictures in them, every try at sending them, and the
addresses that get none."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from ebay_alerts.mail.states import State


class Message(models.Model):
    """One mail to one address. Its `message_id` is made once and goes out with every try."""

    key = models.CharField(max_length=120, unique=True)
    message_id = models.CharField(max_length=320)
    queue = models.CharField(max_length=10)
    to_address = models.CharField(max_length=320)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
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
