"""The peer's table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The peer's table."""

    initial = True
    operations = [
        migrations.CreateModel(
            name="PlainStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("batch", models.CharField(max_length=60)),
                ("path", models.CharField(max_length=400)),
                ("values", models.JSONField(default=dict)),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "bench_plain_step"},
        )
    ]
