//! A comparison as screens show it: sums over everything, the gravest lines in full, what to know about the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use till_core::Fen;
use till_core::reconcile::{Finding, Outcome};
use till_store::{PutAside, StatementReader, StatementRow, StatementWords, StoreError, WaitingMoney};

use super::compare::{Compared, compare, is_bank};
use super::mask;
use super::say::{Declared, Note};
use crate::api::{CheckLine, CheckOutcome, CheckSum, Lang, StatementCheck, StatementHead};
use crate::state::Shop;
use crate::view;
use crate::words::say;

type Result<T> = std::result::Result<T, StoreError>;

/// The shop's settings, where the engine's state is out of reach.
pub(super) struct Frame {
    pub(super) shop: Arc<Shop>,
}

impl Frame {
    pub(super) fn lang(&self) -> Lang {
        self.shop.settings.lang
    }

    pub(super) fn date(&self, at: i64) -> String {
        till_core::day::business_date(at, &self.shop.zone, self.shop.settings.day_starts_at)
    }

    fn clock(&self, at: i64) -> String {
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(self.shop.zone.clone());
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

pub(super) fn head(file: &StatementRow) -> StatementHead {
    StatementHead {
        id: file.id,
        file: file.name.clone(),
        format: file.format.clone(),
        channel: Some(file.channel),
        account: mask::account(&file.account),
        from_at: file.from_at,
        to_at: file.to_at,
        exported_at: file.exported_at,
        imported_at: file.imported_at,
        lines: view::count(file.lines),
        new_lines: view::count(file.new_lines),
    }
}

fn outcome(outcome: Outcome) -> CheckOutcome {
    match outcome {
        Outcome::MissingInStatement => CheckOutcome::MissingInStatement,
        Outcome::MissingInTill => CheckOutcome::MissingInTill,
        Outcome::AmountDiffers => CheckOutcome::AmountDiffers,
        Outcome::Ambiguous => CheckOutcome::Ambiguous,
        Outcome::RefundMissingInTill => CheckOutcome::RefundMissingInTill,
        Outcome::RefundMissingInStatement => CheckOutcome::RefundMissingInStatement,
        Outcome::Maybe => CheckOutcome::Maybe,
        Outcome::Matched => CheckOutcome::Matched,
        Outcome::Fee => CheckOutcome::Fee,
        Outcome::Neither => CheckOutcome::Neither,
    }
}

/// Gravest first, what agrees last.
fn rank(outcome: CheckOutcome) -> u8 {
    match outcome {
        CheckOutcome::MissingInStatement => 0,
        CheckOutcome::MissingInTill => 1,
        CheckOutcome::AmountDiffers => 2,
        CheckOutcome::Ambiguous => 3,
        CheckOutcome::RefundMissingInTill => 4,
        CheckOutcome::RefundMissingInStatement => 5,
        CheckOutcome::Maybe => 6,
        CheckOutcome::Settled => 7,
        CheckOutcome::Fee => 8,
        CheckOutcome::Neither => 9,
        CheckOutcome::Matched => 10,
    }
}

/// Why a person put a finding aside: its line, or its ticket where there is no line.
fn aside<'a>(found: &Finding, compared: &Compared, aside: &'a PutAside) -> Option<&'a String> {
    if matches!(found.outcome, Outcome::Matched | Outcome::Fee | Outcome::Neither) {
        return None;
    }
    let by_line = found.line.and_then(|line| aside.lines.get(&compared.lines[line].id));
    by_line.or_else(|| found.row.and_then(|row| aside.tickets.get(&compared.rows[row].ticket_id)))
}

/// A sum within what one amount may be; no shop of this size has more.
fn within(sum: i64) -> Fen {
    Fen::new(sum.clamp(-Fen::LIMIT, Fen::LIMIT)).unwrap_or(Fen::ZERO)
}

fn fees(compared: &Compared) -> Fen {
    let fee = |line: &till_store::StatementLine| match (line.kind, line.fee) {
        ("fee", None) => line.amount.get(),
        ("fee_back", None) => -line.amount.get(),
        (_, fee) => fee.map_or(0, Fen::get),
    };
    within(compared.lines.iter().map(fee).fold(0, i64::saturating_add))
}

/// Checks a statement against the till as both are now.
pub(super) fn check(
    reader: &StatementReader,
    frame: &Frame,
    file: StatementRow,
    limit: usize,
) -> Result<StatementCheck> {
    let compared = compare(reader, frame, &file)?;
    let put_aside = reader.put_aside(file.channel)?;
    let mut sums: BTreeMap<CheckOutcome, (u32, i64)> = BTreeMap::new();
    let mut order: Vec<(u8, i64, usize)> = Vec::with_capacity(compared.found.len());
    for (place, found) in compared.found.iter().enumerate() {
        let shown = match aside(found, &compared, &put_aside) {
            Some(_) => CheckOutcome::Settled,
            None => outcome(found.outcome),
        };
        let (amount, at) = match (found.line.map(|l| &compared.lines[l]), found.row.map(|r| &compared.rows[r])) {
            (Some(line), _) => (line.amount.get(), line.at),
            (None, Some(row)) => (row.amount.get(), row.received_at.unwrap_or(row.at)),
            (None, None) => (0, 0),
        };
        let sum = sums.entry(shown).or_default();
        *sum = (sum.0.saturating_add(1), sum.1.saturating_add(amount));
        order.push((rank(shown), at, place));
    }
    order.sort_unstable();
    order.truncate(limit);
    let shown_ids: Vec<i64> = order
        .iter()
        .filter_map(|(.., place)| compared.found[*place].line)
        .map(|line| compared.lines[line].id)
        .collect();
    let words = reader.words(&shown_ids)?;
    let writer = Writer {
        reader,
        lang: frame.lang(),
        compared: &compared,
        put_aside: &put_aside,
        waiting: if is_bank(&file) { Vec::new() } else { reader.waiting_money(file.channel)? },
    };
    let mut lines = Vec::with_capacity(order.len());
    for (.., place) in &order {
        let found = &compared.found[*place];
        let said = found.line.and_then(|line| words.get(&compared.lines[line].id)).cloned().unwrap_or_default();
        lines.push(writer.line(found, said)?);
    }
    Ok(StatementCheck {
        sums: sums
            .into_iter()
            .map(|(outcome, (lines, sum))| CheckSum { outcome, lines, sum_fen: within(sum) })
            .collect(),
        lines,
        declared: Declared::of(&file).into_iter().map(|declared| declared.shown(frame.lang())).collect(),
        warnings: warnings(reader, frame, &file, &compared)?,
        fees_fen: fees(&compared),
        head: head(&file),
    })
}

/// Writes findings as lines.
struct Writer<'a> {
    reader: &'a StatementReader,
    lang: Lang,
    compared: &'a Compared,
    put_aside: &'a PutAside,
    waiting: Vec<WaitingMoney>,
}

impl Writer<'_> {
    fn line(&self, found: &Finding, words: StatementWords) -> Result<CheckLine> {
        let compared = self.compared;
        let line = found.line.map(|place| &compared.lines[place]);
        let row = found.row.map(|place| &compared.rows[place]);
        let reason = aside(found, compared, self.put_aside);
        let mut candidates: Vec<i64> = Vec::new();
        if found.line.is_some() {
            candidates.extend(found.candidates.iter().map(|place| compared.rows[*place].ticket_id));
        }
        let mut resolution = reason.cloned().unwrap_or_default();
        if let Some(line) = line {
            let tied = compared.links.get(&line.id);
            // Only what a person may still have to book.
            let loose = tied.is_none() && row.is_none() && matches!(line.kind, "receipt" | "maybe_receipt");
            if let Some(link) = tied {
                resolution = self.tied(&link.how);
            } else if loose && found.outcome != Outcome::Ambiguous {
                let waits = self.waiting.iter().find(|money| money.may_be(line.at, line.ticket_amount));
                candidates.extend(waits.and_then(|money| money.proposed));
                candidates.extend(self.reader.unpaid_tickets(line.ticket_amount, line.at)?);
                if let (Some(money), None) = (waits, reason) {
                    resolution = self.waits(money.item_id);
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        candidates.retain(|ticket| seen.insert(*ticket));
        Ok(CheckLine {
            outcome: if reason.is_some() { CheckOutcome::Settled } else { outcome(found.outcome) },
            line_id: line.map(|line| line.id),
            line_at: line.map(|line| line.at),
            line_fen: line.map(|line| line.amount),
            line_type: words.type_text,
            line_status: words.status,
            counterparty: mask::name(&words.counterparty),
            note: mask::note(&words.note),
            channel_id: line.map(|line| line.channel_id.clone()).unwrap_or_default(),
            order_no: line.map(|line| line.order_no.clone()).unwrap_or_default(),
            fee_fen: line.and_then(|line| line.fee),
            ticket_id: row.map(|row| row.ticket_id),
            ticket_number: row.map(|row| view::number(row.number)),
            ticket_date: row.map(|row| row.date.clone()).unwrap_or_default(),
            ticket_at: row.map(|row| row.received_at.unwrap_or(row.at)),
            ticket_fen: row.map(|row| row.amount),
            candidates,
            resolution,
        })
    }

    fn tied(&self, how: &str) -> String {
        match how {
            "attached" => say(self.lang, "已用这条记录补记付款", "The payment was booked from this line"),
            "opened" => say(self.lang, "已用这条记录补开一单", "A sale was made of this line"),
            _ => say(self.lang, "人工对上", "Tied by a person"),
        }
    }

    fn waits(&self, item_id: i64) -> String {
        let zh = format!("收件箱第 {item_id} 条可能就是这笔钱，请先处理");
        say(self.lang, &zh, &format!("Inbox item {item_id} may be this money: deal with it first"))
    }
}

/// What to know about this file, gravest first.
fn warnings(reader: &StatementReader, frame: &Frame, file: &StatementRow, compared: &Compared) -> Result<Vec<String>> {
    let lang = frame.lang();
    let mut all = Vec::new();
    if is_bank(file) {
        let zh = "银行流水只列出来看：微信、支付宝到账是按天或按提现汇总的，不与单据逐笔核对";
        let en = "A bank's lines are only listed: wallets settle by the day or the withdrawal, so no line is matched with a ticket";
        all.push(say(lang, zh, en));
    }
    let other = reader.other_account(file)?;
    if compared.strange {
        let zh = "到账通知证明的收款一笔都不在这份账单里：它很可能是另一个账号的，所以没有标成“账单里没有”";
        let en = "Not one payment that a notice proved is in this file: it is probably another account's, so nothing was marked as missing in it";
        all.push(say(lang, zh, en));
    } else if let Some(other) = other.filter(|_| !file.account.is_empty()) {
        let (own, other) = (mask::account(&file.account), mask::account(&other));
        let zh = format!("这份账单的账号是 {own}，之前导入过的是 {other}，请确认没有选错");
        all.push(say(
            lang,
            &zh,
            &format!("This file is of {own}; earlier ones were of {other}. Please make sure it is the right one"),
        ));
    }
    if compared.cut {
        let zh = "这份文件不完整（有些行没有读到，或者比它自己写的笔数少）：账单里没有的不能说明没有付款";
        let en = "This file is not whole (rows were not read, or there are fewer than it declares): what is missing in it proves nothing";
        all.push(say(lang, zh, en));
    } else if file.receipts == "left" {
        let zh = "这份文件没有包括收入：账单里没有的不能说明没有付款";
        all.push(say(lang, zh, "This file leaves income out: what is missing in it proves nothing"));
    } else if file.receipts == "unknown" && !is_bank(file) {
        let zh = "文件没有写明包括哪些记录：账单里没有的不能说明没有付款";
        all.push(say(lang, zh, "The file does not say what it covers: what is missing in it proves nothing"));
    }
    if let (Some(made), Some(to)) = (file.exported_at, file.to_at)
        && made < to
    {
        let at = frame.clock(made);
        let zh = format!("文件是 {at} 导出的，那时这段时间还没结束，之后的付款不在里面。过后请再导出一次");
        let en = format!(
            "The file was made at {at}, before its range was over; later payments are not in it. Export it again afterwards"
        );
        all.push(say(lang, &zh, &en));
    }
    // Neither agreed nor missing: too young for this file, or at its edge. Said, so that nobody reads "all agree".
    let inside = |at: i64| file.from_at.is_none_or(|from| at >= from) && file.to_at.is_none_or(|to| at <= to);
    let open = |found: &&Finding| {
        let row = found.row.filter(|_| found.line.is_none() && found.outcome == Outcome::Neither);
        row.is_some_and(|row| inside(compared.rows[row].at))
    };
    let uncompared = compared.found.iter().filter(open).count();
    if uncompared > 0 && file.receipts == "full" && !compared.strange && !compared.cut && !is_bank(file) {
        let zh = format!(
            "收银台有 {uncompared} 笔离文件的导出时间或起止时间太近，这份账单还说明不了，没有比对。过后再导出一次"
        );
        let en = format!(
            "{uncompared} payments of the till are too close to when the file was made, or to its ends, to be compared. Export it again later"
        );
        all.push(say(lang, &zh, &en));
    }
    all.extend(Note::of(file).iter().filter_map(|note| note.shown(lang)));
    Ok(all)
}
