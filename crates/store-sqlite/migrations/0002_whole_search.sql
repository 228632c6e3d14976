-- What the whole of R4 search needs, with jobs, reindexing and erasure.
-- Table by table, with examples: docs/implementation/store.md.

-- A number that must never go back, by name: 'seq'; or how far background work is: 'text'.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- building: since when rows are missing; NULL: none are.
ALTER TABLE parameter ADD COLUMN fingerprint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE parameter ADD COLUMN in_force INTEGER NOT NULL DEFAULT 1 CHECK (in_force IN (0, 1));
ALTER TABLE parameter ADD COLUMN building INTEGER;

ALTER TABLE item ADD COLUMN erased INTEGER;

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    done INTEGER NOT NULL CHECK (done IN (0, 1)),
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;
CREATE INDEX job_unfinished ON job (created) WHERE done = 0;
