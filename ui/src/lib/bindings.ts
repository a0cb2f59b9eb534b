// Generated from crates/till-engine/src/api. Do not edit: see bindings.rs there.

export type AccountView = { id: number, channel: Channel, label: string, enabled: boolean, codes: Array<CodeView>, };

export type ApiError = { 
/**
 * What a caller can act on.
 */
code: Code, 
/**
 * The human cause.
 */
message: string, 
/**
 * Named values, for instance `{"waiting": 12}`.
 */
details?: Record<string, unknown> | undefined, };

export type Approved = { by: string, until: number, };

export type Arrival = { at: number, channel: Channel, amount_fen: Fen, 
/**
 * Its ticket, or its inbox item with the reason.
 */
ticket_number: number | null, item_id: number | null, reason: InboxReason | null, 
/**
 * It could be this ticket's money: received − due, and received at − opened at (ms).
 */
near: boolean, delta_fen: Fen, delta_ms: number, };

export type AttemptOutcome = "delivered" | "answer" | "redirect" | "timeout" | "unreachable" | "tls" | "forbidden" | "bad_url" | "no_secret";

export type AttemptView = { nth: number, at: number, 
/**
 * `till`, or who pressed "send again".
 */
actor: string, outcome: AttemptOutcome, 
/**
 * HTTP status, if there was an answer.
 */
status: number | null, duration_ms: number, 
/**
 * The first 1024 bytes of the answer, as text.
 */
answer: string, 
/**
 * Why there was none.
 */
cause: string, };

export type BackupList = { folder: string, backups: Array<BackupView>, 
/**
 * Why the last try failed, empty if it went well.
 */
trouble: string, last_at: number | null, next_at: number | null, 
/**
 * A restore that the next start makes.
 */
prepared: RestorePlan | null, };

export type BackupSettings = { 
/**
 * After closing the day.
 */
on_close: boolean, 
/**
 * Hour of the shop's clock (0–23) for the daily copy; null: none. Missed while off: made at the next start.
 */
daily_hour: number | null, 
/**
 * Copies kept of the last days, weeks and months.
 */
keep_days: number, 
/**
 * See `keep_days`.
 */
keep_weeks: number, 
/**
 * See `keep_days`.
 */
keep_months: number, 
/**
 * Each copy goes here as well (a USB stick, another disk); empty: nowhere.
 */
second_folder: string, };

export type BackupView = { path: string, made_at: number, bytes: number, 
/**
 * Tickets and journal rows in it.
 */
tickets: number, journal_rows: number, schema: number, 
/**
 * Hex, of the file.
 */
sha256: string, 
/**
 * It hashes to what was noted and passes the integrity check. Null: not looked at yet.
 */
sound: boolean | null, 
/**
 * Why it is not sound, or a warning (older schema), in the shop's language.
 */
message: string, 
/**
 * On the second folder too.
 */
copied: boolean, };

export type BookAccount = { 
/**
 * 科目编码.
 */
code: string, 
/**
 * 科目名称.
 */
name: string, 
/**
 * Name in plain-text books, as `Assets:WeChat`.
 */
ledger: string, };

export type Booked = "auto" | "by_hand" | "cash";

export type Books = { 
/**
 * Money on WeChat Pay.
 */
wechat: BookAccount, 
/**
 * Money on Alipay.
 */
alipay: BookAccount, 
/**
 * Money on UnionPay.
 */
unionpay: BookAccount, 
/**
 * Digital yuan.
 */
ecny: BookAccount, 
/**
 * Money at the bank.
 */
bank: BookAccount, 
/**
 * Notes and coins.
 */
cash: BookAccount, 
/**
 * Sales.
 */
sales: BookAccount, 
/**
 * Fees of the channels.
 */
fees: BookAccount, 
/**
 * 凭证字.
 */
voucher_word: string, 
/**
 * 制单人.
 */
preparer: string, };

export type BulkAct = { "act": "accept", } | { "act": "open_sale", } | { "act": "mark", mark: Mark, note: string, } | { "act": "ignore", reason: string, };

export type BulkResult = { item_id: number, done: boolean, 
/**
 * Why not, in the shop's language.
 */
message: string, };

export type CashKind = "in" | "out";

export type CashMove = { id: number, kind: CashKind, amount_fen: Fen, reason: string, at: number, actor: string, };

export type Channel = "wechat" | "alipay" | "unionpay" | "ecny" | "bank" | "cash";

export type ChannelLine = { channel: Channel, payments: number, received_fen: Fen, refunds: number, refunded_fen: Fen, net_fen: Fen, 
/**
 * Of the payments, those with a notice from the phone, and those a person confirmed without one.
 */
with_notice: number, by_hand: number, };

export type CheckItem = { 
/**
 * `port` (the LAN port is open beyond this computer), `contact` (any authenticated request),
 * `heartbeat`, `push` (a notification arrived), `receipt` (one was understood as money), `clock` (skew is small).
 */
id: string, done: boolean, 
/**
 * A value to show (address, ms), language-neutral.
 */
detail: string, };

export type CheckLine = { outcome: CheckOutcome, line_id: number | null, line_at: number | null, line_fen: Fen | null, line_type: string, line_status: string, 
/**
 * Masked.
 */
counterparty: string, note: string, channel_id: string, order_no: string, fee_fen: Fen | null, ticket_id: number | null, ticket_number: number | null, ticket_date: string, ticket_at: number | null, ticket_fen: Fen | null, 
/**
 * Tickets it may belong to.
 */
candidates: Array<number>, 
/**
 * What a person did about it.
 */
resolution: string, };

export type CheckOutcome = "missing_in_statement" | "missing_in_till" | "amount_differs" | "ambiguous" | "refund_missing_in_till" | "refund_missing_in_statement" | "maybe" | "matched" | "fee" | "neither" | "settled";

export type CheckSum = { outcome: CheckOutcome, lines: number, sum_fen: Fen, };

export type CheckoutCode = { channel: Channel, 
/**
 * The wallet fills in the amount itself.
 */
fixed_amount: boolean, drawing: Drawing, 
/**
 * Path of a PNG of it, to be saved.
 */
picture: string, };

export type CheckoutState = { shop_name: string, lang: Lang, practice: boolean, 
/**
 * The till's clock, so that the page can count down without its own being right.
 */
now: number, 
/**
 * What the customer may name to the shop: `20261120-041`.
 */
order: string, title: string, status: CheckoutStatus, price_fen: Fen, due_fen: Fen, 
/**
 * Price less due.
 */
tail_fen: Fen, opened_at: number, expires_at: number, paid_at: number | null, paid_channel: Channel | null, 
/**
 * Empty unless it waits.
 */
codes: Array<CheckoutCode>, 
/**
 * Where the customer goes on: once paid with the protocol's signed fields, before that without. Null: nowhere.
 */
return_url: string | null, };

export type CheckoutStatus = "waiting" | "paid" | "expired" | "closed";

export type Code = "invalid" | "not_found" | "conflict" | "pool_exhausted" | "no_code" | "no_qr" | "locked" | "needs_approval" | "wrong_pin" | "needs_password" | "unavailable" | "internal";

export type CodeView = { id: number, payload: string, kind: string, amount_fen: Fen | null, added_at: number, drawing: Drawing, };

export type ContractHealth = { id: number, provider: Channel, name: string, 
/**
 * For real money; else a test system or a simulator.
 */
live: boolean, 
/**
 * Never `off` or `ended`.
 */
state: GatewayState, 
/**
 * When the first of its certificates runs out.
 */
expires_at: number | null, };

export type DayCount = { date: string, rows: number, net_fen: Fen, };

export type DayReport = { business_date: string, 
/**
 * The number the Z report would get, and whether it would be the day or a correction to it.
 */
z_number: number, nth: number, report: Report, 
/**
 * A shift is open; closing the day closes it with the same count.
 */
shift_open: boolean, 
/**
 * Earlier business days with rows that no Z report seals, oldest first.
 */
unclosed: Array<string>, };

export type DeclaredTotal = { name: string, declared: string, counted: string, agrees: boolean, };

export type DeliveryState = "waiting" | "delivered" | "given_up";

export type DeliveryView = { state: DeliveryState, created_at: number, next_at: number | null, delivered_at: number | null, 
/**
 * Oldest first.
 */
attempts: Array<AttemptView>, };

export type Denomination = { face_fen: Fen, pieces: number, };

export type DeviceState = "new" | "ok" | "late" | "offline" | "revoked";

export type DeviceView = { id: number, name: string, state: DeviceState, added_at: number, last_seen_at: number | null, last_address: string, 
/**
 * `vmq`, `smsforwarder`, `hmac`, `json`, `push`, or empty.
 */
protocol: string, battery: number | null, 
/**
 * Median delay from the phone's clock to ours, corrected by the measured skew, ms.
 */
delay_ms: number | null, 
/**
 * How far the phone's clock is off, ms (ours − theirs).
 */
skew_ms: number | null, today_count: number, account_ids: Array<number>, };

export type Discount = { "basis_points": number } | { "fen": Fen };

export type DisplayCode = { channel: Channel, label: string, fixed_amount: boolean, drawing: Drawing, };

export type DisplayLink = { url: string, drawing: Drawing, };

export type DisplayPhase = { "phase": "idle", } | { "phase": "cart", lines: Array<Line>, price_fen: Fen, } | { "phase": "pay", ticket_id: number, number: number, tag: Tag, gross_fen: Fen, discount_fen: Fen, rounding_fen: Fen, tail_fen: Fen, due_fen: Fen, opened_at: number, expires_at: number, codes: Array<DisplayCode>, } | { "phase": "processing", number: number, tag: Tag, due_fen: Fen, channel: Channel, 
/**
 * When the customer's time is up.
 */
until: number, } | { "phase": "paid", number: number, tag: Tag, paid_fen: Fen, channel: Channel, change_fen: Fen | null, until: number, } | { "phase": "expired", number: number, tag: Tag, };

export type DisplayState = { shop_name: string, lang: Lang, light: boolean, practice: boolean, 
/**
 * What is shown would be paid on a provider's test system or a simulator: no real money.
 */
sandbox: boolean, 
/**
 * The till's clock when this state was made.
 */
now: number, phase: DisplayPhase, };

export type Drawing = { size: number, 
/**
 * SVG path data, one unit a module.
 */
path: string, };

export type Event = { "event": "ticket://opened", 
/**
 * The new ticket.
 */
ticket: TicketView, } | { "event": "ticket://paid", 
/**
 * The paid ticket.
 */
ticket: TicketView, } | { "event": "ticket://changed", 
/**
 * Its new state.
 */
ticket: TicketView, } | { "event": "inbox://changed", 
/**
 * The item, when one item changed.
 */
item_id: number | null, 
/**
 * Why it is there.
 */
reason: InboxReason | null, 
/**
 * Its amount, if known.
 */
amount_fen: Fen | null, 
/**
 * Its channel, if known.
 */
channel: Channel | null, 
/**
 * Items that wait for a person.
 */
open: number, 
/**
 * True when it just arrived.
 */
alert: boolean, } | { "event": "device://changed", 
/**
 * Which device.
 */
device_id: number, 
/**
 * Its name.
 */
name: string, 
/**
 * Its state now.
 */
state: DeviceState, 
/**
 * True when `state` differs from what was announced before.
 */
state_changed: boolean, } | { "event": "port://refused", 
/**
 * The address it came from.
 */
address: string, 
/**
 * The cause, in the shop's language. Never a secret.
 */
cause: string, } | { "event": "display://changed", 
/**
 * The whole new state.
 */
display: DisplayState, } | { "event": "settings://changed", } | { "event": "session://changed", } | { "event": "shift://changed", } | { "event": "ticket://refunded", 
/**
 * The ticket with its refunds.
 */
ticket: TicketView, } | { "event": "export://changed", 
/**
 * How it stands.
 */
job: ExportJob, } | { "event": "statement://changed", 
/**
 * Which statement.
 */
statement_id: number, } | { "event": "backup://changed", 
/**
 * Why it failed, in the shop's language; empty if it went well.
 */
trouble: string, } | { "event": "programs://changed", } | { "event": "callback://changed", 
/**
 * The order's ticket.
 */
ticket_id: number, 
/**
 * Its number.
 */
number: number, 
/**
 * The program's name.
 */
program: string, 
/**
 * How it stands.
 */
state: DeliveryState, 
/**
 * Callbacks that wait or were given up.
 */
undelivered: number, } | { "event": "gateways://changed", } | { "event": "alert://failed", 
/**
 * The cause.
 */
cause: string, };

export type Exception = "none" | "late" | "by_hand" | "twice" | "over" | "under" | "refunded" | "part_refunded";

export type ExportJob = { id: number, state: JobState, table: ExportTable, preset: ExportPreset, from: string, to: string, 
/**
 * The file, once whole; where it will be, before.
 */
path: string, rows: number, 
/**
 * Rows to write, as far as known.
 */
of_rows: number | null, sum_fen: Fen, 
/**
 * Hex, once done.
 */
sha256: string, 
/**
 * Why it failed, in the shop's language.
 */
message: string, };

export type ExportLog = { id: number, at: number, actor: string, table: ExportTable, preset: ExportPreset, columns_version: number, from: string, to: string, file: string, rows: number, sum_fen: Fen, sha256: string, 
/**
 * Rows of this range written since: what a new export would add.
 */
changed_since: number, };

export type ExportPreset = "csv" | "excel_zh" | "xlsx" | "quickbooks" | "xero" | "gnucash" | "beancount" | "ledger" | "kingdee" | "kingdee_cloud" | "yonyou" | "yonyou_txt";

export type ExportTable = "sales" | "receipts" | "days" | "journal";

export type Fen = number;

export type Figures = { 
/**
 * Tickets paid (a ticket counts once, on the day of its first payment).
 */
sales: number, 
/**
 * Payments and refunds: the rows behind these figures.
 */
rows: number, received_fen: Fen, refunds: number, refunded_fen: Fen, net_fen: Fen, 
/**
 * `received / sales`, half away from zero; zero without sales.
 */
average_fen: Fen, gross_fen: Fen, discount_fen: Fen, rounding_fen: Fen, tail_fen: Fen, 
/**
 * Sales that were booked by themselves.
 */
auto: number, auto_fen: Fen, by_hand: number, by_hand_fen: Fen, };

export type GatewayCan = "code" | "scan" | "reverse" | "refund" | "bill";

export type GatewayDoubt = { id: number, at: number, provider: Channel, 
/**
 * `notice` or `relay`.
 */
source: string, 
/**
 * The cause, in the shop's language.
 */
cause: string, 
/**
 * Technical.
 */
detail: string, 
/**
 * The ticket it said it was about.
 */
ticket_id: number | null, size: number, };

export type GatewayField = { 
/**
 * As the provider calls it: `app_id`, `mchid`, `mer_id`…
 */
name: string, kind: GatewayFieldKind, choices: Array<string>, password_field: string | null, required: boolean, secret: boolean, filled: boolean, 
/**
 * The value, if it is no secret.
 */
text: string, 
/**
 * What the key or certificate in it is.
 */
facts: Array<KeyFacts>, 
/**
 * What is wrong with it, in the shop's language; empty if nothing.
 */
fault: string, };

export type GatewayFieldKind = "text" | "secret" | "choice" | "private_key" | "public_key" | "certificate" | "pfx";

export type GatewayForm = { provider: Channel, fields: Array<GatewayField>, 
/**
 * The provider has a test system.
 */
sandbox: boolean, };

export type GatewayPlace = { "place": "live" } | { "place": "sandbox" } | { "place": "simulator", address: string, };

export type GatewaySafe = "keychain" | "practice" | "no_passphrase" | "locked" | "open";

export type GatewaySettings = { 
/**
 * 1–40 characters.
 */
name: string, place: GatewayPlace, 
/**
 * Switched off: nothing new is begun through it; what was begun is seen to its end.
 */
enabled: boolean, 
/**
 * Tickets show its code instead of the shop's own code of this channel.
 */
shows_code: boolean, 
/**
 * The provider's public address of this till (`https://…`, ends in `/notify/<provider>`); empty: the till asks.
 */
notify_url: string, 
/**
 * Where notices are kept for this till (see the relay's contract); empty: nowhere.
 */
relay_url: string, };

export type GatewayState = "new" | "fine" | "trouble" | "no_secret" | "locked" | "incomplete" | "off" | "ended";

export type GatewayTest = { works: boolean, 
/**
 * In the shop's language: what it means and what to do.
 */
message: string, 
/**
 * The provider's own code and words, or the cause of the doubt.
 */
detail: string, took_ms: number, skew_ms: number | null, };

export type GatewayValue = { field: string, text: Secret, };

export type GatewayView = { id: number, provider: Channel, settings: GatewaySettings, state: GatewayState, 
/**
 * Why, in the shop's language; empty when fine.
 */
trouble: string, fields: Array<GatewayField>, can: Array<GatewayCan>, created_at: number, ended_at: number | null, last_answer_at: number | null, 
/**
 * This computer's clock minus the provider's, ms, from its last answer; beyond two minutes is a warning, beyond
 * five the provider refuses.
 */
skew_ms: number | null, 
/**
 * The first certificate or key that runs out.
 */
expires_at: number | null, 
/**
 * Trades that wait for an answer.
 */
waiting: number, };

export type Gateways = { 
/**
 * Oldest first; ended ones last.
 */
gateways: Array<GatewayView>, forms: Array<GatewayForm>, secrets: SecretPlace, safe: GatewaySafe, 
/**
 * Newest first.
 */
doubts: Array<GatewayDoubt>, 
/**
 * `http://host:port` of this computer, best first, for whoever forwards notices here.
 */
addresses: Array<string>, };

export type Health = { version: string, practice: boolean, now: number, 
/**
 * `host:port` the port listens on, empty when it could not be opened.
 */
listening: string, 
/**
 * Why the port is closed, empty when it is open.
 */
listen_error: string, 
/**
 * True while only this computer can reach the port (no device yet).
 */
loopback_only: boolean, 
/**
 * The best state among phones that are not revoked; `new` without any contact, null without a phone.
 */
phone: DeviceState | null, phone_last_seen_at: number | null, 
/**
 * Median delay of today's notices, ms.
 */
phone_delay_ms: number | null, devices: Array<DeviceView>, inbox_open: number, refused_last_hour: number, has_codes: boolean, 
/**
 * Channels whose payment codes can be scanned from the customer's phone.
 */
scans: Array<Channel>, 
/**
 * What customers' payment codes look like, of every provider, whether or not they can be scanned here.
 */
payment_codes: Array<PaymentCode>, 
/**
 * The contracts that are switched on, oldest first: another way to be paid than a phone.
 */
contracts: Array<ContractHealth>, 
/**
 * A contract in use is not for real money.
 */
sandbox: boolean, 
/**
 * Contracts wait for the passphrase of their keys.
 */
contracts_locked: boolean, theme: Theme, };

export type InboxFilter = "open" | "done" | "all";

export type InboxItem = { id: number, reason: InboxReason, state: InboxState, channel: Channel | null, amount_fen: Fen | null, received_at: number, 
/**
 * What the phone's clock said, if it said anything; evidence only.
 */
phone_at: number | null, device_name: string, package: string, title: string, text: string, payer_note: string | null, 
/**
 * The rule that read it, and the version of the rules.
 */
rule: string, rules_version: number, suggestions: Array<Suggestion>, 
/**
 * Put aside as no sale.
 */
mark: Mark | null, 
/**
 * Resolved to this ticket.
 */
ticket_id: number | null, ticket_number: number | null, resolved_at: number | null, resolution: string, 
/**
 * What happened to it, oldest first.
 */
trail: Array<Trail>, };

export type InboxPage = { items: Array<InboxItem>, open: number, 
/**
 * Receipts of today and how many of them found their ticket by themselves.
 */
today_receipts: number, today_auto: number, };

export type InboxReason = "unmatched" | "late" | "wrong_amount" | "duplicate" | "paid_twice" | "ambiguous" | "stale" | "unrecognised";

export type InboxState = "open" | "accepted" | "ignored" | "echo";

export type Inspected = { payload: string, channel: Channel | null, 
/**
 * Stable id such as `wechat_personal`, `alipay`, `unionpay`, `unknown`.
 */
kind: string, amount_fen: Fen | null, 
/**
 * The warning in the shop's language, empty if none.
 */
warning: string, 
/**
 * False when it must not be used (somebody's payment code, an add-friend code).
 */
usable: boolean, 
/**
 * The account that has this payload now.
 */
known_account_id: number | null, 
/**
 * An account of the same channel has another code: importing would change it.
 */
changes_code: boolean, drawing: Drawing, };

export type ItemSlice = { 
/**
 * Empty for amounts typed without a name.
 */
name: string, pieces: number, gross_fen: Fen, };

export type JobState = "running" | "done" | "cancelled" | "failed";

export type JournalCheck = { intact: boolean, rows: number, 
/**
 * The first row that does not fit.
 */
broken_seq: number | null, };

export type JournalEntry = { seq: number, at: number, actor: string, 
/**
 * `noun.verb`.
 */
act: string, 
/**
 * `ticket:41`.
 */
subject: string, 
/**
 * JSON.
 */
before: string, after: string, 
/**
 * Hex.
 */
hash: string, };

export type JournalFilter = { 
/**
 * Rows before this one (for the next page).
 */
before_seq: number | null, 
/**
 * Beginning of the act: `ticket.`, `refund.`…
 */
act: string, actor: string, 
/**
 * Exactly, as `ticket:41`.
 */
subject: string, 
/**
 * Business-day range in instants.
 */
from_at: number | null, to_at: number | null, };

export type KeyFacts = { 
/**
 * `private_key`, `public_key`, `certificate`, `pfx`, `secret`, `nothing`.
 */
kind: string, 
/**
 * `PKCS#1`, `PKCS#8`, `SPKI`, `X.509`, `PKCS#12`; empty for others.
 */
form: string, 
/**
 * `PEM`, `base64`, `DER`.
 */
wrapping: string, bits: number | null, 
/**
 * SHA-256 of the public half, first 16 hex digits: a pair has the same.
 */
fingerprint: string, subject: string, issuer: string, serial: string, not_before: number | null, not_after: number | null, 
/**
 * In one sentence, in the shop's language: what it is, and what is wrong with it.
 */
sentence: string, };

export type KeyPair = { 
/**
 * PKCS#8 in one line of base64, as Alipay's own tool writes it.
 */
private_key: string, 
/**
 * SubjectPublicKeyInfo in one line of base64: for the provider's console.
 */
public_key: string, fingerprint: string, };

export type Lang = "zh-CN" | "en";

export type Line = { 
/**
 * Name of the item, empty for a typed amount.
 */
name: string, 
/**
 * Price of one.
 */
price_fen: Fen, 
/**
 * How many (1–9999).
 */
count: number, };

export type Mark = "private" | "refund";

export type Move = "cancel" | "take_cash" | "confirm_by_hand" | "ring_again" | "refund";

export type NightlyFile = { 
/**
 * Which rows.
 */
table: ExportTable, 
/**
 * In which shape.
 */
preset: ExportPreset, };

export type NightlySettings = { 
/**
 * Whether.
 */
enabled: boolean, 
/**
 * Where to.
 */
folder: string, 
/**
 * Minutes after the start of a business day; the day before is written then, or at the next start.
 */
after_minutes: number, 
/**
 * Which tables, in which shape.
 */
files: Array<NightlyFile>, };

export type NotReceived = { 
/**
 * The ticket has been paid meanwhile.
 */
paid: boolean, phone: DeviceState | null, phone_last_seen_at: number | null, usual_delay_ms: number | null, 
/**
 * The last five receipts, newest first.
 */
arrivals: Array<Arrival>, 
/**
 * Open money that may be this ticket's, best first.
 */
near: Array<Arrival>, 
/**
 * What to say to the customer, in the shop's language.
 */
line: string, };

export type NoticeVerdict = { 
/**
 * `receipt`, `not_receipt`, `unrecognised`.
 */
verdict: string, channel: Channel | null, amount_fen: Fen | null, rule: string, };

export type OfferedCode = { 
/**
 * The receiving account; null: a provider's code, made for this ticket.
 */
account_id: number | null, channel: Channel, label: string, payload: string, 
/**
 * True when the wallet fills in the amount itself; false: the customer types it.
 */
fixed_amount: boolean, drawing: Drawing, };

export type OrderPage = { orders: Array<OrderView>, 
/**
 * Pass as `before_id` for the next page; null: there is none.
 */
next_before_id: number | null, };

export type OrderView = { 
/**
 * Of the order and of its ticket.
 */
ticket_id: number, number: number, business_date: string, program_id: number, program: string, order_no: string, 
/**
 * The program's own number.
 */
out_no: string, title: string, price_fen: Fen, due_fen: Fen, status: Status, created_at: number, shown_at: number | null, paid_at: number | null, 
/**
 * `/pay/{token}`.
 */
checkout_path: string, notify_url: string, 
/**
 * Null until it is paid, or when it has no address to be told at.
 */
delivery: DeliveryView | null, };

export type Pairing = { device: DeviceView, 
/**
 * Addresses of this computer the phone may try, best first, `host:port`.
 */
addresses: Array<string>, 
/**
 * The device's own key (V免签 and HMAC) and bearer token (everything else). Shown to the owner only.
 */
key: string, token: string, 
/**
 * `host:port/key`, and its code.
 */
host_key: string, host_key_drawing: Drawing, 
/**
 * `vmq://config?url=…&key=…`, and its code.
 */
vmq_config: string, vmq_config_drawing: Drawing, 
/**
 * For SmsForwarder: address, header lines, secret and template to paste.
 */
smsforwarder_url: string, smsforwarder_headers: string, smsforwarder_secret: string, smsforwarder_template: string, 
/**
 * For MacroDroid, Tasker and others: address with the token in a header, and a body to paste.
 */
push_url: string, push_body: string, 
/**
 * For the JSON of seed 002: address with the token in the path.
 */
json_url: string, checklist: Array<CheckItem>, };

export type Parked = { id: number, at: number, price_fen: Fen, sale: Sale, };

export type PaymentCode = { channel: Channel, prefixes: Array<string>, 
/**
 * Digits in all, at least and at most.
 */
min_len: number, max_len: number, };

export type PaymentView = { channel: Channel, amount_fen: Fen, 
/**
 * `auto`, `accepted`, `by_hand`, `cash`.
 */
how: string, at: number, reason: string, };

export type PracticePay = "exact" | "wrong_amount" | "late" | "twice";

export type PracticeStarted = { 
/**
 * It pays in this many ms.
 */
in_ms: number, };

export type Priced = { 
/**
 * Sum of the lines.
 */
gross_fen: Fen, 
/**
 * Taken off by the discount.
 */
discount_fen: Fen, 
/**
 * Taken off by rounding (negative where rounding goes up).
 */
rounding_fen: Fen, 
/**
 * What is asked before the tail.
 */
price_fen: Fen, };

export type Product = { name: string, 
/**
 * Tried in this order; the first that nobody else is asked to pay is taken.
 */
amounts_fen: Array<Fen>, 
/**
 * Stands in for any product that has no free amount of its own.
 */
global: boolean, };

export type ProgramSecret = { program: ProgramView, 
/**
 * What signs: V免签's 通讯密钥, GOGO's App-Secret, epay's key, the HMAC key. Empty for Lyn.Pay, which signs nothing.
 */
secret: string, 
/**
 * The API token that lets it create orders from another computer: as `Authorization: Bearer`, `X-Api-Token`, or in
 * the path, `/t/{token}/createOrder`.
 */
token: string, 
/**
 * The address to give to the program, with the token in it.
 */
address: string, };

export type ProgramSettings = { 
/**
 * 1–40 characters.
 */
name: string, 
/**
 * Channels it may charge on; empty: all.
 */
channels: Array<Channel>, 
/**
 * Callbacks and return addresses must begin with one of these (`https://shop.example.com/`): same scheme, host and
 * port, and a path below. Empty: it cannot be called back.
 */
callback_prefixes: Array<string>, 
/**
 * Where callbacks go when an order names no address; empty: nowhere.
 */
notify_url: string, 
/**
 * Where customers return to when an order names no address; empty: nowhere.
 */
return_url: string, 
/**
 * Callbacks may lead into this shop's own network although the prefix names a host by name. A prefix that spells out
 * a private address (or `localhost`) allows that one address without this.
 */
private_callbacks: boolean, 
/**
 * Addresses (`192.168.1.20`, `192.168.1.0/24`) that may create orders without the token.
 */
trusted_addresses: Array<string>, 
/**
 * Anybody with a right signature may create orders, token or not. V免签's and GOGO's signatures can be shifted
 * between fields; leave this off.
 */
open_creation: boolean, 
/**
 * How long its orders wait, in ms.
 */
ttl_ms: number, 
/**
 * Requests a minute.
 */
per_minute: number, 
/**
 * Lyn.Pay only.
 */
products: Array<Product>, };

export type ProgramState = "new" | "fine" | "trouble" | "no_secret" | "revoked";

export type ProgramView = { id: number, protocol: Protocol, 
/**
 * Its public name: App-Id, pid, key id.
 */
key_id: string, settings: ProgramSettings, state: ProgramState, created_at: number, revoked_at: number | null, last_used_at: number | null, last_address: string, 
/**
 * Orders of this business day.
 */
today: number, 
/**
 * Callbacks that wait or were given up.
 */
undelivered: number, };

export type Programs = { 
/**
 * Oldest first; revoked ones last.
 */
programs: Array<ProgramView>, secrets: SecretPlace, 
/**
 * `http://host:port` a program may call, best first; the public address of the settings before all.
 */
addresses: Array<string>, 
/**
 * Callbacks of all programs that wait or were given up.
 */
undelivered: number, };

export type Protocol = "vmq" | "gogo" | "epay" | "lyn" | "v1";

export type QuickItem = { name: string, price_fen: Fen, 
/**
 * Free text; tabs above the tiles are made from it.
 */
category: string, };

export type RecoveryCause = "missing" | "broken" | "behind" | "newer";

export type RecoveryChoice = { "choice": "restore", path: string, } | { "choice": "keep_going", } | { "choice": "start_empty", };

export type RecoveryView = { cause: RecoveryCause, 
/**
 * The database file.
 */
path: string, 
/**
 * What is wrong, in the language asked for.
 */
message: string, 
/**
 * Journal rows known to be lost, where that can be said.
 */
rows_lost: number | null, 
/**
 * Backups found here and in the second folder, newest first. The newest ones were looked at (`sound`).
 */
backups: Array<BackupView>, 
/**
 * `keep_going` may be chosen.
 */
can_keep_going: boolean, 
/**
 * `start_empty` may be chosen. Not where updating the program is the way.
 */
can_start_empty: boolean, 
/**
 * Where what is there now would be kept.
 */
kept_as: string, };

export type RefundKind = "refund" | "void";

export type RefundStage = "asked" | "pending" | "done" | "refused";

export type RefundView = { id: number, kind: RefundKind, channel: Channel, amount_fen: Fen, reference: string, reason: string, at: number, business_date: string, actor: string, approved_by: string | null, };

export type Refusal = { at: number, address: string, 
/**
 * Path without query.
 */
path: string, device_name: string, 
/**
 * Stable id: `bad_signature`, `unknown_device`, `revoked`, `malformed`, `too_large`, `too_fast`, `clock`, `reused`…
 */
cause: string, message: string, };

export type ReplayChange = { push_id: number, received_at: number, title: string, text: string, before: NoticeVerdict, after: NoticeVerdict, 
/**
 * True when applying it puts the receipt into the inbox; false when it only shows (money history stays).
 */
applies: boolean, };

export type ReplayReport = { read: number, applied: boolean, changes: Array<ReplayChange>, };

export type Replies = { ring_up: TicketView, price_sale: Priced, sell_cash: TicketView, take_cash: TicketView, cancel: TicketView, confirm_by_hand: TicketView, ring_again: TicketView, show: DisplayState, show_cart: DisplayState, ticket: TicketView, waiting: Array<TicketView>, tickets: Array<TicketView>, today: Today, park: Array<Parked>, parked: Array<Parked>, unpark: Sale, items: Array<QuickItem>, save_items: Array<QuickItem>, inbox: InboxPage, inbox_item: InboxItem, accept: TicketView, open_sale: TicketView, ignore: InboxItem, inspect_picture: Array<Inspected>, inspect_payload: Inspected, add_code: Array<AccountView>, accounts: Array<AccountView>, update_account: Array<AccountView>, remove_code: Array<AccountView>, add_device: Pairing, devices: Array<DeviceView>, pairing: Pairing, revoke_device: Array<DeviceView>, update_device: Array<DeviceView>, settings: Settings, save_settings: Settings, display: DisplayState, display_link: DisplayLink, renew_display_link: DisplayLink, health: Health, refused: Array<Refusal>, rules: RulesInfo, read_notice: NoticeVerdict, replay_rules: ReplayReport, mark_item: InboxItem, inbox_bulk: Array<BulkResult>, not_received: NotReceived, totals: Totals, sales_index: SalesIndex, sales_rows: Array<SaleRow>, search_sales: Array<SaleRow>, timeline: Timeline, refund: TicketView, shift: ShiftView | null, open_shift: ShiftView, move_cash: ShiftView, close_shift: ShiftView, shifts: Array<ShiftView>, day_report: DayReport, close_day: ZReport, z_reports: Array<ZHead>, z_report: ZReport, session: SessionView, sign_in: SessionView, lock: SessionView, approve: Approved, reveal: SessionView, cover: SessionView, touch: SessionView, people: Array<StaffView>, add_staff: Array<StaffView>, update_staff: Array<StaffView>, journal: Array<JournalEntry>, check_journal: JournalCheck, export: ExportJob, export_job: ExportJob, cancel_export: ExportJob, exports: Array<ExportLog>, import_statement: StatementCheck, statements: Array<StatementHead>, statement: StatementCheck, attach_line: StatementCheck, open_line: StatementCheck, settle_line: StatementCheck, back_up: BackupView, backups: BackupList, check_backup: BackupView, cancel_restore: BackupList, restore: RestorePlan, programs: Programs, add_program: ProgramSecret, update_program: ProgramView, renew_program: ProgramSecret, revoke_program: ProgramView, test_program: TestCall, program_orders: OrderPage, send_again: OrderView, gateways: Gateways, inspect_key: Array<KeyFacts>, make_key_pair: KeyPair, add_gateway: GatewayView, update_gateway: GatewayView, end_gateway: GatewayView, set_passphrase: GatewaySafe, unlock_contracts: GatewaySafe, forget_passphrase: GatewaySafe, test_gateway: GatewayTest, scan: TicketView, stop_scan: TicketView, ask_trade: TicketView, trade_of_item: TradeView | null, return_item: TradeView, fetch_bill: StatementCheck, practice_pay: PracticeStarted, };

export type Report = { 
/**
 * Rows with `from_at < at <= to_at`.
 */
from_at: number, to_at: number, figures: Figures, channels: Array<ChannelLine>, float_fen: Fen, cash_sales_fen: Fen, cash_refunds_fen: Fen, cash_in_fen: Fen, cash_out_fen: Fen, 
/**
 * `float + cash sales − cash refunds + in − out`.
 */
expected_cash_fen: Fen, counted: Array<Denomination>, 
/**
 * Null: nobody counted.
 */
counted_fen: Fen | null, 
/**
 * `counted − expected`.
 */
difference_fen: Fen | null, 
/**
 * Money without a ticket at that time: shown, not counted.
 */
unmatched: number, unmatched_fen: Fen, 
/**
 * Tickets that still wait.
 */
waiting: number, };

export type Request = { "verb": "ring_up", request_id: string, sale: Sale, } | { "verb": "price_sale", sale: Sale, } | { "verb": "sell_cash", request_id: string, sale: Sale, tendered_fen: Fen | null, } | { "verb": "take_cash", request_id: string, ticket_id: number, tendered_fen: Fen | null, } | { "verb": "cancel", request_id: string, ticket_id: number, } | { "verb": "confirm_by_hand", request_id: string, ticket_id: number, channel: Channel, reason: string, } | { "verb": "ring_again", request_id: string, ticket_id: number, } | { "verb": "show", ticket_id: number | null, } | { "verb": "show_cart", sale: Sale | null, } | { "verb": "ticket", ticket_id: number, } | { "verb": "waiting", } | { "verb": "tickets", status: Status | null, limit: number, } | { "verb": "today", } | { "verb": "park", request_id: string, sale: Sale, } | { "verb": "parked", } | { "verb": "unpark", request_id: string, parked_id: number, } | { "verb": "items", } | { "verb": "save_items", request_id: string, items: Array<QuickItem>, } | { "verb": "inbox", filter: InboxFilter, limit: number, } | { "verb": "inbox_item", item_id: number, } | { "verb": "accept", request_id: string, item_id: number, ticket_id: number, } | { "verb": "open_sale", request_id: string, item_id: number, note: string, } | { "verb": "ignore", request_id: string, item_id: number, reason: string, } | { "verb": "inspect_picture", picture_base64: string, } | { "verb": "inspect_payload", payload: string, } | { "verb": "add_code", request_id: string, payload: string, channel: Channel, account_id: number | null, 
/**
 * Name of a new account.
 */
label: string, 
/**
 * Null for a code without an amount; the amount for one picture of a fixed-amount pool.
 */
amount_fen: Fen | null, } | { "verb": "accounts", } | { "verb": "update_account", request_id: string, account_id: number, label: string | null, enabled: boolean | null, position: number | null, } | { "verb": "remove_code", request_id: string, code_id: number, } | { "verb": "add_device", request_id: string, name: string, } | { "verb": "devices", } | { "verb": "pairing", device_id: number, } | { "verb": "revoke_device", request_id: string, device_id: number, } | { "verb": "update_device", request_id: string, device_id: number, name: string | null, account_ids: Array<number> | null, } | { "verb": "settings", } | { "verb": "save_settings", request_id: string, settings: Settings, } | { "verb": "display", } | { "verb": "display_link", } | { "verb": "renew_display_link", request_id: string, } | { "verb": "health", } | { "verb": "refused", limit: number, } | { "verb": "rules", } | { "verb": "read_notice", package: string, title: string, text: string, } | { "verb": "replay_rules", request_id: string, apply: boolean, } | { "verb": "mark_item", request_id: string, item_id: number, mark: Mark, note: string, } | { "verb": "inbox_bulk", request_id: string, item_ids: Array<number>, act: BulkAct, } | { "verb": "not_received", ticket_id: number, } | { "verb": "totals", span: Span, filter: SaleFilter, } | { "verb": "sales_index", span: Span, filter: SaleFilter, } | { "verb": "sales_rows", date: string, filter: SaleFilter, offset: number, limit: number, } | { "verb": "search_sales", text: string, limit: number, } | { "verb": "timeline", ticket_id: number, } | { "verb": "refund", request_id: string, ticket_id: number, kind: RefundKind, channel: Channel, amount_fen: Fen, reference: string, reason: string, } | { "verb": "shift", } | { "verb": "open_shift", request_id: string, float_fen: Fen, } | { "verb": "move_cash", request_id: string, kind: CashKind, amount_fen: Fen, reason: string, } | { "verb": "close_shift", request_id: string, counted: Array<Denomination> | null, note: string, } | { "verb": "shifts", limit: number, } | { "verb": "day_report", business_date: string | null, } | { "verb": "close_day", request_id: string, business_date: string | null, counted: Array<Denomination> | null, note: string, } | { "verb": "z_reports", limit: number, } | { "verb": "z_report", number: number, } | { "verb": "session", } | { "verb": "sign_in", staff_id: number, pin: Secret, } | { "verb": "lock", } | { "verb": "approve", for_request_id: string, staff_id: number, pin: Secret, } | { "verb": "reveal", pin: Secret, } | { "verb": "cover", } | { "verb": "touch", } | { "verb": "people", } | { "verb": "add_staff", request_id: string, name: string, role: Role, pin: Secret | null, } | { "verb": "update_staff", request_id: string, staff_id: number, name: string | null, role: Role | null, pin: Secret | null, left: boolean | null, } | { "verb": "journal", filter: JournalFilter, limit: number, } | { "verb": "check_journal", } | { "verb": "export", request_id: string, table: ExportTable, preset: ExportPreset, span: Span, filter: SaleFilter, folder: string, } | { "verb": "export_job", job_id: number, } | { "verb": "cancel_export", job_id: number, } | { "verb": "exports", limit: number, } | { "verb": "import_statement", request_id: string, file: string, content_base64: string | null, path: string | null, password: Secret | null, } | { "verb": "statements", limit: number, } | { "verb": "statement", statement_id: number, limit: number, } | { "verb": "attach_line", request_id: string, line_id: number, ticket_id: number, } | { "verb": "open_line", request_id: string, line_id: number, note: string, } | { "verb": "settle_line", request_id: string, statement_id: number, line_id: number | null, ticket_id: number | null, reason: string, } | { "verb": "back_up", request_id: string, folder: string, } | { "verb": "backups", } | { "verb": "check_backup", path: string, } | { "verb": "cancel_restore", request_id: string, } | { "verb": "restore", request_id: string, path: string, } | { "verb": "programs", } | { "verb": "add_program", request_id: string, protocol: Protocol, settings: ProgramSettings, } | { "verb": "update_program", request_id: string, program_id: number, settings: ProgramSettings, } | { "verb": "renew_program", request_id: string, program_id: number, } | { "verb": "revoke_program", request_id: string, program_id: number, } | { "verb": "test_program", request_id: string, program_id: number, url: string, } | { "verb": "program_orders", program_id: number | null, undelivered: boolean, before_id: number | null, limit: number, } | { "verb": "send_again", request_id: string, ticket_id: number, } | { "verb": "gateways", } | { "verb": "inspect_key", text: Secret, password: Secret | null, } | { "verb": "make_key_pair", } | { "verb": "add_gateway", request_id: string, provider: Channel, settings: GatewaySettings, values: Array<GatewayValue>, } | { "verb": "update_gateway", request_id: string, gateway_id: number, settings: GatewaySettings, values: Array<GatewayValue>, } | { "verb": "end_gateway", request_id: string, gateway_id: number, } | { "verb": "set_passphrase", request_id: string, old: Secret | null, passphrase: Secret, } | { "verb": "unlock_contracts", passphrase: Secret, } | { "verb": "forget_passphrase", request_id: string, } | { "verb": "test_gateway", gateway_id: number, } | { "verb": "scan", request_id: string, ticket_id: number, auth_code: Secret, } | { "verb": "stop_scan", request_id: string, ticket_id: number, } | { "verb": "ask_trade", ticket_id: number, } | { "verb": "trade_of_item", item_id: number, } | { "verb": "return_item", request_id: string, item_id: number, reason: string, } | { "verb": "fetch_bill", request_id: string, gateway_id: number, date: string, } | { "verb": "practice_pay", request_id: string, ticket_id: number, how: PracticePay, };

export type RestorePlan = { from: BackupView, 
/**
 * Where the present database will be kept.
 */
kept_as: string, 
/**
 * Tickets and journal rows now in the till that the backup does not have.
 */
tickets_lost: number, journal_lost: number, };

export type Role = "cashier" | "manager" | "owner";

export type Rounding = "none" | "jiao" | "yuan" | "nearest_jiao";

export type RulesInfo = { version: number, 
/**
 * `built-in`, or the path of the user's file.
 */
origin: string, 
/**
 * Why the user's file is not in use, empty if fine.
 */
error: string, };

export type Sale = { 
/**
 * The lines (at most 200).
 */
lines: Array<Line>, 
/**
 * A discount on the whole.
 */
discount: Discount | null, 
/**
 * A note (at most 200 characters).
 */
note: string, };

export type SaleFilter = { 
/**
 * `refund` takes all money given back, voids included.
 */
kind: SaleKind | null, channel: Channel | null, 
/**
 * Hour of the shop's clock, 0–23.
 */
hour: number | null, 
/**
 * Day of the week of the business date, 1 (Monday) – 7.
 */
weekday: number | null, 
/**
 * Who rang it up; 0 means nobody was signed in.
 */
staff_id: number | null, 
/**
 * Name of an item on the ticket, exactly.
 */
item: string | null, booked: Booked | null, 
/**
 * Only rows written after the Z report of their day.
 */
after_close: boolean | null, };

export type SaleKind = "sale" | "refund" | "void";

export type SaleRow = { kind: SaleKind, at: number, business_date: string, ticket_id: number, number: number, tag: Tag, 
/**
 * Of the ticket, on the row of its first payment; zero on others.
 */
gross_fen: Fen, discount_fen: Fen, rounding_fen: Fen, tail_fen: Fen, 
/**
 * Signed: a refund is negative.
 */
net_fen: Fen, channel: Channel, staff: string, 
/**
 * `auto`, `accepted`, `by_hand`, `cash`, `refund`, `void`.
 */
how: string, late: boolean, refunded_fen: Fen, 
/**
 * From opening to payment, ms.
 */
took_ms: number | null, 
/**
 * Note of the ticket, or reason of the refund.
 */
note: string, 
/**
 * Written after the Z report of its day.
 */
after_close: boolean, };

export type SalesIndex = { days: Array<DayCount>, rows: number, net_fen: Fen, gross_fen: Fen, discount_fen: Fen, rounding_fen: Fen, tail_fen: Fen, received_fen: Fen, refunded_fen: Fen, };

export type Secret = string;

export type SecretPlace = "keychain" | "file";

export type SessionView = { 
/**
 * False until an owner with a PIN exists: the till is open to whoever stands before it, as the owner.
 */
guarded: boolean, 
/**
 * Nobody is signed in and the till is guarded: only selling screens' looks remain.
 */
locked: boolean, 
/**
 * Who is signed in.
 */
staff: StaffView | null, 
/**
 * What may be done now without anybody's approval.
 */
role: Role, 
/**
 * The owner's figures may be shown (always, when unguarded) until this instant.
 */
totals_until: number | null, totals_open: boolean, 
/**
 * Who may sign in, in the order added.
 */
people: Array<StaffView>, };

export type Settings = { 
/**
 * The name on both screens.
 */
shop_name: string, 
/**
 * Language.
 */
lang: Lang, 
/**
 * Theme of the till.
 */
theme: Theme, 
/**
 * Counter screen in light colours instead of navy.
 */
display_light: boolean, 
/**
 * IANA time zone of the shop; empty means the system's.
 */
time_zone: string, 
/**
 * Hour (0–12) at which a new business day starts.
 */
day_starts_at: number, 
/**
 * Time a ticket waits, in ms (default 3 minutes).
 */
ticket_ttl_ms: number, 
/**
 * How long an amount stays occupied after expiry or cancel, in ms (default 10 minutes).
 */
cooldown_expired_ms: number, 
/**
 * How long an amount stays occupied after payment, in ms (default 60 s).
 */
cooldown_paid_ms: number, 
/**
 * Which way a due amount may differ.
 */
tail_direction: TailDirection, 
/**
 * The most a due amount may differ from the price.
 */
tail_max_fen: Fen, 
/**
 * 抹零.
 */
rounding: Rounding, 
/**
 * A till that counts from cents: typing 1500 means 15.00.
 */
cents_first: boolean, 
/**
 * The interface the LAN port listens on.
 */
listen_host: string, 
/**
 * The LAN port.
 */
listen_port: number, 
/**
 * How customers' browsers reach this till from outside (`https://pay.example.com`); empty: as the request says.
 */
public_url: string, 
/**
 * Phone is late (amber) after this silence, in ms.
 */
phone_late_ms: number, 
/**
 * Phone is offline (red) after this silence, in ms.
 */
phone_offline_ms: number, 
/**
 * Desktop alert on payment.
 */
alert_paid: boolean, 
/**
 * Desktop alert on a late or unmatched payment.
 */
alert_inbox: boolean, 
/**
 * Desktop alert when a phone falls silent.
 */
alert_phone: boolean, 
/**
 * Chime on payment.
 */
sound: boolean, 
/**
 * Chime volume, 0–100.
 */
volume: number, 
/**
 * The till locks itself after this time without a key or a touch, in ms; 0: never. Only when guarded.
 */
auto_lock_ms: number, 
/**
 * The owner's figures are covered again after this time, in ms.
 */
reveal_ms: number, 
/**
 * Account codes for the bookkeeping files.
 */
books: Books, 
/**
 * Backups.
 */
backup: BackupSettings, 
/**
 * The nightly export.
 */
nightly: NightlySettings, };

export type ShiftView = { id: number, 
/**
 * Of its opening.
 */
business_date: string, opened_at: number, opened_by: string, closed_at: number | null, closed_by: string, note: string, report: Report, moves: Array<CashMove>, };

export type Slice = { key: string, 
/**
 * A name to show, when the key is not one.
 */
name: string, rows: number, received_fen: Fen, refunded_fen: Fen, net_fen: Fen, };

export type Span = { "span": "today", } | { "span": "yesterday", } | { "span": "week", } | { "span": "month", } | { "span": "custom", from: string, to: string, };

export type StaffView = { id: number, name: string, role: Role, has_pin: boolean, 
/**
 * Too many wrong PINs: no try before this instant.
 */
locked_until: number | null, added_at: number, left_at: number | null, };

export type Stage = "planned" | "waiting" | "ending" | "fading" | "paid" | "over";

export type StatementCheck = { head: StatementHead, sums: Array<CheckSum>, 
/**
 * Gravest first; matched lines last. At most `limit`.
 */
lines: Array<CheckLine>, declared: Array<DeclaredTotal>, 
/**
 * What to know about this file, in the shop's language.
 */
warnings: Array<string>, 
/**
 * Fees of the whole file.
 */
fees_fen: Fen, };

export type StatementHead = { id: number, file: string, 
/**
 * `wechat_personal`, `alipay_app`…
 */
format: string, channel: Channel | null, 
/**
 * As the file names it, masked.
 */
account: string, from_at: number | null, to_at: number | null, exported_at: number | null, imported_at: number, lines: number, 
/**
 * Lines this file added; the rest was known.
 */
new_lines: number, };

export type Status = "open" | "paid" | "expired" | "cancelled";

export type Step = { 
/**
 * `opened`, `received`, `asked` (it went to the inbox), `matched`, `paid`, `expired`, `cancelled`, `refunded`, `voided`;
 * for a program's order also `shown` (its checkout page was opened), `attempted` and `delivered`; of what goes through
 * a provider also `provider` (it, or somebody in its name, said something).
 */
what: string, at: number, actor: string, detail: string, };

export type Suggestion = { ticket_id: number, number: number, tag: Tag, status: Status, due_fen: Fen, price_fen: Fen, opened_at: number, 
/**
 * received − due.
 */
delta_fen: Fen, 
/**
 * received at − opened at, ms.
 */
delta_ms: number, why: Array<Why>, };

export type Tag = "fox" | "panda" | "rabbit" | "whale";

export type TailDirection = "down" | "up" | "both";

export type TestCall = { url: string, attempt: AttemptView, };

export type Theme = "system" | "light" | "dark";

export type TicketProgram = { program_id: number, name: string, 
/**
 * The counter screen shows it, and its payment may flood the till. Otherwise its customer is somewhere else: no
 * flood, no chime, only a line.
 */
counter: boolean, };

export type TicketView = { id: number, 
/**
 * Number within the business day, shown as `#041`.
 */
number: number, business_date: string, tag: Tag, status: Status, exception: Exception, lines: Array<Line>, note: string, gross_fen: Fen, discount_fen: Fen, rounding_fen: Fen, tail_fen: Fen, due_fen: Fen, opened_at: number, 
/**
 * Null for a cash sale.
 */
expires_at: number | null, 
/**
 * The till's clock when this view was made, so that a screen can count down without its own clock being right.
 */
now: number, paid_at: number | null, 
/**
 * How it was paid, newest last.
 */
payments: Array<PaymentView>, 
/**
 * What was given back, newest last.
 */
refunds: Array<RefundView>, refunded_fen: Fen, 
/**
 * Cash handed over and change given.
 */
tendered_fen: Fen | null, change_fen: Fen | null, 
/**
 * Codes, in the order offered; empty unless the ticket is open.
 */
codes: Array<OfferedCode>, 
/**
 * True while the counter screen shows it.
 */
shown: boolean, 
/**
 * A late receipt proposed to this ticket, to be accepted with one key.
 */
proposed_item_id: number | null, moves: Array<Move>, 
/**
 * Attempts to be paid through providers, oldest first.
 */
trades: Array<TradeView>, 
/**
 * The program that opened it; null: rung up here.
 */
program: TicketProgram | null, };

export type Timeline = { ticket: TicketView, steps: Array<Step>, };

export type Today = { business_date: string, count: number, sum_fen: Fen, };

export type Totals = { from: string, to: string, 
/**
 * The business day of now.
 */
today: string, time_zone: string, day_starts_at: number, figures: Figures, 
/**
 * What it is compared with: the same weekday a week before for a day, up to the same time of day for today;
 * else the range of the same length before. Null when there were no rows.
 */
before_from: string, before_to: string, before: Figures | null, by_day: Array<Slice>, by_hour: Array<Slice>, by_weekday: Array<Slice>, by_channel: Array<Slice>, by_staff: Array<Slice>, by_booked: Array<Slice>, 
/**
 * Most gross first, at most 200.
 */
by_item: Array<ItemSlice>, 
/**
 * Money without a ticket in this range: shown, not counted.
 */
unmatched: number, unmatched_fen: Fen, 
/**
 * Z reports of the days in range, newest first.
 */
closed: Array<ZHead>, 
/**
 * Rows of the range written after their day was closed.
 */
after_close: number, after_close_fen: Fen, };

export type TradeRefund = { id: number, amount_fen: Fen, kind: RefundKind, stage: RefundStage, reason: string, refund_no: string, actor: string, at: number, 
/**
 * Why it was refused or hangs, in the shop's language.
 */
message: string, };

export type TradeTrouble = "scan_again" | "other_means" | "new_number" | "not_allowed" | "settings" | "too_often" | "no_funds" | "too_late" | "other" | "doubt";

export type TradeView = { id: number, gateway_id: number, 
/**
 * The contract's name.
 */
gateway: string, channel: Channel, 
/**
 * Not real money.
 */
sandbox: boolean, 
/**
 * Our number; the provider's console finds it.
 */
out_no: string, trade_no: string | null, amount_fen: Fen, 
/**
 * We scanned the customer's code.
 */
scanned: boolean, stage: Stage, created_at: number, 
/**
 * When the customer's time is up.
 */
until: number, 
/**
 * When the provider is asked next.
 */
next_at: number | null, trouble: TradeTrouble | null, 
/**
 * In the shop's language; empty if there is nothing to say.
 */
message: string, refunds: Array<TradeRefund>, };

export type Trail = { at: number, actor: string, act: string, detail: string, };

export type Why = "same_amount" | "price_without_tail" | "near_amount" | "ticket_ended" | "ticket_paid" | "only_one" | "just_before" | "other_account";

export type ZHead = { number: number, business_date: string, 
/**
 * 1: the day; more: corrections after it.
 */
nth: number, closed_at: number, closed_by: string, rows: number, sum_fen: Fen, 
/**
 * Hash of the sealed rows, hex.
 */
hash: string, };

export type ZReport = { head: ZHead, note: string, report: Report, 
/**
 * True when the rows it sealed still hash to what it says, and it fits the Z before it.
 */
intact: boolean, 
/**
 * Rows of this business day written after it, that no Z seals yet: corrections.
 */
later: number, later_fen: Fen, };
