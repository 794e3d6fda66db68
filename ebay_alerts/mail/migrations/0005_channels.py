"""Channels, what is posted to them, and every try at it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0004_messages_by_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(db_index=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("webhook", "Webhook"), ("apprise", "Apprise")], max_length=7
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("address", models.TextField()),
                ("hint", models.CharField(max_length=300)),
                ("secret", models.TextField(blank=True)),
                ("previous_secret", models.TextField(blank=True)),
                ("previous_until", models.DateTimeField(null=True)),
                ("is_on", models.BooleanField(default=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lease_until__isnull", False)),
                        fields=["lease_until"],
                        name="mail_channel_leases",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=10)),
                ("origin", models.CharField(blank=True, max_length=40)),
                ("series", models.CharField(blank=True, max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("statements", models.JSONField(default=dict)),
                ("state", models.CharField(default="queued", max_length=10)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("maybe_taken", models.BooleanField(default=False)),
                ("is_recalled", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postings",
                        to="mail.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PostingAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("outcome", models.CharField(max_length=10)),
                ("code", models.PositiveIntegerField(null=True)),
                ("words", models.CharField(blank=True, max_length=500)),
                (
                    "posting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to="mail.posting",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["due_at", "channel"],
                name="mail_postings_due",
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("origin", ""), _negated=True),
                fields=["origin"],
                name="mail_postings_by_origin",
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("is_recalled", True)),
                fields=["series"],
                name="mail_postings_recalled",
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["created_at"], name="mail_postings_by_age"),
        ),
    ]
