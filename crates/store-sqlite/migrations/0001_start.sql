-- The first schema. Table by table, with examples: docs/implementation/store.md.
-- Short column names are the ones of that page: t type, p parameter, u URI, c code, rid resource,
-- seq version, f feed, i item.

CREATE TABLE type (
    t INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    live INTEGER NOT NULL DEFAULT 0 CHECK (live >= 0),
    versions INTEGER NOT NULL DEFAULT 0 CHECK (versions >= live)
) STRICT;

CREATE TABLE parameter (
    p INTEGER PRIMARY KEY,
    t INTEGER NOT NULL REFERENCES type,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    UNIQUE (t, code)
) STRICT;

CREATE TABLE uri (
    u INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE code (
    c INTEGER PRIMARY KEY,
    u INTEGER NOT NULL,
    code TEXT NOT NULL,
    UNIQUE (code, u)
) STRICT;
CREATE INDEX code_of_uri ON code (u);

-- One row a resource, so one current version a resource.
CREATE TABLE resource (
    rid INTEGER PRIMARY KEY,
    t INTEGER NOT NULL,
    id ANY NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    keys BLOB NOT NULL,
    UNIQUE (t, id)
) STRICT;
CREATE INDEX resource_live ON resource (t) WHERE live = 1;
CREATE INDEX resource_updated ON resource (t, updated) WHERE live = 1;

CREATE TABLE version (
    seq INTEGER PRIMARY KEY,
    rid INTEGER NOT NULL,
    t INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    method INTEGER NOT NULL,
    form INTEGER NOT NULL,
    cut INTEGER NOT NULL,
    body BLOB,
    UNIQUE (rid, version)
) STRICT;
CREATE INDEX version_of_type ON version (t);

CREATE TABLE lineage (
    seq INTEGER PRIMARY KEY,
    i INTEGER NOT NULL,
    form INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX lineage_of_item ON lineage (i);

CREATE TABLE index_token (
    p INTEGER NOT NULL,
    c INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    PRIMARY KEY (p, c, rid)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_identifier (
    p INTEGER NOT NULL,
    value TEXT NOT NULL,
    u INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    PRIMARY KEY (p, value, u, rid)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_reference (
    p INTEGER NOT NULL,
    target INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    PRIMARY KEY (p, target, rid)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_string (
    p INTEGER NOT NULL,
    folded TEXT NOT NULL,
    text TEXT NOT NULL,
    rid INTEGER NOT NULL,
    PRIMARY KEY (p, folded, text, rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_string_of_resource ON index_string (p, rid);

CREATE TABLE index_date (
    p INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    PRIMARY KEY (p, rid, low, high)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_date_range ON index_date (p, low, high, rid);

CREATE TABLE index_number (
    p INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    PRIMARY KEY (p, rid, low, high)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_number_range ON index_number (p, low, high, rid);

CREATE TABLE index_quantity (
    p INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    c INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    PRIMARY KEY (p, rid, c, unit, low, high)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_quantity_range ON index_quantity (p, c, low, high, unit, rid);

CREATE TABLE index_uri (
    p INTEGER NOT NULL,
    u INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    PRIMARY KEY (p, u, rid)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed (
    f INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    received INTEGER NOT NULL DEFAULT 0,
    last_received INTEGER
) STRICT;

CREATE TABLE feed_state (
    f INTEGER NOT NULL REFERENCES feed,
    state INTEGER NOT NULL,
    cause TEXT NOT NULL,
    items INTEGER NOT NULL CHECK (items >= 0),
    PRIMARY KEY (f, state, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
    i INTEGER PRIMARY KEY,
    f INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    received INTEGER NOT NULL,
    event_time INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    length INTEGER NOT NULL,
    control_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    origin TEXT NOT NULL,
    cause TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX item_of_feed ON item (f);
-- Almost all items end stored (0), so only the others are indexed by state.
CREATE INDEX item_unsettled ON item (f, state) WHERE state <> 0;
CREATE INDEX item_of_subject ON item (f, subject, event_time) WHERE subject <> '';
CREATE INDEX item_of_control ON item (control_id, f) WHERE control_id <> '';

CREATE TABLE item_content (
    i INTEGER PRIMARY KEY,
    form INTEGER NOT NULL,
    body BLOB NOT NULL,
    acknowledgement BLOB NOT NULL
) STRICT;

-- Changes of state before the last one, which the item's own row holds.
CREATE TABLE item_event (
    i INTEGER NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (i, n)
) STRICT, WITHOUT ROWID;
