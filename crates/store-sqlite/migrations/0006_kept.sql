-- Small records that are no resources: accounts, sessions, codes, tokens.
CREATE TABLE kept (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_expires ON kept (expires) WHERE expires < 9223372036854775807;
