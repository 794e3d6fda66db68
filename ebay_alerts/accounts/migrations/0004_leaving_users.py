"""Users who asked to be deleted are marked until nothing of them is left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_confirmation_requests")]

    operations = [
        migrations.AddField(
            model_name="user", name="leaving_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("leaving_at__isnull", False)),
                fields=["id"],
                name="user_leaving",
            ),
        ),
    ]
