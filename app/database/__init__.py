"""The database: engines, migrations, and the one door to an organisation's rows."""
