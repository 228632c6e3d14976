-- How many resources have a code: counts are read, not made.
CREATE TABLE token_count (
    p INTEGER NOT NULL,
    c INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (p, c)
) STRICT, WITHOUT ROWID;
INSERT INTO token_count (p, c, n) SELECT p, c, count(*) FROM index_token GROUP BY p, c;

-- Times that last longer than a day, by their end: the others end within a day of their beginning,
-- so that the index by the low end serves for them.
CREATE INDEX index_date_wide ON index_date (p, high, low, rid) WHERE high - low > 86400000000;
