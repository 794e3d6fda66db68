"""Price reports."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0001_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField()),
                ("report_date", models.DateField()),
                ("from_day", models.IntegerField(null=True)),
                ("to_day", models.IntegerField(null=True)),
                ("falls", models.IntegerField(default=0)),
                ("rises", models.IntegerField(default=0)),
                ("moves", models.JSONField(default=list)),
                ("alerts", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lease_until__isnull", False)),
                        fields=["lease_until"],
                        name="report_leases",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user_id", "report_date"), name="report_once")
                ],
            },
        ),
    ]
