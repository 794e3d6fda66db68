"""Users say whether alerts that are due together come in one mail, when no mail is to come, and
whether mails are text alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_leaving_users")]

    operations = [
        migrations.AddField(
            model_name="user", name="one_mail", field=models.BooleanField(default=True)
        ),
        migrations.AddField(
            model_name="user", name="text_only", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="user",
            name="quiet_from",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="quiet_until",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="clock_changed",
            field=models.CharField(
                blank=True,
                choices=[("zone", "Zone"), ("quiet", "Quiet")],
                db_default="",
                max_length=5,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quiet_from", None),
                    ("quiet_until", None),
                )
                | models.Q(("quiet_from__lt", 1440), ("quiet_until__lt", 1440)),
                name="user_quiet_hours",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("clock_changed", ""), _negated=True),
                fields=["id"],
                name="user_clock_changed",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("quiet_from__isnull", False)), fields=["id"], name="user_quiet"
            ),
        ),
    ]
