"""More gates: the condition, who sells, and words that titles must not have."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_times_of_day")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="conditions",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        *(
            migrations.AddField(
                model_name="alert", name=name, field=models.TextField(blank=True, db_default="")
            )
            for name in ("sellers", "excluded_sellers", "excluded_words")
        ),
    ]
