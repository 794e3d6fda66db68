"""The pages of accounts: signing up and in, passwords, tokens, and confirming an address."""

from allauth.account import views as allauth
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from ebay_alerts.accounts import (
    again_views,
    channel_views,
    security_views,
    settings_views,
    token_views,
    views,
)
from ebay_alerts.accounts.asking_again import asks_again
from ebay_alerts.accounts.later import imported_later

urlpatterns = [
    path("c/<str:token>/", views.confirm_address, name="confirm-address"),
    path("ca/<str:token>/", views.confirm_other_address, name="confirm-other-address"),
    path("sign-up/", views.sign_up, name="account_signup"),
    path("sign-in/once/<str:secret>/", views.sign_in_once, name="sign-in-once"),
    path("settings/", settings_views.preferences, name="settings"),
    path("settings/tokens/", token_views.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/delete/", token_views.delete_token, name="delete-token"),
    path("settings/channels/", channel_views.channel_list, name="channels"),
    path("settings/channels/<int:channel_id>/", channel_views.channel, name="channel"),
    path(
        "settings/channels/<int:channel_id>/postings/",
        channel_views.channel_postings,
        name="channel-postings",
    ),
    path("settings/channels/<int:channel_id>/test/", channel_views.try_channel, name="try-channel"),
    path(
        "settings/channels/<int:channel_id>/change/",
        channel_views.change_channel,
        name="change-channel",
    ),
    path(
        "settings/channels/<int:channel_id>/secret/",
        channel_views.rotate_secret,
        name="rotate-secret",
    ),
    path(
        "settings/channels/<int:channel_id>/delete/",
        channel_views.delete_channel,
        name="delete-channel",
    ),
    path("settings/test-mail/", channel_views.send_test_mail, name="send-test-mail"),
    path("settings/security/", security_views.security, name="security"),
    path("settings/security/log/", security_views.audit_log, name="audit-log"),
    path("settings/security/others/", security_views.sign_out_others, name="sign-out-others"),
    path(
        "settings/security/browser/<slug:name>/",
        security_views.sign_out_browser,
        name="sign-out-browser",
    ),
    # What allauth does, under the names by which it finds its own pages.
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-in/code/", allauth.request_login_code, name="account_request_login_code"),
    path("sign-in/code/enter/", allauth.confirm_login_code, name="account_confirm_login_code"),
    path("sign-in/closed/", allauth.account_inactive, name="account_inactive"),
    path(
        "sign-in/second/",
        imported_later("allauth.mfa.base.views.authenticate"),
        name="mfa_authenticate",
    ),
    path("sign-in/again/", allauth.reauthenticate, name="account_reauthenticate"),
    path("sign-in/again/mail/", again_views.again_by_mail, name="again-by-mail"),
    path(
        "sign-in/again/code/",
        imported_later("allauth.mfa.base.views.reauthenticate"),
        name="mfa_reauthenticate",
    ),
    path(
        "settings/second-factor/", RedirectView.as_view(pattern_name="security"), name="mfa_index"
    ),
    path(
        "settings/second-factor/add/",
        never_cache(asks_again(imported_later("allauth.mfa.totp.views.activate_totp"))),
        name="mfa_activate_totp",
    ),
    path(
        "settings/second-factor/remove/",
        imported_later("allauth.mfa.totp.views.deactivate_totp"),
        name="mfa_deactivate_totp",
    ),
    path(
        "settings/second-factor/codes/",
        never_cache(imported_later("allauth.mfa.recovery_codes.views.view_recovery_codes")),
        name="mfa_view_recovery_codes",
    ),
    path(
        "settings/second-factor/codes/new/",
        imported_later("allauth.mfa.recovery_codes.views.generate_recovery_codes"),
        name="mfa_generate_recovery_codes",
    ),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", asks_again(allauth.password_set), name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
