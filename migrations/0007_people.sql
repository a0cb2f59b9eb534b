-- Somebody of higher rank allowed one request of somebody else. The act that uses it says so in the journal, in its
-- own transaction. Rows older than a week are cleared: the journal keeps what happened.
CREATE TABLE approval (
  request_id  TEXT PRIMARY KEY,
  actor       TEXT NOT NULL, -- whose request it is
  approved_by TEXT NOT NULL, -- `name#id`
  at          INTEGER NOT NULL,
  until       INTEGER NOT NULL CHECK (until > at),
  used_at     INTEGER
) STRICT, WITHOUT ROWID;
