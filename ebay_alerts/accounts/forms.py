"""The forms of accounts."""

from django import forms


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
        help_text="A place such as Europe/Berlin.",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )
    one_mail = forms.TypedChoiceField(
        label="Alerts that are due together",
        choices=[("yes", "come in one mail"), ("no", "mail each by itself")],
        coerce=lambda choice: choice == "yes",
    )
    quiet_from = forms.TimeField(
        label="Quiet hours from",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    quiet_until = forms.TimeField(
        label="Quiet hours until",
        help_text="What is found meanwhile comes then. Both empty for none.",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    report_frequency = forms.ChoiceField(
        label="The price report comes",
        choices=[("daily", "every day"), ("weekly", "on Mondays"), ("off", "never")],
    )
    report_hour = forms.TypedChoiceField(
        label="At, by your clock",
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
    )
    text_only = forms.BooleanField(label="Mails are text alone", required=False)

    def quiet_times(self) -> dict[str, str | None]:
        """As `read_quiet_hours` takes them."""
        times = {name: self.cleaned_data[name] for name in ("quiet_from", "quiet_until")}
        return {name: f"{time:%H:%M}" if time else None for name, time in times.items()}
