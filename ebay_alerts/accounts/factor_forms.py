"""Allauth's forms for codes of a second factor, in our words, and with the audit log told."""

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms

from ebay_alerts.accounts.auditing import origin_of, record_event
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.kit import clock
from ebay_alerts.mail.sealing import Unsealable

_WIDGET = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
_UNSEALABLE = (
    "Your second factor was stored under another key of this system. Ask whoever runs it to remove"
    " your second factor."
)


class _CodeForm(forms.Form):
    """Of the app, or one of the recovery codes."""

    user: Any
    authenticator: Authenticator

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        field = self.fields["code"]
        field.label, field.widget = "Code", forms.TextInput(attrs=_WIDGET)
        field.help_text = "Of your app, or one of your recovery codes."

    def clean_code(self) -> str:
        try:
            code = str(super().clean_code())  # type: ignore[misc]  # allauth has no types
        except Unsealable as error:
            raise forms.ValidationError(_UNSEALABLE) from error
        except forms.ValidationError as error:
            if error.code == "incorrect_code":
                self._note(AuditEvent.Kind.FACTOR_FAILED)
            raise
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            self._note(AuditEvent.Kind.CODE_USED)
        return code

    def _note(self, kind: AuditEvent.Kind) -> None:
        record_event(kind, clock.now(), user=self.user, origin=origin_of(context.request))


class FactorForm(_CodeForm, AuthenticateForm):  # type: ignore[misc]
    """Signing in."""


class FactorAgainForm(_CodeForm, ReauthenticateForm):  # type: ignore[misc]
    """Before something that only its user may do."""


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app, which shows that it was set up."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        field = self.fields["code"]
        field.label, field.widget = "Code that the app shows", forms.TextInput(attrs=_WIDGET)
