# Generated from examples/_async/text_to_sql.py by `nox -s codegen`. Do not edit.
"""Questions to a database in plain English: the agent writes SQL, looks at what comes back, and corrects itself.

Start it with ``python text_to_sql.py`` or ``python text_to_sql.py "Who bought most?"``. The database
is a small shop, made for the occasion; with ``--database FILE`` it is yours. Nothing can be changed in it.

The model is the local one, or OpenAI's (or that of the server at OPENAI_BASE_URL) when OPENAI_API_KEY is set.
"""

import argparse
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from twofold import CodeAgent, LocalModel, OpenAIModel, Tool

MOST_ROWS = 50

SHOP = """
create table customers (id integer primary key, name text, city text);
create table orders (id integer primary key, customer_id integer references customers, day text, euros real);
insert into customers values (1, 'Anna', 'Lyon'), (2, 'Ben', 'Nice'), (3, 'Chloe', 'Lyon');
insert into orders values (1, 1, '2026-01-03', 30.0), (2, 2, '2026-01-04', 12.5), (3, 1, '2026-02-01', 20.0),
    (4, 3, '2026-02-11', 5.0), (5, 2, '2026-02-12', 70.0);
"""


class Query(Tool):
    """Reads from one SQLite file; the description tells the model which tables there are."""

    name = "query"
    inputs = {"sql": {"type": "string", "description": "One SELECT statement."}}
    output_type = "array"

    def __init__(self, path: Path) -> None:
        self.address = f"{path.resolve().as_uri()}?mode=ro"  # read only, whatever the model writes
        with closing(sqlite3.connect(self.address, uri=True)) as connection:
            rows = connection.execute("select sql from sqlite_master where type = 'table'").fetchall()
        tables = "\n".join(row[0] for row in rows)
        self.description = f"Runs SQL and returns at most {MOST_ROWS} rows as dictionaries. Tables:\n{tables}"
        super().__init__()

    # a connection for each call: calls come from several threads, and at the same time
    def forward(self, sql: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.address, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql).fetchmany(MOST_ROWS)]


def make_shop(folder: str) -> Path:
    """Make the example's database."""
    path = Path(folder) / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask a database.")
    parser.add_argument("question", nargs="?", default="Which customer has spent most, and how much?")
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    if "OPENAI_API_KEY" in os.environ:
        model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    else:
        model = LocalModel()
    with tempfile.TemporaryDirectory() as folder:
        agent = CodeAgent(tools=[Query(options.database or make_shop(folder))], model=model, max_steps=6)
        print(agent.run(options.question))


if __name__ == "__main__":
    main()
