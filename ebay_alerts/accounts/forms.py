"""The forms of accounts."""

from django import forms

from ebay_alerts.accounts.scopes import MEANINGS, SCOPES
from ebay_alerts.mail.channels import LONGEST_NAME


class SignUpForm(forms.Form):
    """The address alone: a password can be set once it is confirmed."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class PreferencesForm(forms.Form):
    """When and how mails come."""

    time_zone = forms.CharField(
        label="Time zone",
        help_text="Write a place and choose: Berlin finds Europe/Berlin.",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )
    one_mail = forms.TypedChoiceField(
        label="Alerts that are due together",
        help_text="One mail has them all, each with its listings.",
        choices=[("yes", "come in one mail"), ("no", "mail each by itself")],
        coerce=lambda choice: choice == "yes",
    )
    quiet_from = forms.TimeField(
        label="From",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    quiet_until = forms.TimeField(
        label="Until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    report_frequency = forms.ChoiceField(
        label="It comes",
        choices=[("daily", "every day"), ("weekly", "on Mondays"), ("off", "never")],
    )
    report_hour = forms.TypedChoiceField(
        label="At, by your clock",
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
    )
    text_only = forms.BooleanField(
        label="Mails are text alone",
        help_text="Without pictures and layout; for programs that read mail aloud, or as lines.",
        required=False,
    )

    def quiet_times(self) -> dict[str, str | None]:
        """As `read_quiet_hours` takes them."""
        times = {name: self.cleaned_data[name] for name in ("quiet_from", "quiet_until")}
        return {name: f"{time:%H:%M}" if time else None for name, time in times.items()}


class ChannelForm(forms.Form):
    """Another way out beside mail."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=[("webhook", "A webhook: a program of yours"), ("apprise", "A push service")],
        widget=forms.RadioSelect,
    )
    url = forms.CharField(
        label="Address",
        help_text="Of a webhook such as https://example.com/hook; of a push service as Apprise"
        " writes it, such as ntfy://topic or tgram://token/chat.",
        max_length=2000,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    name = forms.CharField(
        label="What you call it",
        help_text="Empty for its host.",
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TokenForm(forms.Form):
    """What a new token is called, what it may do, and for how long."""

    name = forms.CharField(
        label="What it is for",
        help_text="Such as where it is used; may be empty.",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(name, f"{name}: {MEANINGS[name]}") for name in SCOPES],
        initial=["read", "write"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose one at least."},
    )
    days = forms.TypedChoiceField(
        label="It is good",
        choices=[
            ("0", "until you delete it"),
            ("30", "for 30 days"),
            ("90", "for 90 days"),
            ("365", "for a year"),
        ],
        coerce=int,
        empty_value="0",
        required=False,
    )


class AgainForm(forms.Form):
    """A code that was mailed."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
