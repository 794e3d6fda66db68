"""The tables of history."""

from django.db import migrations, models

from ebay_alerts.analytics.tables import BY_MONTHS, KEYED, CreateTable


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Listing",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("marketplace", models.CharField(max_length=16)),
                ("legacy_id", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=200)),
                ("url", models.CharField(max_length=1000)),
                ("image_url", models.CharField(blank=True, max_length=1000)),
                ("condition", models.CharField(blank=True, max_length=60)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        CreateTable(
            name="PricePoint",
            endings=BY_MONTHS,
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("listing_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=5)),
                ("minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
            ],
        ),
        migrations.CreateModel(
            name="Search",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("marketplace", models.CharField(max_length=16)),
                ("query", models.CharField(max_length=400)),
                ("category", models.CharField(blank=True, max_length=20)),
                ("deliver_to", models.CharField(max_length=2)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        CreateTable(
            name="SearchDay",
            endings=KEYED,
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "search_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("search_id", models.BigIntegerField()),
                ("day", models.IntegerField()),
                ("live", models.IntegerField()),
                ("appeared", models.IntegerField()),
                ("gone", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("priced", models.IntegerField()),
                ("p10", models.BigIntegerField(null=True)),
                ("median", models.BigIntegerField(null=True)),
                ("p90", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="StaleSearch",
            fields=[
                ("search_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("from_day", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Watermark",
            fields=[
                ("source", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("reached", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="AlertChange",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("alert_id", models.BigIntegerField()),
                ("user_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=10)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user_id", "alert_id"], name="alert_change_of_user")
                ],
            },
        ),
        migrations.CreateModel(
            name="EtlRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("lost", "Lost"),
                        ],
                        default="running",
                        max_length=7,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField()),
                ("covered_day", models.IntegerField(null=True)),
                ("counts", models.JSONField(default=dict)),
                ("failure_reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("state",),
                        name="etl_runs_alone",
                    )
                ],
            },
        ),
        CreateTable(
            name="ListingDay",
            endings=KEYED,
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "listing_id",
                        "kind",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("listing_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=5)),
                ("day", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("open", models.BigIntegerField()),
                ("close", models.BigIntegerField()),
                ("low", models.BigIntegerField()),
                ("high", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="listing_day_day")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("search_id", models.BigIntegerField()),
                ("listing_id", models.BigIntegerField()),
                ("since_day", models.IntegerField()),
                ("until_day", models.IntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["search_id", "until_day"], name="membership_search"),
                    models.Index(fields=["listing_id"], name="membership_listing"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until_day__isnull", True)),
                        fields=("search_id", "listing_id"),
                        name="membership_open_once",
                    )
                ],
            },
        ),
    ]
