-- Contracts with payment providers. Their keys are not here but sealed in a file beside this database; what is here may
-- be read by anybody who may read the books. A contract ends, it is never deleted: old trades name it.
CREATE TABLE gateway (
  id         INTEGER PRIMARY KEY,
  provider   TEXT NOT NULL CHECK (provider IN ('alipay', 'wechat', 'unionpay')),
  settings   TEXT NOT NULL CHECK (json_valid(settings)), -- name, place, switches, the values that are no secrets
  created_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;
CREATE TRIGGER gateway_stays BEFORE DELETE ON gateway BEGIN SELECT raise(ABORT, 'a contract is never deleted'); END;
CREATE TRIGGER gateway_is_fixed BEFORE UPDATE OF id, provider, created_at ON gateway
BEGIN SELECT raise(ABORT, 'a contract keeps its provider'); END;
CREATE TRIGGER gateway_ended_stays BEFORE UPDATE ON gateway WHEN old.ended_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'a contract that has ended stays so'); END;

-- A provider speaks as a phone does: its money arrives as pushes and receipts, so that the inbox, the figures, the
-- statement check and the journal know one kind of money. Its row is no phone and opens no door.
ALTER TABLE device ADD COLUMN gateway_id INTEGER REFERENCES gateway (id);
CREATE UNIQUE INDEX device_of_gateway ON device (gateway_id) WHERE gateway_id IS NOT NULL;

-- One attempt to be paid for one ticket through one contract. Written before the provider hears of it; what to ask next
-- stands here, so that a crash at any point is answered by asking again.
CREATE TABLE trade (
  id         INTEGER PRIMARY KEY,
  ticket_id  INTEGER NOT NULL REFERENCES ticket (id),
  gateway_id INTEGER NOT NULL REFERENCES gateway (id),
  out_no     TEXT NOT NULL UNIQUE CHECK (length(out_no) BETWEEN 8 AND 32), -- our number for it
  trade_no   TEXT,                                                         -- the provider's
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
  subject    TEXT NOT NULL,
  scanned    INTEGER NOT NULL CHECK (scanned IN (0, 1)), -- we scanned the customer's code; the code itself is kept nowhere
  surface    TEXT NOT NULL DEFAULT '',                   -- where it is paid, if not at the counter
  ip         TEXT NOT NULL DEFAULT '',                   -- the customer's address, where the provider insists on one
  created_at INTEGER NOT NULL,
  stage      TEXT NOT NULL CHECK (stage IN ('planned', 'waiting', 'ending', 'fading', 'paid', 'over')),
  sent_at    INTEGER,
  known_at   INTEGER,
  until      INTEGER NOT NULL,
  next_what  TEXT CHECK (next_what IN ('begin', 'query', 'end')),
  next_at    INTEGER,
  doubts     INTEGER NOT NULL DEFAULT 0,
  ends       INTEGER NOT NULL DEFAULT 0,
  ended      INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
  code       TEXT NOT NULL DEFAULT '', -- what the customer scans
  refusal    TEXT NOT NULL DEFAULT '', -- JSON: kind, code, message of the last refusal or doubt
  buyer      TEXT NOT NULL DEFAULT '', -- who paid, as the provider names them
  receipt_id INTEGER UNIQUE REFERENCES receipt (id), -- the money: there is none without, and never a second
  CHECK ((next_what IS NULL) = (next_at IS NULL)),
  CHECK (stage NOT IN ('paid', 'over') OR next_at IS NULL),
  CHECK ((stage = 'paid') = (receipt_id IS NOT NULL)),
  CHECK (stage <> 'paid' OR trade_no IS NOT NULL)
) STRICT;
CREATE INDEX trade_due ON trade (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX trade_of_ticket ON trade (ticket_id);
-- A payment of the provider's belongs to one trade.
CREATE UNIQUE INDEX trade_number ON trade (gateway_id, trade_no) WHERE trade_no IS NOT NULL;
CREATE TRIGGER trade_asks_what_is_due BEFORE INSERT ON trade
WHEN new.amount_fen <> (SELECT due_fen FROM ticket WHERE id = new.ticket_id)
BEGIN SELECT raise(ABORT, 'a trade asks for what is due'); END;
CREATE TRIGGER trade_has_its_own_money BEFORE UPDATE OF receipt_id ON trade
WHEN new.receipt_id IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM receipt r JOIN device d ON d.id = r.device_id WHERE r.id = new.receipt_id AND d.gateway_id = new.gateway_id)
BEGIN SELECT raise(ABORT, 'money of another contract'); END;
CREATE TRIGGER trade_stays BEFORE DELETE ON trade BEGIN SELECT raise(ABORT, 'a trade is never deleted'); END;
CREATE TRIGGER trade_keeps_its_order BEFORE UPDATE OF id, ticket_id, gateway_id, out_no, amount_fen, subject, scanned, surface, ip, created_at
ON trade BEGIN SELECT raise(ABORT, 'a trade keeps its order'); END;
CREATE TRIGGER trade_paid_stays BEFORE UPDATE OF stage ON trade WHEN old.stage = 'paid' AND new.stage <> 'paid'
BEGIN SELECT raise(ABORT, 'a paid trade stays paid'); END;
-- Until then it may have been tried under another number.
CREATE TRIGGER trade_keeps_its_number BEFORE UPDATE OF trade_no, receipt_id ON trade
WHEN old.stage = 'paid' AND (new.trade_no IS NOT old.trade_no OR new.receipt_id IS NOT old.receipt_id)
BEGIN SELECT raise(ABORT, 'a paid trade keeps its number and its money'); END;
CREATE TRIGGER trade_was_sent BEFORE UPDATE OF sent_at ON trade WHEN old.sent_at IS NOT NULL AND new.sent_at IS NOT old.sent_at
BEGIN SELECT raise(ABORT, 'a trade was sent once'); END;

-- What providers said, and what came in their name. A notice that fails its check is kept and shown; it settles nothing.
CREATE TABLE gateway_word (
  id         INTEGER PRIMARY KEY,
  gateway_id INTEGER REFERENCES gateway (id), -- null: nobody's key fits
  provider   TEXT NOT NULL,
  trade_id   INTEGER REFERENCES trade (id),
  at         INTEGER NOT NULL,
  source     TEXT NOT NULL CHECK (source IN ('answer', 'notice', 'relay', 'bill')),
  what       TEXT NOT NULL,            -- which question, or what the notice was about
  meaning    TEXT NOT NULL,            -- paid, waiting, ended, refused, unknown…
  detail     TEXT NOT NULL DEFAULT '', -- the provider's code, the cause of a doubt; never a secret
  notice_id  TEXT,                     -- the provider's id of a notice
  digest     BLOB NOT NULL,            -- SHA-256 of the body
  body       BLOB NOT NULL CHECK (length(body) <= 65536), -- of notices, as they came; empty for answers
  CHECK (notice_id IS NULL OR meaning <> 'unknown') -- whoever forges a notice takes no id away
) STRICT;
CREATE UNIQUE INDEX gateway_word_once ON gateway_word (gateway_id, notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX gateway_word_of_trade ON gateway_word (trade_id) WHERE trade_id IS NOT NULL;
CREATE INDEX gateway_word_doubt ON gateway_word (at) WHERE source IN ('notice', 'relay') AND meaning = 'unknown';
CREATE TRIGGER gateway_word_stays BEFORE DELETE ON gateway_word BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER gateway_word_is_fixed BEFORE UPDATE ON gateway_word BEGIN SELECT raise(ABORT, 'append-only'); END;

-- Money going back through a provider. Written before the provider hears of it, always under the same number; the books
-- know of it (`refund`) once the provider has done it.
CREATE TABLE gateway_refund (
  id          INTEGER PRIMARY KEY,
  trade_id    INTEGER NOT NULL REFERENCES trade (id),
  refund_no   TEXT NOT NULL UNIQUE CHECK (length(refund_no) BETWEEN 8 AND 32),
  trade_no    TEXT, -- the provider's number of the refund
  amount_fen  INTEGER NOT NULL CHECK (amount_fen > 0),
  kind        TEXT NOT NULL CHECK (kind IN ('refund', 'void')),
  reason      TEXT NOT NULL,
  actor       TEXT NOT NULL,
  approved_by TEXT,
  item_id     INTEGER REFERENCES inbox (id), -- money that no ticket took: the inbox item that ends with this
  created_at  INTEGER NOT NULL,
  stage       TEXT NOT NULL CHECK (stage IN ('asked', 'pending', 'done', 'refused')),
  query       INTEGER NOT NULL CHECK (query IN (0, 1)),
  next_at     INTEGER,
  sent_at     INTEGER,
  steps       INTEGER NOT NULL DEFAULT 0,
  unsure      INTEGER NOT NULL DEFAULT 0 CHECK (unsure IN (0, 1)),
  refusal     TEXT NOT NULL DEFAULT '', -- JSON as in trade
  refund_id   INTEGER UNIQUE REFERENCES refund (id),
  CHECK ((stage IN ('done', 'refused')) = (next_at IS NULL)),
  -- Done is booked in the same breath: on the ticket, or by ending the inbox item.
  CHECK ((refund_id IS NOT NULL) = (stage = 'done' AND item_id IS NULL))
) STRICT;
CREATE INDEX gateway_refund_due ON gateway_refund (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX gateway_refund_of_trade ON gateway_refund (trade_id);
-- An inbox item goes back once, and whole. While it does, it is nobody's to book or to put aside.
CREATE UNIQUE INDEX gateway_refund_of_item ON gateway_refund (item_id) WHERE item_id IS NOT NULL AND stage <> 'refused';
CREATE TRIGGER inbox_is_going_back BEFORE UPDATE OF state ON inbox
WHEN EXISTS (SELECT 1 FROM gateway_refund WHERE item_id = new.id AND stage <> 'refused' AND stage <> 'done')
BEGIN SELECT raise(ABORT, 'its money is on its way back'); END;
-- Nobody gives back more than came in; what is under way counts.
CREATE TRIGGER gateway_refund_within_trade BEFORE INSERT ON gateway_refund
WHEN new.amount_fen + (SELECT coalesce(sum(amount_fen), 0) FROM gateway_refund WHERE trade_id = new.trade_id AND stage <> 'refused')
   > (SELECT coalesce(sum(r.amount_fen), 0) FROM trade t JOIN receipt r ON r.id = t.receipt_id WHERE t.id = new.trade_id)
BEGIN SELECT raise(ABORT, 'more than was paid'); END;
CREATE TRIGGER gateway_refund_is_booked BEFORE UPDATE OF refund_id ON gateway_refund
WHEN (old.refund_id IS NOT NULL AND new.refund_id IS NOT old.refund_id)
  OR new.amount_fen <> (SELECT amount_fen FROM refund WHERE id = new.refund_id)
BEGIN SELECT raise(ABORT, 'a refund is booked once, as it was'); END;
CREATE TRIGGER gateway_refund_stays BEFORE DELETE ON gateway_refund BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER gateway_refund_keeps_its_order BEFORE UPDATE OF id, trade_id, refund_no, amount_fen, kind, reason, actor, approved_by, item_id, created_at
ON gateway_refund BEGIN SELECT raise(ABORT, 'a refund keeps its order'); END;
CREATE TRIGGER gateway_refund_ended_stays BEFORE UPDATE OF stage ON gateway_refund WHEN old.stage IN ('done', 'refused') AND new.stage <> old.stage
BEGIN SELECT raise(ABORT, 'a refund that has ended stays so'); END;
