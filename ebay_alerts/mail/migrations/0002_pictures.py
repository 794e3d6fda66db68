"""Messages name the pictures that they show, each of which is kept once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="pictures",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("png", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="mail_pictures_by_age")],
            },
        ),
    ]
