//! Which statement a table is: by its title, by the names of its columns, never by row numbers.

use super::body::{Body, Columns};
use super::error::ReadError;
use super::model::{Format, Statement};
use super::table::{Row, Table, name, trimmed};
use super::{alipay_merchant, alipay_personal, bank, unionpay, wechat_merchant, wechat_personal};

/// Titles and headers stand within the first rows; they moved three times in WeChat alone.
pub(super) const HEAD_ROWS: usize = 40;

type Reader = fn(&Body<'_>, &mut Statement) -> Result<(), ReadError>;

struct Spec {
    format: Format,
    /// Words of the title; any of them.
    titles: &'static [&'static str],
    /// Columns that together belong to no other file. `|` parts names of one column over the years.
    columns: &'static [&'static str],
    read: Reader,
}

const SPECS: &[Spec] = &[
    Spec {
        format: Format::WechatPersonal,
        titles: &["微信支付账单明细"],
        columns: &["交易时间", "收/支", "金额(元)|金额", "交易单号"],
        read: wechat_personal::read,
    },
    Spec {
        format: Format::AlipayApp,
        titles: &["电子客户回单", "导出信息"],
        columns: &["交易时间", "收/支", "金额|金额(元)", "交易订单号|商家订单号"],
        read: alipay_personal::read,
    },
    Spec {
        format: Format::AlipayWeb,
        titles: &["支付宝交易记录明细查询"],
        columns: &["交易号", "交易创建时间", "金额(元)", "收/支"],
        read: alipay_personal::read,
    },
    Spec {
        format: Format::AlipayTrade,
        titles: &["支付宝业务明细查询"],
        columns: &["支付宝交易号", "商户订单号", "业务类型", "订单金额(元)"],
        read: alipay_merchant::read_trade,
    },
    Spec {
        format: Format::AlipayAccount,
        titles: &["支付宝账务明细查询"],
        columns: &["账务流水号", "发生时间", "收入金额(+元)", "支出金额(-元)"],
        read: alipay_merchant::read_account,
    },
    // 拼多多 and others export look-alikes: only Alipay's own numbers count.
    Spec {
        format: Format::AlipayFundflow,
        titles: &["支付宝账务组合查询"],
        columns: &["入账时间", "支付宝交易号", "支付宝流水号", "账务类型"],
        read: alipay_merchant::read_fundflow,
    },
    Spec {
        format: Format::WechatTradebill,
        titles: &[],
        columns: &["交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号"],
        read: wechat_merchant::read_tradebill,
    },
    Spec {
        format: Format::WechatFundflow,
        titles: &[],
        columns: &["记账时间", "微信支付业务单号", "资金流水单号", "收支类型"],
        read: wechat_merchant::read_fundflow,
    },
    Spec {
        format: Format::WechatPortal,
        titles: &["微信支付交易(交易+退款)对账文件"],
        columns: &["微信订单号", "商户订单号", "交易类型", "订单金额/申请退款金额(元)"],
        read: wechat_merchant::read_portal,
    },
    Spec {
        format: Format::UnionpayWeb,
        titles: &[],
        columns: &["商户代码", "系统日期|银联系统日期", "订单号", "交易金额(元)", "交易类型"],
        read: unionpay::read_web,
    },
    Spec {
        format: Format::BankCmb,
        titles: &[],
        columns: &["记账日期", "交易金额", "联机余额", "对手信息"],
        read: bank::read,
    },
    Spec {
        format: Format::BankCmb,
        titles: &["招商银行交易记录"],
        columns: &["交易日期", "收入", "支出", "交易备注"],
        read: bank::read,
    },
    Spec {
        format: Format::BankIcbc,
        titles: &["明细查询文件下载"],
        columns: &["交易日期", "记账金额(收入)", "记账金额(支出)"],
        read: bank::read,
    },
    Spec {
        format: Format::BankBoc,
        titles: &["中国银行交易流水明细单"],
        columns: &["记账日期", "币别", "金额", "交易名称"],
        read: bank::read,
    },
    Spec {
        format: Format::BankAbc, titles: &[], columns: &["交易日期", "交易金额", "本次余额"], read: bank::read
    },
    Spec {
        format: Format::BankBocom,
        titles: &[],
        columns: &["交易日期", "借贷|借贷标志", "交易金额", "余额"],
        read: bank::read,
    },
];

/// Titles of summaries, which hold no rows.
const SUMMARIES: [&str; 2] = ["支付宝业务汇总查询", "支付宝账务汇总查询"];

/// What a table turned out to be.
pub(super) enum Recognised {
    /// A statement with rows under a header.
    Statement(Known),
    /// A merchant's summary.
    Summary,
    /// A title without a header.
    NoHeader,
}

/// A statement whose shape is known.
pub(super) struct Known {
    pub format: Format,
    pub header: usize,
    /// Row of the title, if it is there.
    pub title: Option<usize>,
    spec: &'static Spec,
}

impl Known {
    pub(super) fn read(&self, body: &Body<'_>, out: &mut Statement) -> Result<(), ReadError> {
        (self.spec.read)(body, out)
    }

    /// Formats that carry a title at all.
    pub(super) fn has_titles(&self) -> bool {
        !self.spec.titles.is_empty()
    }
}

/// Looks at the first rows.
pub(super) fn recognise(table: &Table) -> Option<Recognised> {
    let head: Vec<Row<'_>> = table.rows().take(HEAD_ROWS).collect();
    let titles: Vec<String> = head.iter().map(|row| name(trimmed(&row.first()))).collect();
    if titles.iter().any(|title| SUMMARIES.iter().any(|summary| title.contains(summary))) {
        return Some(Recognised::Summary);
    }
    let headers: Vec<Columns> = head.iter().map(|row| Columns::of(*row)).collect();
    let titled = |spec: &Spec| titles.iter().position(|title| spec.titles.iter().any(|t| title.contains(t)));
    let known = |spec: &'static Spec, header| {
        Some(Recognised::Statement(Known { format: spec.format, header, title: titled(spec), spec }))
    };
    for spec in SPECS {
        if let Some(header) = headers.iter().position(|columns| matched(spec, columns) == spec.columns.len()) {
            return known(spec, header);
        }
    }
    // A title, and a header that lacks something: the reader will say what.
    let spec = SPECS.iter().find(|spec| titled(spec).is_some())?;
    let best = headers.iter().enumerate().max_by_key(|(index, columns)| (matched(spec, columns), usize::MAX - index));
    match best {
        Some((header, columns)) if matched(spec, columns) >= 2 => known(spec, header),
        _ => Some(Recognised::NoHeader),
    }
}

fn matched(spec: &Spec, columns: &Columns) -> usize {
    spec.columns.iter().filter(|names| columns.find(names).is_some()).count()
}
