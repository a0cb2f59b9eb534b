use serde::{Deserialize, Serialize};
pub use till_core::price::{Discount, Line, Priced, Sale};
use till_core::{Channel, Fen};

use super::{Secret, Settings, files::*, gateways::*, inbox::*, programs::*, shift::*, staff::*, totals::*, view::*};

/// How a practice payment should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum PracticePay {
    /// The right amount.
    Exact,
    /// The price instead of the due amount, or a few fen off.
    WrongAmount,
    /// The right amount after the ticket has expired (the ticket is expired first).
    Late,
    /// The right amount, announced twice.
    Twice,
}

/// Everything that can be asked of a running till. Whatever changes something carries a `request_id`
/// (1–64 characters, unique per act): doing it twice does it once and answers as the first time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the verbs are documented one by one, their fields by their types and units")]
pub enum Request {
    // ── selling ──
    /// Opens a ticket: picks a due amount free on every account offered, holds it, shows it on the counter.
    RingUp { request_id: String, sale: Sale },
    /// Prices a sale without opening it: gross, discount, rounding (for the running entry).
    PriceSale { sale: Sale },
    /// A sale for cash at once, without codes. `tendered_fen` gives the change.
    SellCash { request_id: String, sale: Sale, tendered_fen: Option<Fen> },
    /// Takes a waiting or expired ticket in cash instead.
    TakeCash { request_id: String, ticket_id: i64, tendered_fen: Option<Fen> },
    /// Cancels a waiting ticket; its amount cools down.
    Cancel { request_id: String, ticket_id: i64 },
    /// Marks a ticket paid because a person saw the money. Needs a reason.
    ConfirmByHand { request_id: String, ticket_id: i64, channel: Channel, reason: String },
    /// Opens a new ticket with the lines of an expired or cancelled one.
    RingAgain { request_id: String, ticket_id: i64 },
    /// Chooses what the counter screen shows (`null`: the newest waiting ticket, else idle).
    Show { ticket_id: Option<i64> },
    /// Tells the counter screen the running entry before payment (cart); an empty sale clears it.
    ShowCart { sale: Option<Sale> },
    /// One ticket.
    Ticket { ticket_id: i64 },
    /// Tickets that wait, oldest first.
    Waiting {},
    /// The newest tickets, any state or one.
    Tickets { status: Option<Status>, limit: u32 },
    /// Today's count and sum (the sum is covered on the till until asked for).
    Today {},
    /// Sets a draft aside (挂单).
    Park { request_id: String, sale: Sale },
    /// Drafts set aside, oldest first.
    Parked {},
    /// Takes a draft back; it leaves the list.
    Unpark { request_id: String, parked_id: i64 },
    /// Quick items in order.
    Items {},
    /// Replaces the quick items.
    SaveItems { request_id: String, items: Vec<QuickItem> },
    // ── inbox ──
    /// Inbox items, newest first.
    Inbox { filter: InboxFilter, limit: u32 },
    /// One inbox item with its suggestions.
    InboxItem { item_id: i64 },
    /// Settles a ticket with the item's receipt (its proposed ticket or another).
    Accept { request_id: String, item_id: i64, ticket_id: i64 },
    /// Opens a sale for the item's amount and settles it at once (money without a ticket).
    OpenSale { request_id: String, item_id: i64, note: String },
    /// Puts an item aside with a reason: not a sale.
    Ignore { request_id: String, item_id: i64, reason: String },
    // ── receiving codes ──
    /// Reads a picture (base64) and says what was found; changes nothing.
    InspectPicture { picture_base64: String },
    /// Classifies a payload text; changes nothing.
    InspectPayload { payload: String },
    /// Adds a code: to a new account (`account_id` null) or to an account, replacing its code for the same amount.
    AddCode {
        request_id: String,
        payload: String,
        channel: Channel,
        account_id: Option<i64>,
        /// Name of a new account.
        label: String,
        /// Null for a code without an amount; the amount for one picture of a fixed-amount pool.
        amount_fen: Option<Fen>,
    },
    /// Accounts with their codes, in the order they are offered.
    Accounts {},
    /// Renames, enables, disables or moves an account.
    UpdateAccount {
        request_id: String,
        account_id: i64,
        label: Option<String>,
        enabled: Option<bool>,
        position: Option<i64>,
    },
    /// Takes one code out of use (its history stays).
    RemoveCode { request_id: String, code_id: i64 },
    // ── devices ──
    /// Pairs a new phone: makes its key and token. They are shown in this answer and in `Pairing` until first contact.
    AddDevice { request_id: String, name: String },
    /// Devices, newest first.
    Devices {},
    /// The pairing texts and the live checklist of one device.
    Pairing { device_id: i64 },
    /// Ends a device's key at once.
    RevokeDevice { request_id: String, device_id: i64 },
    /// Renames a device, or limits it to accounts (empty: all accounts).
    UpdateDevice { request_id: String, device_id: i64, name: Option<String>, account_ids: Option<Vec<i64>> },
    // ── settings and health ──
    /// All settings.
    Settings {},
    /// Replaces all settings.
    SaveSettings { request_id: String, settings: Box<Settings> },
    /// What the counter screen shows.
    Display {},
    /// The link for `/display` on another screen, with its read-only token.
    DisplayLink {},
    /// Makes a new display token; screens with the old one go dark.
    RenewDisplayLink { request_id: String },
    /// State of the port, the phones and the inbox, for the top bar.
    Health {},
    /// The newest refused requests on the port.
    Refused { limit: u32 },
    // ── rules ──
    /// Version and origin of the notification rules in use.
    Rules {},
    /// Reads one notice with the rules in use; changes nothing.
    ReadNotice { package: String, title: String, text: String },
    /// Reads kept raw texts again with the rules in use; `apply` puts newly understood money into the inbox.
    ReplayRules { request_id: String, apply: bool },
    // ── inbox ──
    /// Marks money as no sale: private, or a refund that came back.
    MarkItem { request_id: String, item_id: i64, mark: Mark, note: String },
    /// One act for many items; each is done or left alone with its reason.
    InboxBulk { request_id: String, item_ids: Vec<i64>, act: BulkAct },
    /// The customer says "paid", nothing has come: what is known, and the line to read out.
    NotReceived { ticket_id: i64 },
    // ── totals ──
    /// The owner's totals of a range.
    Totals { span: Span, filter: SaleFilter },
    /// Where the rows of a range and filter lie, and their sums.
    SalesIndex { span: Span, filter: SaleFilter },
    /// Rows of one business day, newest first.
    SalesRows { date: String, filter: SaleFilter, offset: u32, limit: u32 },
    /// Rows by ticket number (`#41`), amount (`14.98`) or words, newest first.
    SearchSales { text: String, limit: u32 },
    /// A ticket and each step of its life.
    Timeline { ticket_id: i64 },
    // ── refunds, shifts, days ──
    /// Gives money of a paid ticket back, or voids it. Money paid to a personal code is paid back by hand; `reference` is the wallet's number of that payment.
    Refund {
        request_id: String,
        ticket_id: i64,
        kind: RefundKind,
        channel: Channel,
        amount_fen: Fen,
        reference: String,
        reason: String,
    },
    /// The open shift with its X report, or null.
    Shift {},
    /// Opens a shift with what is in the drawer.
    OpenShift { request_id: String, float_fen: Fen },
    /// Puts cash into the drawer or takes it out.
    MoveCash { request_id: String, kind: CashKind, amount_fen: Fen, reason: String },
    /// Closes the shift. `counted` null: nobody counted.
    CloseShift { request_id: String, counted: Option<Vec<Denomination>>, note: String },
    /// Shifts, newest first; a cashier sees the own ones.
    Shifts { limit: u32 },
    /// What closing a business day would seal (null: the present one).
    DayReport { business_date: Option<String> },
    /// Closes a business day: seals its rows (Z), closes an open shift with the same count.
    CloseDay { request_id: String, business_date: Option<String>, counted: Option<Vec<Denomination>>, note: String },
    /// Z reports, newest first.
    ZReports { limit: u32 },
    /// One Z report, checked against its rows.
    ZReport { number: u32 },
    // ── people ──
    /// Who works at this till.
    Session {},
    /// Signs a person in.
    SignIn { staff_id: i64, pin: Secret },
    /// Locks the till.
    Lock {},
    /// Approves one request of somebody else, by its id.
    Approve { for_request_id: String, staff_id: i64, pin: Secret },
    /// Uncovers the owner's figures for a while.
    Reveal { pin: Secret },
    /// Covers them again.
    Cover {},
    /// Somebody is at the till: keys or touches that ask for nothing. Keeps it from locking itself.
    Touch {},
    /// All people, those who left last.
    People {},
    /// Adds a person. The first must be an owner with a PIN: from then on the till is guarded.
    AddStaff { request_id: String, name: String, role: Role, pin: Option<Secret> },
    /// Changes a person; `left` ends or renews their work here. The last owner stays.
    UpdateStaff {
        request_id: String,
        staff_id: i64,
        name: Option<String>,
        role: Option<Role>,
        pin: Option<Secret>,
        left: Option<bool>,
    },
    /// The journal, newest first.
    Journal { filter: JournalFilter, limit: u32 },
    /// Walks the journal's chain from its first row.
    CheckJournal {},
    // ── files ──
    /// Starts writing a file: beside its place first, then renamed. `folder` empty: the exports folder of the shop.
    Export {
        request_id: String,
        table: ExportTable,
        preset: ExportPreset,
        span: Span,
        filter: SaleFilter,
        folder: String,
    },
    /// How an export stands.
    ExportJob { job_id: i64 },
    /// Stops an export; nothing of it stays.
    CancelExport { job_id: i64 },
    /// Exports made, newest first.
    Exports { limit: u32 },
    /// Reads a wallet's statement and checks it against the till. Either the content or a path on this computer. The same file twice adds nothing.
    ImportStatement {
        request_id: String,
        file: String,
        content_base64: Option<String>,
        path: Option<String>,
        password: Option<Secret>,
    },
    /// Statements read, newest first.
    Statements { limit: u32 },
    /// A statement checked anew.
    Statement { statement_id: i64, limit: u32 },
    /// Books a missed payment: the statement's line pays this ticket.
    AttachLine { request_id: String, line_id: i64, ticket_id: i64 },
    /// Books a missed payment as a sale of its own.
    OpenLine { request_id: String, line_id: i64, note: String },
    /// Puts a difference aside with a reason: of a line, or of a ticket that the statement does not have.
    SettleLine { request_id: String, statement_id: i64, line_id: Option<i64>, ticket_id: Option<i64>, reason: String },
    /// Makes a verified backup now; `folder` empty: the usual one.
    BackUp { request_id: String, folder: String },
    /// Backups in the usual folder, and how they go.
    Backups {},
    /// Looks at a backup file thoroughly.
    CheckBackup { path: String },
    /// Takes a prepared restore back.
    CancelRestore { request_id: String },
    /// Prepares a restore; it happens at the next start.
    Restore { request_id: String, path: String },
    // ── programs ──
    /// Programs that may open tickets.
    Programs {},
    /// Lets a program open tickets. Its secret is in this answer and never shown again.
    AddProgram { request_id: String, protocol: Protocol, settings: ProgramSettings },
    /// Replaces what is said about a program.
    UpdateProgram { request_id: String, program_id: i64, settings: ProgramSettings },
    /// Makes a new secret and a new token; the old ones end at once. Shown once.
    RenewProgram { request_id: String, program_id: i64 },
    /// Ends a program's key at once. Its waiting orders stay payable and are still told.
    RevokeProgram { request_id: String, program_id: i64 },
    /// Sends a signed sample callback about no order (`url` empty: the program's own address) and says how it went.
    TestProgram { request_id: String, program_id: i64, url: String },
    /// Orders of programs with their deliveries, newest first.
    ProgramOrders { program_id: Option<i64>, undelivered: bool, before_id: Option<i64>, limit: u32 },
    /// Sends an undelivered callback once more, now.
    SendAgain { request_id: String, ticket_id: i64 },
    // ── practice ──
    // ── contracts with providers ──
    /// The contracts page.
    Gateways {},
    /// What a pasted text or a picked file (base64) is. Nothing is kept.
    InspectKey { text: Secret, password: Option<Secret> },
    /// Makes a pair of RSA-2048 keys. Nothing is kept.
    MakeKeyPair {},
    /// Adds a contract with its values.
    AddGateway { request_id: String, provider: Channel, settings: GatewaySettings, values: Vec<GatewayValue> },
    /// Changes a contract's settings and those of its values that are named.
    UpdateGateway { request_id: String, gateway_id: i64, settings: GatewaySettings, values: Vec<GatewayValue> },
    /// Ends a contract; refused while a trade of it waits.
    EndGateway { request_id: String, gateway_id: i64 },
    /// Chooses the passphrase that locks the contracts' keys up where there is no keychain, or another one instead of
    /// `old`. At least 8 characters, as typed on any keyboard (NFC); spaces around it do not count.
    SetPassphrase { request_id: String, old: Option<Secret>, passphrase: Secret },
    /// Opens the contracts' keys until the till closes.
    UnlockContracts { passphrase: Secret },
    /// Gives up a passphrase that nobody remembers. What it locked up is put aside; the keys must be entered again.
    ForgetPassphrase { request_id: String },
    /// Asks the provider a harmless question.
    TestGateway { gateway_id: i64 },
    /// Charges the code on the customer's phone for a waiting ticket.
    Scan { request_id: String, ticket_id: i64, auth_code: Secret },
    /// Stops what waits for the customer: asked once more, then cancelled. The ticket waits on.
    StopScan { request_id: String, ticket_id: i64 },
    /// Asks the provider now how a ticket's trades stand.
    AskTrade { ticket_id: i64 },
    /// The trade that brought an inbox item's money; null: no provider did.
    TradeOfItem { item_id: i64 },
    /// Sends an inbox item's money back the way it came.
    ReturnItem { request_id: String, item_id: i64, reason: String },
    /// Fetches a day's bill (`YYYY-MM-DD`) and checks it against the till.
    FetchBill { request_id: String, gateway_id: i64, date: String },
    /// Makes the practice phone pay a ticket. Only in practice mode.
    PracticePay { request_id: String, ticket_id: i64, how: PracticePay },
}

/// For each verb, what comes back. Only its shape matters: it is how the TypeScript side learns the pairs.
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(dead_code, missing_docs, reason = "a type-level table for the bindings, never built")]
pub struct Replies {
    pub ring_up: TicketView,
    pub price_sale: Priced,
    pub sell_cash: TicketView,
    pub take_cash: TicketView,
    pub cancel: TicketView,
    pub confirm_by_hand: TicketView,
    pub ring_again: TicketView,
    pub show: DisplayState,
    pub show_cart: DisplayState,
    pub ticket: TicketView,
    pub waiting: Vec<TicketView>,
    pub tickets: Vec<TicketView>,
    pub today: Today,
    pub park: Vec<Parked>,
    pub parked: Vec<Parked>,
    pub unpark: Sale,
    pub items: Vec<QuickItem>,
    pub save_items: Vec<QuickItem>,
    pub inbox: InboxPage,
    pub inbox_item: InboxItem,
    pub accept: TicketView,
    pub open_sale: TicketView,
    pub ignore: InboxItem,
    pub inspect_picture: Vec<Inspected>,
    pub inspect_payload: Inspected,
    pub add_code: Vec<AccountView>,
    pub accounts: Vec<AccountView>,
    pub update_account: Vec<AccountView>,
    pub remove_code: Vec<AccountView>,
    pub add_device: Pairing,
    pub devices: Vec<DeviceView>,
    pub pairing: Pairing,
    pub revoke_device: Vec<DeviceView>,
    pub update_device: Vec<DeviceView>,
    pub settings: Settings,
    pub save_settings: Settings,
    pub display: DisplayState,
    pub display_link: DisplayLink,
    pub renew_display_link: DisplayLink,
    pub health: Health,
    pub refused: Vec<Refusal>,
    pub rules: RulesInfo,
    pub read_notice: NoticeVerdict,
    pub replay_rules: ReplayReport,
    pub mark_item: InboxItem,
    pub inbox_bulk: Vec<BulkResult>,
    pub not_received: NotReceived,
    pub totals: Totals,
    pub sales_index: SalesIndex,
    pub sales_rows: Vec<SaleRow>,
    pub search_sales: Vec<SaleRow>,
    pub timeline: Timeline,
    pub refund: TicketView,
    pub shift: Option<ShiftView>,
    pub open_shift: ShiftView,
    pub move_cash: ShiftView,
    pub close_shift: ShiftView,
    pub shifts: Vec<ShiftView>,
    pub day_report: DayReport,
    pub close_day: ZReport,
    pub z_reports: Vec<ZHead>,
    pub z_report: ZReport,
    pub session: SessionView,
    pub sign_in: SessionView,
    pub lock: SessionView,
    pub approve: Approved,
    pub reveal: SessionView,
    pub cover: SessionView,
    pub touch: SessionView,
    pub people: Vec<StaffView>,
    pub add_staff: Vec<StaffView>,
    pub update_staff: Vec<StaffView>,
    pub journal: Vec<JournalEntry>,
    pub check_journal: JournalCheck,
    pub export: ExportJob,
    pub export_job: ExportJob,
    pub cancel_export: ExportJob,
    pub exports: Vec<ExportLog>,
    pub import_statement: StatementCheck,
    pub statements: Vec<StatementHead>,
    pub statement: StatementCheck,
    pub attach_line: StatementCheck,
    pub open_line: StatementCheck,
    pub settle_line: StatementCheck,
    pub back_up: BackupView,
    pub backups: BackupList,
    pub check_backup: BackupView,
    pub cancel_restore: BackupList,
    pub restore: RestorePlan,
    pub programs: Programs,
    pub add_program: ProgramSecret,
    pub update_program: ProgramView,
    pub renew_program: ProgramSecret,
    pub revoke_program: ProgramView,
    pub test_program: TestCall,
    pub program_orders: OrderPage,
    pub send_again: OrderView,
    pub gateways: Gateways,
    pub inspect_key: Vec<KeyFacts>,
    pub make_key_pair: KeyPair,
    pub add_gateway: GatewayView,
    pub update_gateway: GatewayView,
    pub end_gateway: GatewayView,
    pub set_passphrase: GatewaySafe,
    pub unlock_contracts: GatewaySafe,
    pub forget_passphrase: GatewaySafe,
    pub test_gateway: GatewayTest,
    pub scan: TicketView,
    pub stop_scan: TicketView,
    pub ask_trade: TicketView,
    pub trade_of_item: Option<TradeView>,
    pub return_item: TradeView,
    pub fetch_bill: StatementCheck,
    pub practice_pay: PracticeStarted,
}

impl Request {
    /// The request id of a verb that changes something.
    pub fn request_id(&self) -> Option<&str> {
        use Request::*;
        match self {
            RingUp { request_id, .. }
            | SellCash { request_id, .. }
            | TakeCash { request_id, .. }
            | Cancel { request_id, .. }
            | ConfirmByHand { request_id, .. }
            | RingAgain { request_id, .. }
            | Park { request_id, .. }
            | Unpark { request_id, .. }
            | SaveItems { request_id, .. }
            | Accept { request_id, .. }
            | OpenSale { request_id, .. }
            | Ignore { request_id, .. }
            | AddCode { request_id, .. }
            | UpdateAccount { request_id, .. }
            | RemoveCode { request_id, .. }
            | AddDevice { request_id, .. }
            | RevokeDevice { request_id, .. }
            | UpdateDevice { request_id, .. }
            | SaveSettings { request_id, .. }
            | RenewDisplayLink { request_id, .. }
            | ReplayRules { request_id, .. }
            | MarkItem { request_id, .. }
            | InboxBulk { request_id, .. }
            | Refund { request_id, .. }
            | OpenShift { request_id, .. }
            | MoveCash { request_id, .. }
            | CloseShift { request_id, .. }
            | CloseDay { request_id, .. }
            | AddStaff { request_id, .. }
            | UpdateStaff { request_id, .. }
            | Export { request_id, .. }
            | ImportStatement { request_id, .. }
            | AttachLine { request_id, .. }
            | OpenLine { request_id, .. }
            | SettleLine { request_id, .. }
            | BackUp { request_id, .. }
            | CancelRestore { request_id }
            | Restore { request_id, .. }
            | AddProgram { request_id, .. }
            | UpdateProgram { request_id, .. }
            | RenewProgram { request_id, .. }
            | RevokeProgram { request_id, .. }
            | TestProgram { request_id, .. }
            | SendAgain { request_id, .. }
            | AddGateway { request_id, .. }
            | UpdateGateway { request_id, .. }
            | EndGateway { request_id, .. }
            | SetPassphrase { request_id, .. }
            | ForgetPassphrase { request_id, .. }
            | Scan { request_id, .. }
            | StopScan { request_id, .. }
            | ReturnItem { request_id, .. }
            | FetchBill { request_id, .. }
            | PracticePay { request_id, .. } => Some(request_id),
            PriceSale { .. }
            | Show { .. }
            | ShowCart { .. }
            | Ticket { .. }
            | Waiting {}
            | Tickets { .. }
            | Today {}
            | Parked {}
            | Items {}
            | Inbox { .. }
            | InboxItem { .. }
            | InspectPicture { .. }
            | InspectPayload { .. }
            | Accounts {}
            | Devices {}
            | Pairing { .. }
            | Settings {}
            | Display {}
            | DisplayLink {}
            | Health {}
            | Refused { .. }
            | Rules {}
            | NotReceived { .. }
            | Totals { .. }
            | SalesIndex { .. }
            | SalesRows { .. }
            | SearchSales { .. }
            | Timeline { .. }
            | Shift { .. }
            | Shifts { .. }
            | DayReport { .. }
            | ZReports { .. }
            | ZReport { .. }
            | Session { .. }
            | SignIn { .. }
            | Lock { .. }
            | Approve { .. }
            | Reveal { .. }
            | Cover { .. }
            | Touch { .. }
            | Programs {}
            | ProgramOrders { .. }
            | Gateways {}
            | InspectKey { .. }
            | MakeKeyPair {}
            | UnlockContracts { .. }
            | TestGateway { .. }
            | AskTrade { .. }
            | TradeOfItem { .. }
            | People { .. }
            | Journal { .. }
            | CheckJournal { .. }
            | ExportJob { .. }
            | CancelExport { .. }
            | Exports { .. }
            | Statements { .. }
            | Statement { .. }
            | Backups { .. }
            | CheckBackup { .. }
            | ReadNotice { .. } => None,
        }
    }
}
