"""The admin pages' frame: for operators alone, who sign in where everybody does."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from ebay_alerts.accounts.operators import is_operator


class OperatorsSite(AdminSite):
    """Django's, but for its own ways to sign in, which have neither our limits nor our log."""

    site_header = site_title = "eBay Alerts"
    index_title = "All rows"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where every page leads that a request may not see; there is nothing for other users."""
        if request.user.is_authenticated and not is_operator(request.user):
            raise Http404("There is nothing here.")
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        logout(request)
        return redirect("home")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")
