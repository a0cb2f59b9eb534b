-- Reading years in a blink.

-- A past business day's rows (payments, refunds, voids), packed: a copy to sum and search, never the truth. It may be
-- deleted at any time and is written anew by the till; a sheet of another format or zone counts for nothing.
CREATE TABLE day_sheet (
  business_date TEXT PRIMARY KEY,
  format        INTEGER NOT NULL,
  zone          TEXT NOT NULL, -- hours are of this zone's clock
  row_count     INTEGER NOT NULL,
  figures       BLOB NOT NULL, -- columns of numbers
  words         BLOB NOT NULL, -- which items and texts belong to which row
  texts         TEXT NOT NULL  -- item names, notes, reasons, references
) STRICT;
-- A row written into a day takes its sheet away. Money is almost always written into today, which has none.
CREATE TRIGGER settlement_ends_sheet AFTER INSERT ON settlement
BEGIN DELETE FROM day_sheet WHERE business_date = new.business_date; END;
CREATE TRIGGER refund_ends_sheet AFTER INSERT ON refund
BEGIN DELETE FROM day_sheet WHERE business_date = new.business_date; END;
