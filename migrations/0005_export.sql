-- Files that were written for somebody, so that "what did I send the bookkeeper" has an answer.
CREATE TABLE export_log (
  id              INTEGER PRIMARY KEY,
  request_id      TEXT NOT NULL UNIQUE,
  at              INTEGER NOT NULL,
  actor           TEXT NOT NULL,
  what            TEXT NOT NULL CHECK (what IN ('sales', 'receipts', 'days', 'journal')),
  preset          TEXT NOT NULL,
  columns_version INTEGER NOT NULL,
  from_date       TEXT NOT NULL,
  to_date         TEXT NOT NULL,
  filter          TEXT NOT NULL, -- JSON
  file            TEXT NOT NULL,
  row_count       INTEGER NOT NULL CHECK (row_count >= 0),
  sum_fen         INTEGER NOT NULL,
  sha256          TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT;
CREATE TRIGGER export_log_stays BEFORE DELETE ON export_log BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER export_log_is_fixed BEFORE UPDATE ON export_log BEGIN SELECT raise(ABORT, 'append-only'); END;
