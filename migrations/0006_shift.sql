-- Closings look rows up by the time they were written: a day's rows after its last closing, and the newest of all.
-- The index by business day carries the time as well, so that a payment still writes to as many pages as before.
DROP INDEX IF EXISTS settlement_day;
CREATE INDEX settlement_day ON settlement (business_date, at);
CREATE INDEX refund_at ON refund (at);
CREATE INDEX cash_move_at ON cash_move (at);

-- `seal` rises when a shift is opened, too: what is written after an opening belongs to that shift, even when the
-- clock was set back meanwhile.
