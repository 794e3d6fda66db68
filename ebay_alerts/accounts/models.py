"""Users by e-mail address and their API tokens."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from ebay_alerts.kit import clock


class UserManager(BaseUserManager["User"]):
    def create_superuser(self, email: str, password: str) -> "User":
        now = clock.now()
        user = self.model(
            email=email, is_staff=True, is_superuser=True, confirmed_at=now, created_at=now
        )
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who keeps alerts, known by an e-mail address (unique whatever its case)."""

    email = models.EmailField(max_length=254, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.email


class ApiToken(models.Model):
    """A bearer token. Only its SHA-256 is kept; a random token of 256 bits needs no slow hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.hint}…"
