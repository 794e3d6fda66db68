"""The pages of alerts: for who is signed in, and those that mails lead to by signed links."""

from django.urls import path

from ebay_alerts.alerts import (
    address_views,
    bulk_views,
    edit_views,
    feed_views,
    history_views,
    import_views,
    live_views,
    mail_views,
    site_views,
    views,
)

urlpatterns = [
    path("alerts/new/", edit_views.new, name="new-alert"),
    path("alerts/preview/", edit_views.preview_part, name="preview"),
    path("alerts/live/", live_views.live, name="live"),
    path("alerts/several/", bulk_views.several, name="several"),
    path("alerts/undo/", bulk_views.undo_last, name="undo"),
    path("alerts/import/", import_views.import_file, name="import-alerts"),
    path("alerts/export/", import_views.export, name="export-alerts"),
    path("alerts/<int:alert_id>/edit/", edit_views.edit, name="edit-alert"),
    path("alerts/<int:alert_id>/act/", site_views.act, name="act"),
    path("alerts/<int:alert_id>/delete/", site_views.delete, name="delete-alert"),
    path("alerts/<int:alert_id>/mails/", mail_views.mails, name="alert-mails"),
    path("alerts/<int:alert_id>/mails/<int:digest_id>/", mail_views.mail, name="alert-mail"),
    path(
        "alerts/<int:alert_id>/mails/<int:digest_id>/body/",
        mail_views.body,
        name="alert-mail-body",
    ),
    path("alerts/<int:alert_id>/changes/", history_views.changes, name="alert-changes"),
    path(
        "alerts/<int:alert_id>/changes/<int:change_id>/restore/",
        history_views.restore,
        name="restore-change",
    ),
    path("alerts/<int:alert_id>/why/<int:listing_id>/", site_views.why, name="why"),
    path("settings/addresses/", address_views.addresses, name="addresses"),
    path("settings/addresses/lift/", address_views.lift, name="lift-own"),
    path("settings/addresses/<int:address_id>/lift/", address_views.lift, name="lift-address"),
    path(
        "settings/addresses/<int:address_id>/resend/",
        address_views.resend,
        name="resend-confirmation",
    ),
    path(
        "settings/addresses/<int:address_id>/delete/", address_views.delete, name="delete-address"
    ),
    path("settings/address/", address_views.change, name="change-address"),
    path("settings/address/cancel/", address_views.cancel, name="cancel-address-change"),
    path("ce/<str:secret>/", address_views.use, name="use-address-change"),
    path("a/<str:token>/", views.alert_page, name="alert-page"),
    path("a/<str:token>/unsubscribe", views.unsubscribe, name="alert-unsubscribe"),
    path("m/<str:token>/", views.several, name="several-alerts"),
    path("f/<str:token>.atom", feed_views.feed, name="feed"),
    path("f/<str:token>.ics", feed_views.calendar, name="calendar"),
    path("w/<str:token>/", views.watch, name="watch"),
    path("u/<str:token>/", views.everything, name="everything"),
    path("u/<str:token>/unsubscribe", views.stop_everything, name="everything-unsubscribe"),
]
