-- Programs that open tickets: web shops, ERPs, scripts. Their secrets are not here: the computer's keychain, or an
-- encrypted file beside this database, has them. A program is revoked, never deleted: old orders name it.
CREATE TABLE program (
  id           INTEGER PRIMARY KEY,
  protocol     TEXT NOT NULL CHECK (protocol IN ('vmq', 'gogo', 'epay', 'lyn', 'v1')),
  key_id       TEXT NOT NULL UNIQUE, -- what it calls itself: App-Id, pid, key id; public
  settings     TEXT NOT NULL,        -- JSON: name, channels, callback addresses, limits, products
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  last_used_at INTEGER,
  last_address TEXT NOT NULL DEFAULT ''
) STRICT;

-- Whose ticket it is; none: rung up at the till. Counter 0: it is none of the counter screen's business, its customer
-- pays on the checkout page.
ALTER TABLE ticket ADD COLUMN program_id INTEGER REFERENCES program (id);
ALTER TABLE ticket ADD COLUMN counter INTEGER NOT NULL DEFAULT 1 CHECK (counter IN (0, 1));

-- What a program asked for, as it said it: callbacks repeat its own texts. One order is one ticket, and a program's own
-- number for it is never given twice.
CREATE TABLE program_order (
  id         INTEGER PRIMARY KEY REFERENCES ticket (id), -- an order and its ticket share their id
  program_id INTEGER NOT NULL REFERENCES program (id),
  order_no   TEXT NOT NULL UNIQUE, -- our number for it; cannot be guessed
  token      TEXT NOT NULL UNIQUE CHECK (length(token) >= 32), -- opens its checkout page
  out_no     TEXT NOT NULL,        -- the program's number for it
  idem_key   TEXT,                 -- v1: Idempotency-Key
  digest     BLOB NOT NULL,        -- of the request: the same key with other words is refused
  channel    TEXT,                 -- the one channel asked for; null: any
  asked      TEXT NOT NULL,        -- JSON: the fields as they came, for the protocol to answer with
  title      TEXT NOT NULL DEFAULT '',
  notify_url TEXT NOT NULL DEFAULT '',
  return_url TEXT NOT NULL DEFAULT '',
  buyer      TEXT NOT NULL DEFAULT '', -- lyn: the buyer's address
  created_at INTEGER NOT NULL,
  shown_at   INTEGER, -- when its checkout page was first seen
  UNIQUE (program_id, out_no)
) STRICT;
CREATE UNIQUE INDEX program_order_idem ON program_order (program_id, idem_key) WHERE idem_key IS NOT NULL;
-- lyn: has this buyer bought this product?
CREATE INDEX program_order_buyer ON program_order (program_id, title, buyer) WHERE buyer <> '';

CREATE TRIGGER program_order_stays BEFORE DELETE ON program_order BEGIN SELECT raise(ABORT, 'an order is never deleted'); END;
CREATE TRIGGER program_order_is_fixed BEFORE UPDATE ON program_order
WHEN old.program_id <> new.program_id OR old.order_no <> new.order_no OR old.token <> new.token OR old.out_no <> new.out_no
  OR old.asked <> new.asked OR old.notify_url <> new.notify_url OR old.return_url <> new.return_url
  OR old.shown_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'an order keeps what was asked'); END;

-- The outbox: notices to programs, written with the settlement that causes them. One per order, whatever happens.
CREATE TABLE callback (
  order_id      INTEGER PRIMARY KEY REFERENCES program_order (id),
  program_id    INTEGER NOT NULL REFERENCES program (id),
  created_at    INTEGER NOT NULL,
  attempts      INTEGER NOT NULL DEFAULT 0,
  next_at       INTEGER, -- null: delivered, or given up
  claimed_until INTEGER NOT NULL DEFAULT 0, -- somebody is sending it
  delivered_at  INTEGER
) STRICT;
CREATE INDEX callback_due ON callback (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX callback_undelivered ON callback (program_id) WHERE delivered_at IS NULL;

CREATE TABLE callback_attempt (
  order_id    INTEGER NOT NULL REFERENCES callback (order_id),
  nth         INTEGER NOT NULL CHECK (nth > 0),
  at          INTEGER NOT NULL,
  actor       TEXT NOT NULL, -- till, or who pressed "send again"
  outcome     TEXT NOT NULL CHECK (outcome IN ('delivered', 'answer', 'redirect', 'timeout', 'unreachable', 'tls', 'forbidden', 'bad_url', 'no_secret')),
  status      INTEGER, -- of the HTTP answer, if there was one
  duration_ms INTEGER NOT NULL,
  answer      BLOB NOT NULL, -- its first 1024 bytes
  cause       TEXT NOT NULL DEFAULT '', -- why there was none
  PRIMARY KEY (order_id, nth)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER callback_attempt_stays BEFORE DELETE ON callback_attempt BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER callback_attempt_is_fixed BEFORE UPDATE ON callback_attempt BEGIN SELECT raise(ABORT, 'append-only'); END;
