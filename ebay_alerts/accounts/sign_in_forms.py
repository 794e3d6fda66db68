"""Allauth's forms for signing in and for passwords, in the site's words."""

from typing import Any

from allauth.account import forms as allauth
from django import forms

ADDRESS = "E-mail address"
_HELP = "At least 8 characters, and none of the passwords that everybody uses."


class _Worded(forms.Form):
    """Labels of ours, and no words in a field that vanish as one types."""

    labels: dict[str, str] = {}

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = _HELP


class SignInForm(_Worded, allauth.LoginForm):  # type: ignore[misc]  # allauth has no types
    labels = {"login": ADDRESS}


class CodeRequestForm(_Worded, allauth.RequestLoginCodeForm):  # type: ignore[misc]
    labels = {"email": ADDRESS}


class CodeForm(_Worded, allauth.ConfirmLoginCodeForm):  # type: ignore[misc]
    labels = {"code": "Code"}


class ResetRequestForm(_Worded, allauth.ResetPasswordForm):  # type: ignore[misc]
    labels = {"email": ADDRESS}


class ResetForm(_Worded, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {"password1": "New password", "password2": "New password, once more"}


class ChangePasswordForm(_Worded, allauth.ChangePasswordForm):  # type: ignore[misc]
    labels = {"oldpassword": "Present password"} | ResetForm.labels


class SetPasswordForm(_Worded, allauth.SetPasswordForm):  # type: ignore[misc]
    labels = {"password1": "Password", "password2": "Password, once more"}


class PasswordAgainForm(_Worded, allauth.ReauthenticateForm):  # type: ignore[misc]
    """Before something that only its user may do."""
