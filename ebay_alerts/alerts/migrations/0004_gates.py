"""More gates: how, where and with which shipping a listing is sold, and what is told of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_snooze"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="buying",
            field=models.CharField(default="any", max_length=11),
        ),
        migrations.AddField(
            model_name="alert",
            name="countries",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="alert",
            name="excluded_countries",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="alert",
            name="free_shipping",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="alert",
            name="min_change_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="alert",
            name="price_basis",
            field=models.CharField(default="item", max_length=5),
        ),
        migrations.AddField(
            model_name="alert",
            name="triggers",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name="alert",
            name="filters",
            field=models.CharField(max_length=300),
        ),
    ]
