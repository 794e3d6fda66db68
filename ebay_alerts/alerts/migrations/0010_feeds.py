"""Secret addresses of feeds; lines are found by their alert in the order of telling."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0009_timed_triggers"),
        ("market", "0009_log_without_constraints"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name="line",
            name="alert",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="lines",
                to="alerts.alert",
            ),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["alert", "id"], name="line_by_alert"),
        ),
        migrations.AddField(
            model_name="feed",
            name="alert",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="feeds",
                to="alerts.alert",
            ),
        ),
        migrations.AddField(
            model_name="feed",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="feeds",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.UniqueConstraint(fields=("user", "alert"), name="feed_of_alert"),
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.UniqueConstraint(
                condition=models.Q(("alert__isnull", True)), fields=("user",), name="feed_of_user"
            ),
        ),
    ]
