//! Files for the owner and the bookkeeper: asked for, under way, written beside their place, then renamed and logged.

mod job;
mod nightly;
mod rows;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(crate) use nightly::keep_nightly;

use till_books::export as books;
use till_core::Fen;
use till_core::day::Range;
use till_core::sales::Filter;
use till_store::ExportRow;

use crate::access::Who;
use crate::api::{
    ApiError, Code, ExportJob, ExportLog, ExportPreset, ExportTable, JobState, Lang, SaleFilter, Settings, Span,
};
use crate::state::{State, lock};
use crate::{totals, view, words};

type Result<T> = std::result::Result<T, ApiError>;

/// Ended jobs are remembered this many; after that the log knows.
const MOST_REMEMBERED: usize = 50;
/// Files being written at once.
const MOST_RUNNING: usize = 4;
const MOST_LOGGED: u32 = 200;

/// Jobs since the start.
#[derive(Default)]
pub(crate) struct Jobs {
    last: i64,
    all: BTreeMap<i64, Job>,
}

struct Job {
    request_id: String,
    view: ExportJob,
    stop: Arc<AtomicBool>,
}

/// What is asked for.
pub(crate) struct Wish {
    pub(crate) table: ExportTable,
    pub(crate) preset: ExportPreset,
    pub(crate) span: Span,
    pub(crate) filter: SaleFilter,
    pub(crate) folder: String,
}

/// What a job writes, settled before it starts.
#[derive(Clone)]
struct Order {
    id: i64,
    request_id: String,
    actor: String,
    table: ExportTable,
    preset: ExportPreset,
    from: String,
    to: String,
    filter: Filter,
    /// As asked, for the log.
    filter_text: String,
    folder: PathBuf,
    options: books::Options,
    stop: Arc<AtomicBool>,
    /// The same days as instants, the end not included: the journal has no business dates.
    from_at: i64,
    to_at: i64,
}

fn table(table: ExportTable) -> books::Table {
    match table {
        ExportTable::Sales => books::Table::Sales,
        ExportTable::Receipts => books::Table::Receipts,
        ExportTable::Days => books::Table::Days,
        ExportTable::Journal => books::Table::Journal,
    }
}

fn preset(preset: ExportPreset) -> books::Preset {
    match preset {
        ExportPreset::Csv => books::Preset::Csv,
        ExportPreset::ExcelZh => books::Preset::ExcelZh,
        ExportPreset::Xlsx => books::Preset::Xlsx,
        ExportPreset::Quickbooks => books::Preset::Quickbooks,
        ExportPreset::Xero => books::Preset::Xero,
        ExportPreset::Gnucash => books::Preset::Gnucash,
        ExportPreset::Beancount => books::Preset::Beancount,
        ExportPreset::Ledger => books::Preset::Ledger,
        ExportPreset::Kingdee => books::Preset::Kingdee,
        ExportPreset::KingdeeCloud => books::Preset::KingdeeCloud,
        ExportPreset::Yonyou => books::Preset::Yonyou,
        ExportPreset::YonyouTxt => books::Preset::YonyouTxt,
    }
}

/// The accounts of the settings in the words of the files.
fn accounts(settings: &Settings) -> books::Accounts {
    let account = |a: &crate::api::BookAccount| books::AccountCode {
        code: a.code.clone(),
        name: a.name.clone(),
        ledger: a.ledger.clone(),
    };
    let b = &settings.books;
    books::Accounts {
        wechat: account(&b.wechat),
        alipay: account(&b.alipay),
        unionpay: account(&b.unionpay),
        ecny: account(&b.ecny),
        bank: account(&b.bank),
        cash: account(&b.cash),
        sales: account(&b.sales),
        fees: account(&b.fees),
        voucher_word: b.voucher_word.clone(),
        preparer: b.preparer.clone(),
        ..books::Accounts::default()
    }
}

fn options(state: &State) -> books::Options {
    let shop = state.shop();
    books::Options {
        zone: shop.zone.clone(),
        lang: match shop.settings.lang {
            Lang::Zh => books::Lang::Zh,
            Lang::En => books::Lang::En,
        },
        shop: shop.settings.shop_name.clone(),
        till: "till1".into(),
        generated_at: state.now(),
        accounts: accounts(&shop.settings),
        ..books::Options::default()
    }
}

/// Where files go: the folder asked for, or the shop's own.
fn folder(state: &State, asked: &str) -> Result<PathBuf> {
    let lang = state.shop().settings.lang;
    let asked = asked.trim();
    let folder = if asked.is_empty() { state.dir.join("exports") } else { PathBuf::from(asked) };
    if !folder.is_absolute() && !asked.is_empty() {
        let (zh, en) = ("文件夹要写完整路径", "Give the folder's full path");
        return Err(words::error(lang, Code::Invalid, zh, en));
    }
    std::fs::create_dir_all(&folder).map_err(|cause| {
        let zh = format!("不能使用文件夹 {}：{cause}", folder.display());
        let en = format!("The folder {} cannot be used: {cause}", folder.display());
        words::error(lang, Code::Unavailable, &zh, &en)
    })?;
    Ok(folder)
}

/// What is wrong with an export, in the shop's language.
fn failed(lang: Lang, cause: &books::ExportError) -> ApiError {
    use books::ExportError as E;
    let detail = cause.to_string();
    let (code, zh, en) = match cause {
        E::PresetTakesDaysOnly { .. } => (
            Code::Invalid,
            "记账格式只能导出每日合计".to_owned(),
            "Bookkeeping shapes take the day totals only".to_owned(),
        ),
        E::BadAccount { name, .. } => (
            Code::Invalid,
            format!("设置里的科目“{name}”不能用于这种格式，请在设置 > 导出与备份里改"),
            format!("The account “{name}” cannot be used in this shape; change it in the settings"),
        ),
        E::BadOption { what, value } => (
            Code::Invalid,
            format!("设置里的“{what}”（{value}）不能用于这种格式"),
            format!("The setting {what} (“{value}”) cannot be used in this shape"),
        ),
        E::Io(_) => (
            Code::Unavailable,
            format!("文件没能写完，什么都没有留下：{detail}"),
            format!("The file could not be written; nothing of it stays: {detail}"),
        ),
        _ => (
            Code::Internal,
            format!("导出中断：账目里有对不上的地方（{detail}）"),
            format!("The export stopped: something in the books does not fit ({detail})"),
        ),
    };
    words::error(lang, code, &zh, &en)
}

/// A job as the log remembers it.
fn remembered(row: &ExportRow) -> Option<ExportJob> {
    Some(ExportJob {
        id: -row.id,
        state: JobState::Done,
        table: named(&row.what)?,
        preset: named(&row.preset)?,
        from: row.from.clone(),
        to: row.to.clone(),
        path: row.file.clone(),
        rows: view::count(row.rows),
        of_rows: Some(view::count(row.rows)),
        sum_fen: Fen::sum(row.sum).ok()?,
        sha256: row.sha256.clone(),
        message: String::new(),
    })
}

fn named<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

fn missing(state: &State) -> ApiError {
    words::store(state.shop().settings.lang, till_store::StoreError::NotFound)
}

/// Starts a file.
pub(crate) async fn start(state: &Arc<State>, who: &Who, request_id: String, wish: Wish) -> Result<ExportJob> {
    let Wish { table: table_asked, preset: preset_asked, span, filter, folder: asked_folder } = wish;
    let order = Order {
        id: 0,
        request_id,
        actor: who.actor.clone(),
        table: table_asked,
        preset: preset_asked,
        from: String::new(),
        to: String::new(),
        filter_text: serde_json::to_string(&filter).unwrap_or_default(),
        filter: totals::filter(state, filter.clone())?,
        folder: PathBuf::new(),
        options: options(state),
        stop: Arc::default(),
        from_at: 0,
        to_at: 0,
    };
    let range = totals::resolve(state, &span)?;
    let lang = state.shop().settings.lang;
    if matches!(table_asked, ExportTable::Receipts | ExportTable::Journal) && filter != SaleFilter::default() {
        let (zh, en) = ("到账记录和操作记录不能按销售筛选导出", "Receipts and the journal take no filter of sales");
        return Err(words::error(lang, Code::Invalid, zh, en));
    }
    if !preset(preset_asked).takes(table(table_asked)) {
        return Err(failed(lang, &books::ExportError::PresetTakesDaysOnly { preset: preset(preset_asked).as_str() }));
    }
    let known =
        lock(&state.exports).all.values().find(|job| job.request_id == order.request_id).map(|j| j.view.clone());
    if let Some(known) = known {
        return Ok(known);
    }
    if let Some(row) = state.store.export_of(&order.request_id).await.map_err(|e| state.store_error(e))? {
        return remembered(&row).ok_or_else(|| missing(state));
    }
    let folder = folder(state, &asked_folder)?;
    begin(state, Order { from: range.from(), to: range.to(), folder, ..order })
}

/// Puts a job on the list and lets it run.
fn begin(state: &Arc<State>, mut order: Order) -> Result<ExportJob> {
    let view = {
        let mut jobs = lock(&state.exports);
        if let Some(job) = jobs.all.values().find(|job| job.request_id == order.request_id) {
            return Ok(job.view.clone());
        }
        if jobs.all.values().filter(|job| job.view.state == JobState::Running).count() >= MOST_RUNNING {
            let (zh, en) = ("已有几个导出在进行，请等一个完成", "Several exports are under way; wait for one to end");
            return Err(words::error(state.shop().settings.lang, Code::Conflict, zh, en));
        }
        jobs.last += 1;
        order.id = jobs.last;
        order.from_at = state.date_start(&order.from).unwrap_or(i64::MIN);
        let after = Range::day(&order.to).ok().and_then(|last| state.date_start(&last.earlier(-1).to()));
        order.to_at = after.unwrap_or(i64::MAX);
        let view = ExportJob {
            id: order.id,
            state: JobState::Running,
            table: order.table,
            preset: order.preset,
            from: order.from.clone(),
            to: order.to.clone(),
            path: order.folder.join(job::name(&order)).display().to_string(),
            rows: 0,
            of_rows: None,
            sum_fen: Fen::ZERO,
            sha256: String::new(),
            message: String::new(),
        };
        let job = Job { request_id: order.request_id.clone(), view: view.clone(), stop: order.stop.clone() };
        jobs.all.insert(order.id, job);
        while jobs.all.len() > MOST_REMEMBERED {
            let ended = jobs.all.iter().find(|(_, job)| job.view.state != JobState::Running).map(|(id, _)| *id);
            let Some(id) = ended else { break };
            jobs.all.remove(&id);
        }
        view
    };
    tokio::spawn(job::run(state.clone(), order));
    Ok(view)
}

/// How a job stands.
pub(crate) async fn job(state: &Arc<State>, _who: &Who, job_id: i64) -> Result<ExportJob> {
    lock(&state.exports).all.get(&job_id).map(|job| job.view.clone()).ok_or_else(|| missing(state))
}

/// Asks a job to stop; what it wrote goes away. A job that has ended stays as it is.
pub(crate) async fn cancel(state: &Arc<State>, who: &Who, job_id: i64) -> Result<ExportJob> {
    if let Some(job) = lock(&state.exports).all.get(&job_id) {
        job.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    }
    job(state, who, job_id).await
}

/// Files made, newest first.
pub(crate) async fn log(state: &Arc<State>, _who: &Who, limit: u32) -> Result<Vec<ExportLog>> {
    let rows = state.store.exports(limit.clamp(1, MOST_LOGGED)).await.map_err(|e| state.store_error(e))?;
    let mut log = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(table), Some(preset)) = (named(&row.what), named(&row.preset)) else { continue };
        // What was written later stands on the business day of then or after it.
        let since = state.business_date(row.at).max(row.from.clone());
        let changed = state.store.rows_since(&since, &row.to, row.at).await.map_err(|e| state.store_error(e))?;
        log.push(ExportLog {
            id: row.id,
            at: row.at,
            actor: row.actor,
            table,
            preset,
            columns_version: view::count(row.columns_version),
            from: row.from,
            to: row.to,
            file: row.file,
            rows: view::count(row.rows),
            sum_fen: Fen::sum(row.sum)
                .map_err(|e| state.store_error(till_store::StoreError::Corrupt(e.to_string())))?,
            sha256: row.sha256,
            changed_since: view::count(changed),
        });
    }
    Ok(log)
}
