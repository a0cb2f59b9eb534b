-- Programs that open tickets: web shops, ERPs, scripts. Their secrets are not here: the computer's keychain, or an
-- encrypted file beside this database, has them. A program is revoked, never deleted: old orders name it.
CREATE TABLE program (
  id           INTEGER PRIMARY KEY,
  protocol     TEXT NOT NULL CHECK (protocol IN ('vmq', 'gogo', 'epay', 'lyn', 'v1')),
  key_id       TEXT NOT NULL UNIQUE, -- what it calls itself: App-Id, pid, key id; public
  settings     TEXT NOT NULL CHECK (json_valid(settings)), -- name, channels, callback addresses, limits, products
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  last_used_at INTEGER,
  last_address TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER program_stays BEFORE DELETE ON program BEGIN SELECT raise(ABORT, 'a program is never deleted'); END;
CREATE TRIGGER program_is_fixed BEFORE UPDATE OF id, protocol, key_id, created_at ON program
BEGIN SELECT raise(ABORT, 'a program keeps its protocol and its name'); END;
CREATE TRIGGER program_revoked_stays BEFORE UPDATE OF settings, revoked_at ON program WHEN old.revoked_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'a key that has ended stays so'); END;

-- Whose ticket it is; none: rung up at the till. Counter 0: it is none of the counter screen's business, its customer
-- pays on the checkout page.
ALTER TABLE ticket ADD COLUMN program_id INTEGER REFERENCES program (id);
ALTER TABLE ticket ADD COLUMN counter INTEGER NOT NULL DEFAULT 1 CHECK (counter IN (0, 1));
CREATE TRIGGER ticket_keeps_its_program BEFORE UPDATE OF program_id, counter ON ticket
BEGIN SELECT raise(ABORT, 'a ticket keeps its program'); END;
-- A program's tickets that have ended, by how. Those that wait are found by `ticket_waits`; opening writes nothing here.
CREATE INDEX ticket_of_program ON ticket (program_id, status) WHERE program_id IS NOT NULL AND status <> 'open';

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
CREATE INDEX program_order_newest ON program_order (program_id); -- and by id within it, as in every index
CREATE TRIGGER program_order_stays BEFORE DELETE ON program_order BEGIN SELECT raise(ABORT, 'an order is never deleted'); END;
CREATE TRIGGER program_order_is_fixed BEFORE UPDATE OF id, program_id, order_no, token, out_no, idem_key, digest, channel,
  asked, title, notify_url, return_url, buyer, created_at ON program_order
BEGIN SELECT raise(ABORT, 'an order keeps what was asked'); END;
CREATE TRIGGER program_order_shown_once BEFORE UPDATE OF shown_at ON program_order WHEN old.shown_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'an order is first seen once'); END;

-- The outbox: notices to programs, written with the settlement that causes them. One per order, whatever happens.
CREATE TABLE callback (
  order_id      INTEGER PRIMARY KEY REFERENCES program_order (id),
  program_id    INTEGER NOT NULL REFERENCES program (id),
  created_at    INTEGER NOT NULL,
  attempts      INTEGER NOT NULL DEFAULT 0,
  next_at       INTEGER, -- null: delivered, or given up
  claimed_until INTEGER NOT NULL DEFAULT 0, -- somebody is sending it; 0: nobody
  delivered_at  INTEGER,
  CHECK (delivered_at IS NULL OR next_at IS NULL)
) STRICT;
-- Each program's own queue, oldest first: one that does not answer is passed over, not read through.
CREATE INDEX callback_due ON callback (program_id, next_at, claimed_until) WHERE next_at IS NOT NULL;
CREATE INDEX callback_claimed ON callback (claimed_until, next_at) WHERE claimed_until > 0;
CREATE INDEX callback_undelivered ON callback (program_id) WHERE delivered_at IS NULL;
CREATE TRIGGER callback_stays BEFORE DELETE ON callback BEGIN SELECT raise(ABORT, 'a callback is never deleted'); END;
CREATE TRIGGER callback_is_fixed BEFORE UPDATE ON callback
WHEN old.order_id <> new.order_id OR old.program_id <> new.program_id OR old.created_at <> new.created_at
  OR new.attempts < old.attempts
BEGIN SELECT raise(ABORT, 'a callback keeps its order and its attempts'); END;
CREATE TRIGGER callback_delivered_once BEFORE UPDATE ON callback
WHEN old.delivered_at IS NOT NULL AND new.delivered_at IS NOT old.delivered_at
BEGIN SELECT raise(ABORT, 'a callback is delivered once'); END;

CREATE TABLE callback_attempt (
  order_id    INTEGER NOT NULL REFERENCES callback (order_id),
  nth         INTEGER NOT NULL CHECK (nth > 0),
  at          INTEGER NOT NULL,
  actor       TEXT NOT NULL, -- till, or who pressed "send again"
  outcome     TEXT NOT NULL CHECK (outcome IN ('delivered', 'answer', 'redirect', 'timeout', 'unreachable', 'tls', 'forbidden', 'bad_url', 'no_secret')),
  status      INTEGER, -- of the HTTP answer, if there was one
  duration_ms INTEGER NOT NULL,
  answer      BLOB NOT NULL CHECK (length(answer) <= 1024), -- how it begins
  cause       TEXT NOT NULL DEFAULT '', -- why there was none
  PRIMARY KEY (order_id, nth)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER callback_attempt_stays BEFORE DELETE ON callback_attempt BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER callback_attempt_is_fixed BEFORE UPDATE ON callback_attempt BEGIN SELECT raise(ABORT, 'append-only'); END;
