-- Ranges that are no points, by their end.
CREATE INDEX index_number_wide ON index_number (p, high, low, rid) WHERE low < high;
CREATE INDEX index_quantity_wide ON index_quantity (p, high) WHERE low < high;

-- Resources with more than one time, number or quantity of a parameter: for all others two conditions
-- on it are conditions on one row.
CREATE TABLE index_many (
    p INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    PRIMARY KEY (p, rid)
) STRICT, WITHOUT ROWID;
INSERT INTO index_many (p, rid)
    SELECT p, rid FROM index_date GROUP BY p, rid HAVING count(*) > 1
    UNION SELECT p, rid FROM index_number GROUP BY p, rid HAVING count(*) > 1
    UNION SELECT p, rid FROM index_quantity GROUP BY p, rid HAVING count(*) > 1;
