"""Users say whether alerts that are due together come in one mail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_leaving_users")]

    operations = [
        migrations.AddField(
            model_name="user", name="one_mail", field=models.BooleanField(default=True)
        ),
    ]
