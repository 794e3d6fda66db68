"""The pages of reports, and those of alerts and listings that show history."""

from django.urls import path

from ebay_alerts.analytics import archive_views, listing_views, page_views, views

urlpatterns = [
    path("alerts/", page_views.alerts, name="alerts"),
    path("alerts/<int:alert_id>/", page_views.alert, name="alert"),
    path("listings/<int:listing_id>/", listing_views.listing, name="listing"),
    path("listings/<int:listing_id>/act/", listing_views.act, name="act-on-listing"),
    path("reports/", archive_views.archive, name="reports"),
    path("reports/<str:on>/", archive_views.archived, name="report"),
    path("r/<str:token>/", views.report_page, name="report-page"),
    path("r/<str:token>/unsubscribe", views.unsubscribe, name="report-unsubscribe"),
]
