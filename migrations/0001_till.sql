-- Money in fen, instants in Unix milliseconds (UTC), dates as YYYY-MM-DD text. Forward-only: never edit a
-- migration that has landed, add the next one.

-- Small facts by key, as JSON: the settings, the quick items, the counter screen's token.
CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One receiving account on one channel. Accounts are disabled, never deleted: old tickets name them.
CREATE TABLE account (
  id         INTEGER PRIMARY KEY,
  channel    TEXT NOT NULL CHECK (channel IN ('wechat', 'alipay', 'unionpay', 'ecny', 'bank')),
  label      TEXT NOT NULL,
  enabled    INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  position   INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- A receiving code. A changed code is a new row; the old one is retired and stays, so that a swapped picture shows.
CREATE TABLE code (
  id         INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  payload    TEXT NOT NULL,
  kind       TEXT NOT NULL,
  amount_fen INTEGER CHECK (amount_fen > 0), -- null: the customer types the amount
  added_at   INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;
CREATE UNIQUE INDEX code_in_use ON code (account_id, coalesce(amount_fen, 0)) WHERE retired_at IS NULL;

-- A paired phone. `key` signs (V免签, HMAC, SmsForwarder secret), `token` is its bearer token.
CREATE TABLE device (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL,
  key          TEXT NOT NULL UNIQUE CHECK (length(key) >= 32),
  token        TEXT NOT NULL UNIQUE CHECK (length(token) >= 32),
  added_at     INTEGER NOT NULL,
  revoked_at   INTEGER,
  last_seen_at INTEGER,
  last_address TEXT NOT NULL DEFAULT '',
  protocol     TEXT NOT NULL DEFAULT '',
  battery      INTEGER,
  skew_ms      INTEGER, -- our clock minus the phone's, smallest delay seen
  heartbeat_at INTEGER,
  pushed_at    INTEGER,
  receipt_at   INTEGER
) STRICT;

-- Accounts a phone may speak for; none means all.
CREATE TABLE device_account (
  device_id  INTEGER NOT NULL REFERENCES device (id),
  account_id INTEGER NOT NULL REFERENCES account (id),
  PRIMARY KEY (device_id, account_id)
) STRICT, WITHOUT ROWID;

-- A sale being rung up. The books add up in every row.
CREATE TABLE ticket (
  id            INTEGER PRIMARY KEY,
  number        INTEGER NOT NULL CHECK (number > 0),
  business_date TEXT NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('open', 'paid', 'expired', 'cancelled')),
  exception     TEXT NOT NULL CHECK (exception IN ('none', 'late', 'by_hand', 'twice', 'over', 'under')),
  lines         TEXT NOT NULL,
  note          TEXT NOT NULL DEFAULT '',
  gross_fen     INTEGER NOT NULL CHECK (gross_fen > 0),
  discount_fen  INTEGER NOT NULL CHECK (discount_fen >= 0),
  rounding_fen  INTEGER NOT NULL,
  tail_fen      INTEGER NOT NULL, -- price minus due: positive lowers what the customer pays
  due_fen       INTEGER NOT NULL CHECK (due_fen > 0),
  opened_at     INTEGER NOT NULL,
  expires_at    INTEGER, -- null for a sale in cash, which never waits
  ended_at      INTEGER, -- when it stopped waiting
  cool_until    INTEGER, -- once it has ended: how long its amounts stay occupied
  tendered_fen  INTEGER,
  actor         TEXT NOT NULL,
  CHECK (gross_fen - discount_fen - rounding_fen - tail_fen = due_fen),
  CHECK ((status = 'open') = (ended_at IS NULL)),
  -- A hold outlives its ticket, for a known time: nothing may stay occupied for ever.
  CHECK (status = 'open' OR expires_at IS NULL OR cool_until IS NOT NULL),
  UNIQUE (business_date, number)
) STRICT;
CREATE INDEX ticket_waits ON ticket (expires_at) WHERE status = 'open';
CREATE INDEX ticket_opened ON ticket (opened_at);

CREATE TRIGGER ticket_stays BEFORE DELETE ON ticket
BEGIN SELECT raise(ABORT, 'a ticket is never deleted'); END;
-- A paid ticket stays paid, and what was sold never changes.
CREATE TRIGGER ticket_keeps_its_sale BEFORE UPDATE ON ticket
WHEN old.gross_fen <> new.gross_fen OR old.discount_fen <> new.discount_fen OR old.rounding_fen <> new.rounding_fen
  OR old.lines <> new.lines OR old.business_date <> new.business_date OR old.number <> new.number
  OR old.opened_at <> new.opened_at OR (old.status = 'paid' AND (new.status <> 'paid' OR old.due_fen <> new.due_fen))
BEGIN SELECT raise(ABORT, 'a ticket keeps its sale'); END;

-- An occupied amount. Live while released_at is null and its ticket has not cooled down; the amounts that are
-- occupied and the amounts that can be matched are the same rows.
CREATE TABLE hold (
  id          INTEGER PRIMARY KEY,
  ticket_id   INTEGER NOT NULL REFERENCES ticket (id),
  account_id  INTEGER NOT NULL REFERENCES account (id),
  code_id     INTEGER NOT NULL REFERENCES code (id),
  amount_fen  INTEGER NOT NULL CHECK (amount_fen > 0),
  released_at INTEGER
) STRICT;
-- Two live holds never share an amount on an account. Amount first: a receipt looks its holds up by amount.
CREATE UNIQUE INDEX hold_live ON hold (amount_fen, account_id) WHERE released_at IS NULL;
CREATE INDEX hold_of_ticket ON hold (ticket_id);

-- What a phone sent, kept for good. replay_key names the exact message per device: a repeat changes nothing.
CREATE TABLE push (
  id            INTEGER PRIMARY KEY,
  device_id     INTEGER NOT NULL REFERENCES device (id),
  door          TEXT NOT NULL,
  replay_key    TEXT NOT NULL,
  digest        BLOB NOT NULL, -- of what was said: the same key with other words is refused
  received_at   INTEGER NOT NULL,
  phone_at      INTEGER, -- the phone's clock, as it said
  address       TEXT NOT NULL DEFAULT '',
  battery       INTEGER,
  skew_ms       INTEGER, -- the phone's skew as known after this message
  package       TEXT NOT NULL,
  title         TEXT NOT NULL,
  text          TEXT NOT NULL,
  hint_fen      INTEGER, -- an amount the phone named beside the text
  verdict       TEXT NOT NULL CHECK (verdict IN ('receipt', 'not_receipt', 'unrecognised')),
  rule          TEXT NOT NULL,
  rules_version INTEGER NOT NULL,
  UNIQUE (device_id, replay_key)
) STRICT;

-- A push is a sign of life. In a rush once a second is often enough to know that a phone lives.
CREATE TRIGGER push_is_a_sign_of_life AFTER INSERT ON push
BEGIN
  UPDATE device SET last_seen_at = new.received_at, pushed_at = new.received_at, last_address = new.address,
    receipt_at = iif(new.verdict = 'receipt', new.received_at, receipt_at), protocol = new.door,
    battery = coalesce(new.battery, battery), skew_ms = coalesce(new.skew_ms, skew_ms)
  WHERE id = new.device_id AND (pushed_at IS NULL OR pushed_at < new.received_at - 1000 OR protocol <> new.door OR receipt_at IS NULL);
END;

-- Money that a push says arrived. A push announces at most one receipt, so they share their id.
CREATE TABLE receipt (
  id            INTEGER PRIMARY KEY REFERENCES push (id),
  device_id     INTEGER NOT NULL REFERENCES device (id),
  channel       TEXT NOT NULL,
  amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
  payer_note    TEXT,
  likeness      TEXT NOT NULL, -- the text as two announcements of one payment would share it
  received_at   INTEGER NOT NULL,
  business_date TEXT NOT NULL,
  echo          INTEGER NOT NULL DEFAULT 0 CHECK (echo IN (0, 1)) -- told by a second phone
) STRICT;
CREATE INDEX receipt_like ON receipt (channel, amount_fen, received_at);

-- Money of a ticket: a receipt found it, a person confirmed it, or cash. One receipt settles at most one ticket, and
-- by itself only as the first money of its ticket.
CREATE TABLE settlement (
  ticket_id     INTEGER NOT NULL REFERENCES ticket (id),
  nth           INTEGER NOT NULL CHECK (nth > 0),
  receipt_id    INTEGER UNIQUE REFERENCES receipt (id),
  account_id    INTEGER REFERENCES account (id),
  how           TEXT NOT NULL CHECK (how IN ('auto', 'accepted', 'by_hand', 'cash')),
  channel       TEXT NOT NULL,
  amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
  late          INTEGER NOT NULL CHECK (late IN (0, 1)),
  reason        TEXT NOT NULL DEFAULT '',
  at            INTEGER NOT NULL,
  business_date TEXT NOT NULL,
  actor         TEXT NOT NULL,
  PRIMARY KEY (ticket_id, nth),
  CHECK ((how IN ('auto', 'accepted')) = (receipt_id IS NOT NULL)),
  CHECK (how <> 'auto' OR nth = 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX settlement_day ON settlement (business_date);

-- Money and texts that wait for a person, and how they ended.
CREATE TABLE inbox (
  id          INTEGER PRIMARY KEY,
  push_id     INTEGER NOT NULL UNIQUE REFERENCES push (id),
  receipt_id  INTEGER UNIQUE REFERENCES receipt (id),
  reason      TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'ignored', 'echo')),
  proposed_id INTEGER REFERENCES ticket (id),
  ticket_id   INTEGER REFERENCES ticket (id),
  resolution  TEXT NOT NULL DEFAULT '',
  arrived_at  INTEGER NOT NULL,
  resolved_at INTEGER
) STRICT;
CREATE INDEX inbox_open ON inbox (arrived_at) WHERE state = 'open';
CREATE INDEX inbox_arrived ON inbox (arrived_at);
CREATE INDEX inbox_proposed ON inbox (proposed_id) WHERE state = 'open';

-- Who did what, in order, each row bound to the one before by its hash.
CREATE TABLE journal (
  seq       INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  act       TEXT NOT NULL,
  subject   TEXT NOT NULL, -- ticket:41, inbox:7, device:2, settings
  before    TEXT NOT NULL,
  after     TEXT NOT NULL,
  prev_hash BLOB NOT NULL,
  hash      BLOB NOT NULL
) STRICT;
CREATE INDEX journal_subject ON journal (subject, seq);

-- Answered acts by request id, so that doing one twice does it once. Rows older than a week are cleared.
CREATE TABLE request (
  id         TEXT PRIMARY KEY,
  verb       TEXT NOT NULL,
  subject_id INTEGER NOT NULL,
  at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX request_age ON request (at);

-- Requests the port refused. Old rows are cleared.
CREATE TABLE refusal (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  address   TEXT NOT NULL,
  path      TEXT NOT NULL,
  device_id INTEGER REFERENCES device (id),
  cause     TEXT NOT NULL,
  message   TEXT NOT NULL
) STRICT;
CREATE INDEX refusal_at ON refusal (at);

-- Drafts set aside (挂单).
CREATE TABLE parked (
  id       INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  sale     TEXT NOT NULL,
  taken_by TEXT -- request id of who took it back
) STRICT;

-- Money history is never edited or deleted: a correction is a new row.
CREATE TRIGGER push_stays BEFORE DELETE ON push BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER push_is_fixed BEFORE UPDATE ON push BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER receipt_stays BEFORE DELETE ON receipt BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER receipt_is_fixed BEFORE UPDATE ON receipt BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER settlement_stays BEFORE DELETE ON settlement BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER settlement_is_fixed BEFORE UPDATE ON settlement BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER journal_is_fixed BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER inbox_stays BEFORE DELETE ON inbox BEGIN SELECT raise(ABORT, 'append-only'); END;
