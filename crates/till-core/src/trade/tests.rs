//! The rules against a modelled provider (`trade_model`, `refund_model`), and the providers' schedules by example.

mod refund_model;
mod schedule;
mod trade_model;
mod wire;

use super::Pace;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// WeChat, a scanned code: asked every 5 s for 45 s, not reversed before 15 s.
const WECHAT_SCAN: Pace = Pace {
    first_ms: 5 * SECOND,
    every_ms: 5 * SECOND,
    doubt_ms: 5 * SECOND,
    patience_ms: 45 * SECOND,
    end_after_ms: 15 * SECOND,
    end_every_ms: 5 * SECOND,
    code_lives_ms: 10 * MINUTE,
    begin_again: false,
    can_end: true,
};

/// Alipay, a scanned code: doubt is asked about at once.
const ALIPAY_SCAN: Pace = Pace {
    first_ms: 3 * SECOND,
    every_ms: 3 * SECOND,
    doubt_ms: SECOND,
    patience_ms: MINUTE,
    end_after_ms: 0,
    end_every_ms: 3 * SECOND,
    ..WECHAT_SCAN
};

/// A code the customer scans, which lives for two hours.
const CODE: Pace = Pace {
    first_ms: 3 * SECOND,
    every_ms: 4 * SECOND,
    doubt_ms: 2 * SECOND,
    patience_ms: 0,
    end_after_ms: 0,
    end_every_ms: 5 * SECOND,
    code_lives_ms: 2 * HOUR,
    begin_again: true,
    can_end: true,
};

/// One that cannot be closed.
const CODE_WITHOUT_END: Pace = Pace { begin_again: false, can_end: false, ..CODE };
