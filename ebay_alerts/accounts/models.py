"""Users by e-mail address, their preferences, their API tokens, and what is to be confirmed."""

from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from ebay_alerts.accounts import schedule
from ebay_alerts.accounts.quiet import QuietHours
from ebay_alerts.accounts.scopes import EVERY_SCOPE
from ebay_alerts.kit import clock


class AnyCaseEmailField(models.EmailField):  # type: ignore[type-arg]
    """An address that is found in whatever letters, by the index that keeps it unique so: allauth
    looks for addresses in small ones. As the field that it is to the database."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs


@AnyCaseEmailField.register_lookup
class _AnyCase(Exact):
    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        sql, values = super().process_lhs(compiler, connection, lhs)
        return f"LOWER({sql})", values

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        sql, values = super().process_rhs(compiler, connection)
        return f"LOWER({sql})", values


class UserManager(BaseUserManager["User"]):
    def create_superuser(self, email: str, password: str) -> "User":
        now = clock.now()
        user = self.model(
            email=email, is_staff=True, is_superuser=True, confirmed_at=now, created_at=now
        )
        user.set_password(password)
        user.report_due_at = user.next_report_at(now)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who keeps alerts, known by an e-mail address (unique whatever its case).

    `report_due_at` is the next turn of the price report, null while reports are off; `reported_on`
    is the last local date that had its turn, whether or not there was anything to report. Before
    `confirmed_at` nothing goes to the address but the mail that asks for it.
    From `quiet_from` to `quiet_until`, in minutes from midnight, alerts are held; both are null for
    no quiet hours. `clock_changed` says that time zone or quiet hours were changed, until what
    follows them is planned anew. With `one_mail` alerts that are due together come in one mail;
    with `text_only` mails have no HTML.
    `leaving_at` is when the user asked to be deleted: all that is kept of the user is being erased.
    """

    class ReportFrequency(models.TextChoices):
        DAILY = schedule.DAILY
        WEEKLY = schedule.WEEKLY
        OFF = schedule.OFF

    class ClockChange(models.TextChoices):
        ZONE = "zone"
        QUIET = "quiet"

    email = AnyCaseEmailField(max_length=254, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    report_frequency = models.CharField(
        max_length=6, choices=ReportFrequency, default=ReportFrequency.DAILY
    )
    report_hour = models.PositiveSmallIntegerField(default=7)
    report_due_at = models.DateTimeField(null=True)
    reported_on = models.DateField(null=True)
    one_mail = models.BooleanField(default=True)
    text_only = models.BooleanField(default=False)
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_until = models.PositiveSmallIntegerField(null=True)
    clock_changed = models.CharField(max_length=5, choices=ClockChange, blank=True, db_default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    leaving_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(condition=Q(report_hour__lte=23), name="user_report_hour"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__lt=1440, quiet_until__lt=1440),
                name="user_quiet_hours",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="user_quiet", condition=Q(quiet_from__isnull=False)),
            models.Index(
                fields=["report_due_at", "id"],
                name="user_report_due",
                condition=Q(
                    report_due_at__isnull=False, is_active=True, confirmed_at__isnull=False
                ),
            ),
            models.Index(fields=["id"], name="user_clock_changed", condition=~Q(clock_changed="")),
            models.Index(fields=["id"], name="user_leaving", condition=Q(leaving_at__isnull=False)),
            models.Index(
                fields=["created_at"],
                name="user_unconfirmed",
                condition=Q(confirmed_at__isnull=True, leaving_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.email)

    @property
    def quiet_hours(self) -> QuietHours | None:
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_until, self.time_zone)

    def next_report_at(self, after: datetime) -> datetime | None:
        """The first turn after `after` on a local date that had none; None if reports are off."""
        return schedule.next_report_at(
            after, self.time_zone, self.report_hour, self.report_frequency, self.reported_on
        )


class ApiToken(models.Model):
    """A bearer token. Only its SHA-256 is kept; a random token of 256 bits needs no slow hash.

    `scopes` are words with blanks between. `last_used_at` is written at most every few minutes.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    name = models.CharField(max_length=60, blank=True, db_default="")
    scopes = models.CharField(max_length=60, db_default=EVERY_SCOPE, default=EVERY_SCOPE)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.hint}…"

    @property
    def scope_list(self) -> list[str]:
        return self.scopes.split()


class SignInLink(models.Model):
    """A link that signs its user in once; only the SHA-256 of its secret is kept. Used, it is
    deleted."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"for {self.user_id} until {self.expires_at}"


class BrowserSession(AbstractBaseSession):
    """What is kept of one browser, with the user who is signed in there, if anybody is.

    `seen_at` is written at most every few minutes.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    seen_at = models.DateTimeField()

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Django reads a session's contents by its store."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class AddressChange(models.Model):
    """That a user wants the account to have another address, or since `changed_at` has it.

    A link in a mail to the new address carries the secret, of which only the SHA-256 is kept until
    it is used. What was changed is kept: mails that went to `before` until then are the user's.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    before = models.EmailField(max_length=254)
    after = models.EmailField(max_length=254)
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="address_change_once", condition=Q(changed_at__isnull=True)
            )
        ]
        indexes = [models.Index(Lower("before"), name="address_before")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class Address(models.Model):
    """Another address of a user's, beside that of the account: alerts may go there once it is
    confirmed. Before that nothing goes to it but the mail that asks for it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    address = models.EmailField(max_length=254)
    confirmed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", Lower("address"), name="address_once_a_user")
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="address_unconfirmed",
                condition=Q(confirmed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.address


class AuditEvent(models.Model):
    """Something that touched the security of an account: appended, never changed, pruned by age.

    `user` is null where nobody is known, or where the user is gone: with the user go all events
    that name them. `origin` is the client's address, shortened to its network unless a setting
    keeps it whole; `token` how the token began that it came with.
    """

    class Kind(models.TextChoices):
        TOKEN_CREATED = "token_created"  # noqa: S105 - no password
        TOKEN_REVOKED = "token_revoked"  # noqa: S105 - no password
        TOKENS_REFUSED = "tokens_refused"
        ADDRESS_ADDED = "address_added"
        ADDRESS_CONFIRMED = "address_confirmed"
        ADDRESS_DELETED = "address_deleted"
        SECRET_ROTATED = "secret_rotated"  # noqa: S105 - no password
        ACCOUNT_EXPORTED = "account_exported"
        ACCOUNT_DELETED = "account_deleted"
        SIGNED_IN = "signed_in"
        SIGN_IN_FAILED = "sign_in_failed"
        SIGNED_OUT = "signed_out"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no password
        ADDRESS_CHANGE_ASKED = "address_change_asked"
        ADDRESS_CHANGED = "address_changed"
        FACTOR_ADDED = "factor_added"
        FACTOR_REMOVED = "factor_removed"
        FACTOR_FAILED = "factor_failed"
        CODES_RENEWED = "codes_renewed"
        CODE_USED = "code_used"

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    origin = models.CharField(max_length=50, blank=True)
    token = models.CharField(max_length=12, blank=True)
    about = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="audit_age"),
            models.Index(fields=["at"], name="audit_refused", condition=Q(kind="tokens_refused")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class ConfirmationRequest(models.Model):
    """That a confirmation was asked for, whether or not one was sent; kept for a day, to count."""

    address = models.EmailField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["address", "at"], name="confirmation_address"),
            models.Index(fields=["at"], name="confirmation_age"),
        ]

    def __str__(self) -> str:
        return self.address
