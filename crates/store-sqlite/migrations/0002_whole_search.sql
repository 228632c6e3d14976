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

-- The texts that go with a resource's tokens of a parameter: as a set, and by each text in it.
CREATE TABLE text_set (
    s INTEGER PRIMARY KEY,
    members TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE text_member (
    folded TEXT NOT NULL,
    s INTEGER NOT NULL,
    PRIMARY KEY (folded, s)
) STRICT, WITHOUT ROWID;
-- With which codes of which parameters a set occurs.
CREATE TABLE text_use (
    p INTEGER NOT NULL,
    s INTEGER NOT NULL,
    c INTEGER NOT NULL,
    PRIMARY KEY (p, s, c)
) STRICT, WITHOUT ROWID;
ALTER TABLE index_token ADD COLUMN s INTEGER NOT NULL DEFAULT 0;

-- The range in canonical UCUM units; cu is the code number of that unit, 0 where there is none.
ALTER TABLE index_quantity ADD COLUMN cu INTEGER NOT NULL DEFAULT 0;
ALTER TABLE index_quantity ADD COLUMN clow REAL NOT NULL DEFAULT 0.0;
ALTER TABLE index_quantity ADD COLUMN chigh REAL NOT NULL DEFAULT 0.0;
CREATE INDEX index_quantity_canonical ON index_quantity (p, cu, clow, chigh, rid) WHERE cu <> 0;

-- One value of several components. k is what the component is found by (code, target, folded text,
-- low end); h what goes with it (text, high end); the others are a quantity's.
CREATE TABLE index_composite (
    p INTEGER NOT NULL,
    k1 ANY NOT NULL,
    rid INTEGER NOT NULL,
    n INTEGER NOT NULL,
    h1 ANY, c1 INTEGER, unit1 INTEGER, cu1 INTEGER, clow1 REAL, chigh1 REAL,
    k2 ANY, h2 ANY, c2 INTEGER, unit2 INTEGER, cu2 INTEGER, clow2 REAL, chigh2 REAL,
    k3 ANY, h3 ANY, c3 INTEGER, unit3 INTEGER, cu3 INTEGER, clow3 REAL, chigh3 REAL,
    PRIMARY KEY (p, k1, rid, n)
) STRICT, WITHOUT ROWID;

-- Places as points of the unit sphere: x towards 0° east on the equator, z towards the north pole.
CREATE TABLE index_position (
    p INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    z REAL NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    PRIMARY KEY (p, rid, z, x, y)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_position_place ON index_position (p, z, x, y, rid);

-- Resources within others. Their numbers are their own; their index rows have their own parameters.
CREATE TABLE contained (
    rid INTEGER PRIMARY KEY AUTOINCREMENT,
    container INTEGER NOT NULL,
    t INTEGER NOT NULL,
    local TEXT NOT NULL
) STRICT;
CREATE INDEX contained_of_type ON contained (t);
CREATE INDEX contained_in ON contained (container);

-- Words of narratives and of all texts, folded by Careloom; the rowid is the resource's number.
CREATE VIRTUAL TABLE full_text USING fts5 (
    narrative, content, content = '', contentless_delete = 1, tokenize = 'ascii'
);
