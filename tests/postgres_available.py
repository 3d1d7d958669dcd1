"""Exit 0 when the PostgreSQL of the given URL answers: `python -m tests.postgres_available URL`."""

import sys
from urllib.parse import urlsplit

import psycopg2

if __name__ == "__main__":
    url = urlsplit(sys.argv[1])
    try:
        psycopg2.connect(
            host=url.hostname,
            port=url.port,
            user=url.username,
            password=url.password,
            dbname="postgres",
            connect_timeout=3,
        ).close()
    except psycopg2.OperationalError:
        sys.exit(1)
