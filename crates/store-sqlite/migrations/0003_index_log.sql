-- Index rows that were put off, a group a row: durable, and not yet in their tables.
CREATE TABLE index_log (
    n INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
