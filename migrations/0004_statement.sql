-- What wallets, merchants' bills and banks say happened, beside what the till says. Evidence: nothing here is edited,
-- a line that changed is a new version of it.

CREATE TABLE statement_file (
  id          INTEGER PRIMARY KEY,
  sha256      BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32), -- of the file as it was dropped in
  name        TEXT NOT NULL,
  format      TEXT NOT NULL,
  channel     TEXT NOT NULL,
  account     TEXT NOT NULL, -- as the file names it
  from_at     INTEGER, -- the range it claims, null where it claims none
  to_at       INTEGER,
  exported_at INTEGER,
  -- What an absence in it proves.
  receipts    TEXT NOT NULL CHECK (receipts IN ('full', 'left', 'unknown')),
  refunds     TEXT NOT NULL CHECK (refunds IN ('full', 'left', 'unknown')),
  declared    TEXT NOT NULL, -- JSON: its own totals beside ours
  notes       TEXT NOT NULL, -- JSON: what the reader noticed
  lines       INTEGER NOT NULL CHECK (lines >= 0),
  imported_at INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  -- Lines come in small transactions, so that a payment never waits behind a year of them; the file is there once the
  -- last is in. A file without this mark is shown nowhere, and reading it again finishes it.
  complete_at INTEGER,
  new_lines   INTEGER NOT NULL DEFAULT 0 CHECK (new_lines BETWEEN 0 AND lines),
  members     TEXT NOT NULL DEFAULT '[]' -- JSON: runs [first, last] of the ids of its lines
) STRICT;
CREATE TRIGGER statement_file_stays BEFORE DELETE ON statement_file BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER statement_file_is_fixed BEFORE UPDATE ON statement_file
WHEN old.complete_at IS NOT NULL OR old.sha256 <> new.sha256
BEGIN SELECT raise(ABORT, 'append-only'); END;

CREATE TABLE statement_line (
  id           INTEGER PRIMARY KEY,
  file_id      INTEGER NOT NULL REFERENCES statement_file (id), -- that showed this version first
  first_id     INTEGER REFERENCES statement_line (id), -- the first version, null in it: the line's identity
  version      INTEGER NOT NULL CHECK (version > 0),
  key          TEXT NOT NULL, -- same row, same key, in every file that shows it; begins with format family and account
  at           INTEGER NOT NULL,
  precise      TEXT NOT NULL CHECK (precise IN ('second', 'minute', 'day')),
  amount_fen   INTEGER NOT NULL CHECK (amount_fen >= 0),
  ticket_fen   INTEGER NOT NULL CHECK (ticket_fen >= 0), -- what a ticket or refund must equal
  kind         TEXT NOT NULL,
  way          TEXT NOT NULL CHECK (way IN ('in', 'out', 'none')),
  channel_id   TEXT NOT NULL,
  entry_id     TEXT NOT NULL,
  order_no     TEXT NOT NULL,
  refund_no    TEXT NOT NULL,
  original_id  TEXT NOT NULL,
  counterparty TEXT NOT NULL, -- a customer's name: masked wherever it is shown, in no export
  note         TEXT NOT NULL, -- a customer's words: the same
  status       TEXT NOT NULL,
  type_text    TEXT NOT NULL,
  fee_fen      INTEGER, -- what the channel takes, negative when it comes back
  net_fen      INTEGER,
  CHECK ((version = 1) = (first_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX statement_line_key ON statement_line (key, version);
CREATE INDEX statement_line_changed ON statement_line (first_id, version) WHERE first_id IS NOT NULL;
CREATE TRIGGER statement_line_stays BEFORE DELETE ON statement_line BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER statement_line_is_fixed BEFORE UPDATE ON statement_line BEGIN SELECT raise(ABORT, 'append-only'); END;

-- A person said that a line is this payment or this refund. A line is used once, and so is a payment.
CREATE TABLE statement_link (
  line_id   INTEGER PRIMARY KEY REFERENCES statement_line (id), -- its first version
  ticket_id INTEGER NOT NULL REFERENCES ticket (id),
  nth       INTEGER, -- the payment of the ticket
  refund_id INTEGER UNIQUE REFERENCES refund (id),
  how       TEXT NOT NULL CHECK (how IN ('linked', 'attached', 'opened')), -- booked before, booked by it, sold by it
  at        INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  CHECK ((nth IS NULL) <> (refund_id IS NULL)),
  FOREIGN KEY (ticket_id, nth) REFERENCES settlement (ticket_id, nth)
) STRICT;
CREATE UNIQUE INDEX statement_link_payment ON statement_link (ticket_id, nth) WHERE nth IS NOT NULL;
CREATE TRIGGER statement_link_stays BEFORE DELETE ON statement_link BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER statement_link_is_fixed BEFORE UPDATE ON statement_link BEGIN SELECT raise(ABORT, 'append-only'); END;

-- A difference that a person has looked at and put aside: of a line, or of a ticket that a channel's statement lacks.
CREATE TABLE statement_settled (
  id        INTEGER PRIMARY KEY,
  file_id   INTEGER NOT NULL REFERENCES statement_file (id), -- where it was seen
  line_id   INTEGER UNIQUE REFERENCES statement_line (id),
  ticket_id INTEGER REFERENCES ticket (id),
  channel   TEXT NOT NULL,
  reason    TEXT NOT NULL CHECK (length(reason) > 0),
  at        INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  CHECK ((line_id IS NULL) <> (ticket_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX statement_settled_ticket ON statement_settled (ticket_id, channel) WHERE ticket_id IS NOT NULL;
CREATE TRIGGER statement_settled_stays BEFORE DELETE ON statement_settled BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER statement_settled_is_fixed BEFORE UPDATE ON statement_settled BEGIN SELECT raise(ABORT, 'append-only'); END;
