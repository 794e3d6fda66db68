"""The pages of accounts: signing up and in, passwords, tokens, and confirming an address."""

from allauth.account import views as allauth
from django.urls import path, re_path

from ebay_alerts.accounts import settings_views, token_views, views

urlpatterns = [
    path("c/<str:token>/", views.confirm_address, name="confirm-address"),
    path("ca/<str:token>/", views.confirm_other_address, name="confirm-other-address"),
    path("sign-up/", views.sign_up, name="account_signup"),
    path("sign-in/once/<str:secret>/", views.sign_in_once, name="sign-in-once"),
    path("settings/", settings_views.preferences, name="settings"),
    path("settings/tokens/", token_views.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/delete/", token_views.delete_token, name="delete-token"),
    # What allauth does, under the names by which it finds its own pages.
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-in/code/", allauth.request_login_code, name="account_request_login_code"),
    path("sign-in/code/enter/", allauth.confirm_login_code, name="account_confirm_login_code"),
    path("sign-in/closed/", allauth.account_inactive, name="account_inactive"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
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
