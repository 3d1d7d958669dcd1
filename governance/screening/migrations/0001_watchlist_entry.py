from django.db import migrations, models


class Migration(migrations.Migration):
    """Takes over the table that the sources room made."""

    initial = True

    dependencies = [
        ('sources', '0010_watchlist_moves_to_screening'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='WatchlistEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=300)),
                        ('aliases', models.TextField(blank=True)),
                        ('birth_date', models.DateField(blank=True, null=True)),
                        ('country', models.CharField(blank=True, max_length=2)),
                        ('list', models.CharField(blank=True, max_length=200)),
                    ],
                    options={'verbose_name_plural': 'watchlist entries'},
                ),
            ],
        ),
    ]
