"""Messages are found by their address, to be shown to whose it is and to be erased."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_suppressions")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(Lower("to_address"), models.F("id"), name="mail_by_address"),
        ),
    ]
