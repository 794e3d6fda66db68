"""The audit log, pruned by an index on its age."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_token_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("token_created", "Token Created"),
                            ("token_revoked", "Token Revoked"),
                            ("tokens_refused", "Tokens Refused"),
                            ("address_added", "Address Added"),
                            ("address_confirmed", "Address Confirmed"),
                            ("address_deleted", "Address Deleted"),
                            ("secret_rotated", "Secret Rotated"),
                            ("account_exported", "Account Exported"),
                            ("account_deleted", "Account Deleted"),
                            ("signed_in", "Signed In"),
                            ("sign_in_failed", "Sign In Failed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("origin", models.CharField(blank=True, max_length=50)),
                ("token", models.CharField(blank=True, max_length=12)),
                ("about", models.CharField(blank=True, max_length=254)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["at"], name="audit_age"),
                    models.Index(
                        condition=models.Q(("kind", "tokens_refused")),
                        fields=["at"],
                        name="audit_refused",
                    ),
                ],
            },
        ),
    ]
