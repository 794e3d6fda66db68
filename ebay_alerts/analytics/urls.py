"""The pages of reports."""

from django.urls import path

from ebay_alerts.analytics import archive_views, views

urlpatterns = [
    path("reports/", archive_views.archive, name="reports"),
    path("reports/<str:on>/", archive_views.archived, name="report"),
    path("r/<str:token>/", views.report_page, name="report-page"),
    path("r/<str:token>/unsubscribe", views.unsubscribe, name="report-unsubscribe"),
]
