"""Inserting a row unless it is there, in one statement that tells which it was.

Tortoise's own way does not tell, so that whoever inserts has to look before and again after.
"""

from tortoise.connection import get_connection
from tortoise.models import Model


async def insert_missing(row: Model) -> bool:
    """Whether the row was inserted; not where another has its id or whatever else is unique in its table.

    On PostgreSQL this waits for the transaction of whoever inserts such a row at the same time. Works inside a
    transaction and outside.
    """
    client = get_connection("default")
    executor = client.executor_class(model=type(row), db=client)
    fields, key = row._meta.fields_map, row._meta.db_pk_column
    values = [fields[name].to_db_value(getattr(row, name), row) for name in executor.regular_columns_all]
    statement = f'{executor.insert_query_all} ON CONFLICT DO NOTHING RETURNING "{key}"'
    inserted = await client.execute_query_dict(statement, values)
    row._saved_in_db = bool(inserted)
    return bool(inserted)
