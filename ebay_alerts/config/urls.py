"""Where every address of the site leads."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("ebay_alerts.accounts.urls")),
    path("", include("ebay_alerts.alerts.urls")),
    path("", include("ebay_alerts.analytics.urls")),
    path("", include("ebay_alerts.market.urls")),
    path("", include("ebay_alerts.web.urls")),
]
handler404 = "ebay_alerts.web.views.not_found"
handler500 = "ebay_alerts.web.views.server_error"
handler429 = "ebay_alerts.web.views.too_many"
