from django.db import migrations


class Migration(migrations.Migration):
    """The table of watchlist entries goes on as governance.screening's, with its rows."""

    dependencies = [
        ('sources', '0009_resolution_runs'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable('WatchlistEntry', 'screening_watchlistentry'),
            ],
            state_operations=[
                migrations.DeleteModel('WatchlistEntry'),
            ],
        ),
    ]
