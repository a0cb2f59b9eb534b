-- The owner's evening: people, shifts, closed days, refunds.

-- People who work the till. They leave, they are never deleted: the journal names them as `name#id`.
CREATE TABLE staff (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 20 AND instr(name, '#') = 0),
  role         TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'cashier')),
  pin_hash     TEXT, -- argon2id, PHC text; null: not set yet
  failures     INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0), -- wrong PINs in a row
  locked_until INTEGER,
  added_at     INTEGER NOT NULL,
  left_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX staff_name ON staff (name) WHERE left_at IS NULL;
CREATE TRIGGER staff_stays BEFORE DELETE ON staff BEGIN SELECT raise(ABORT, 'append-only'); END;

-- Who rang it up, read from the actor's `name#id`; null before there were people.
ALTER TABLE ticket ADD COLUMN staff_id INTEGER GENERATED ALWAYS AS
  (iif(instr(actor, '#') > 0, CAST(substr(actor, instr(actor, '#') + 1) AS INTEGER), NULL)) VIRTUAL;
-- The sum of its refunds, kept by the trigger below.
ALTER TABLE ticket ADD COLUMN refunded_fen INTEGER NOT NULL DEFAULT 0 CHECK (refunded_fen >= 0);
CREATE TRIGGER ticket_refund_stays BEFORE UPDATE ON ticket WHEN new.refunded_fen < old.refunded_fen
BEGIN SELECT raise(ABORT, 'a refund is never taken back'); END;

-- Money given back. A refund books on the day it is made; a void says that the sale never was.
CREATE TABLE refund (
  id            INTEGER PRIMARY KEY,
  ticket_id     INTEGER NOT NULL REFERENCES ticket (id),
  kind          TEXT NOT NULL CHECK (kind IN ('refund', 'void')),
  channel       TEXT NOT NULL,
  amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
  reference     TEXT NOT NULL DEFAULT '', -- the wallet's own number of the payment back
  reason        TEXT NOT NULL CHECK (length(reason) > 0),
  at            INTEGER NOT NULL,
  business_date TEXT NOT NULL,
  actor         TEXT NOT NULL,
  approved_by   TEXT
) STRICT;
CREATE INDEX refund_day ON refund (business_date);
CREATE INDEX refund_of_ticket ON refund (ticket_id);
CREATE TRIGGER refund_stays BEFORE DELETE ON refund BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER refund_is_fixed BEFORE UPDATE ON refund BEGIN SELECT raise(ABORT, 'append-only'); END;
-- Nobody gives back more than came in.
CREATE TRIGGER refund_within_payments BEFORE INSERT ON refund
WHEN new.amount_fen + (SELECT coalesce(sum(amount_fen), 0) FROM refund WHERE ticket_id = new.ticket_id)
   > (SELECT coalesce(sum(amount_fen), 0) FROM settlement WHERE ticket_id = new.ticket_id)
BEGIN SELECT raise(ABORT, 'more than was paid'); END;
CREATE TRIGGER refund_shows_on_ticket AFTER INSERT ON refund
BEGIN UPDATE ticket SET refunded_fen = refunded_fen + new.amount_fen WHERE id = new.ticket_id; END;

-- A person's turn at the drawer. One is open at a time; it belongs to the business day of its opening.
CREATE TABLE shift (
  id            INTEGER PRIMARY KEY,
  business_date TEXT NOT NULL,
  opened_at     INTEGER NOT NULL,
  opened_by     TEXT NOT NULL,
  float_fen     INTEGER NOT NULL CHECK (float_fen >= 0),
  closed_at     INTEGER CHECK (closed_at >= opened_at),
  closed_by     TEXT,
  expected_fen  INTEGER, -- cash that should be in the drawer, when it was closed
  counted_fen   INTEGER CHECK (counted_fen >= 0), -- null: nobody counted
  counted       TEXT NOT NULL DEFAULT '[]', -- JSON: face value and pieces
  note          TEXT NOT NULL DEFAULT '',
  report        TEXT, -- JSON: what the X report said at closing
  CHECK ((closed_at IS NULL) = (closed_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX shift_open ON shift ((closed_at IS NULL)) WHERE closed_at IS NULL;
CREATE INDEX shift_day ON shift (business_date);
CREATE TRIGGER shift_stays BEFORE DELETE ON shift BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER shift_closed_is_fixed BEFORE UPDATE ON shift WHEN old.closed_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'a closed shift stays as it is'); END;

-- Cash put into the drawer or taken out of it, other than by a sale.
CREATE TABLE cash_move (
  id            INTEGER PRIMARY KEY,
  shift_id      INTEGER NOT NULL REFERENCES shift (id),
  kind          TEXT NOT NULL CHECK (kind IN ('in', 'out')),
  amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
  reason        TEXT NOT NULL CHECK (length(reason) > 0),
  at            INTEGER NOT NULL,
  business_date TEXT NOT NULL,
  actor         TEXT NOT NULL
) STRICT;
CREATE INDEX cash_move_of_shift ON cash_move (shift_id);
CREATE INDEX cash_move_day ON cash_move (business_date);
CREATE TRIGGER cash_move_stays BEFORE DELETE ON cash_move BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER cash_move_is_fixed BEFORE UPDATE ON cash_move BEGIN SELECT raise(ABORT, 'append-only'); END;

-- A closed day (Z). It seals the rows of its business day that no earlier Z sealed; what comes later is a correction
-- and shows as one, until another Z of the same day seals it. Z reports are chained by hash.
CREATE TABLE z_report (
  number        INTEGER PRIMARY KEY,
  business_date TEXT NOT NULL,
  nth           INTEGER NOT NULL CHECK (nth > 0), -- 1: the day; more: corrections after it
  after_at      INTEGER NOT NULL, -- seals rows with after_at < at <= closed_at
  closed_at     INTEGER NOT NULL CHECK (closed_at > after_at),
  closed_by     TEXT NOT NULL,
  row_count     INTEGER NOT NULL CHECK (row_count >= 0),
  sum_fen       INTEGER NOT NULL, -- received less refunded
  rows_hash     BLOB NOT NULL, -- of the rows in order
  report        TEXT NOT NULL, -- JSON: all counts and sums as shown
  note          TEXT NOT NULL DEFAULT '',
  prev_hash     BLOB NOT NULL,
  hash          BLOB NOT NULL,
  UNIQUE (business_date, nth)
) STRICT;
CREATE TRIGGER z_report_stays BEFORE DELETE ON z_report BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER z_report_is_fixed BEFORE UPDATE ON z_report BEGIN SELECT raise(ABORT, 'append-only'); END;

-- The newest closing of a shift or a day. Money written after it carries a later time, whatever time its act began at,
-- so a row is on one side of a closing and stays there.
CREATE TABLE seal (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
INSERT INTO seal (id, at) VALUES (1, 0);
CREATE TRIGGER seal_only_rises BEFORE UPDATE ON seal WHEN new.at < old.at
BEGIN SELECT raise(ABORT, 'a seal only rises'); END;
CREATE TRIGGER settlement_after_seal BEFORE INSERT ON settlement WHEN new.at <= (SELECT at FROM seal)
BEGIN SELECT raise(ABORT, 'the books are closed up to a later time'); END;
CREATE TRIGGER refund_after_seal BEFORE INSERT ON refund WHEN new.at <= (SELECT at FROM seal)
BEGIN SELECT raise(ABORT, 'the books are closed up to a later time'); END;
CREATE TRIGGER cash_move_after_seal BEFORE INSERT ON cash_move WHEN new.at <= (SELECT at FROM seal)
BEGIN SELECT raise(ABORT, 'the books are closed up to a later time'); END;

-- Money that is no sale: private, or a refund that came back.
ALTER TABLE inbox ADD COLUMN mark TEXT NOT NULL DEFAULT '' CHECK (mark IN ('', 'private', 'refund'));
