//! Which days and which rows are meant.

use till_core::day::{Range, RangeError};
use till_core::sales;

use super::Result;
use crate::api::{ApiError, Booked, Code, Lang, SaleFilter, SaleKind, Span};
use crate::state::State;
use crate::words;

/// The business days of a span, seen from now.
pub(crate) fn resolve(state: &State, span: &Span) -> Result<Range> {
    let today = || Range::day(&state.business_date(state.now()));
    let range = match span {
        Span::Today {} => today(),
        Span::Yesterday {} => today().map(|t| t.earlier(1)),
        Span::Week {} => today().map(Range::week_to),
        Span::Month {} => today().map(Range::month_to),
        Span::Custom { from, to } => Range::new(from, to),
    };
    range.map_err(|cause| refused(state.shop().settings.lang, cause))
}

fn refused(lang: Lang, cause: RangeError) -> ApiError {
    let (zh, en) = match cause {
        RangeError::NotADate => ("日期要写成 2026-11-20 这样", "A date is written like 2026-11-20"),
        RangeError::Backwards => ("开始日期在结束日期之后", "The first day is after the last"),
        RangeError::TooLong => ("一次最多看十年", "At most ten years at once"),
    };
    words::error(lang, Code::Invalid, zh, en)
}

/// A business date that somebody typed.
pub(super) fn date(state: &State, text: &str) -> Result<()> {
    match Range::day(text) {
        Ok(_) => Ok(()),
        Err(cause) => Err(refused(state.shop().settings.lang, cause)),
    }
}

/// A filter in the core's words.
pub(crate) fn filter(state: &State, filter: SaleFilter) -> Result<sales::Filter> {
    let lang = state.shop().settings.lang;
    if filter.hour.is_some_and(|h| h > 23) {
        return Err(words::error(lang, Code::Invalid, "小时在 0 到 23 之间", "An hour is between 0 and 23"));
    }
    if filter.weekday.is_some_and(|w| !(1..=7).contains(&w)) {
        return Err(words::error(
            lang,
            Code::Invalid,
            "星期是 1（周一）到 7（周日）",
            "A weekday is 1 (Monday) to 7 (Sunday)",
        ));
    }
    Ok(sales::Filter {
        kind: filter.kind.map(|kind| match kind {
            SaleKind::Sale => sales::Kind::Sale,
            SaleKind::Refund => sales::Kind::Refund,
            SaleKind::Void => sales::Kind::Void,
        }),
        channel: filter.channel,
        hour: filter.hour,
        weekday: filter.weekday,
        staff_id: filter.staff_id,
        item: filter.item,
        booked: filter.booked.map(|booked| match booked {
            Booked::Auto => sales::Booked::Auto,
            Booked::ByHand => sales::Booked::ByHand,
            Booked::Cash => sales::Booked::Cash,
        }),
        after_close: filter.after_close,
    })
}
