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

export type Channel = "wechat" | "alipay" | "unionpay" | "ecny" | "bank" | "cash";

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

export type Code = "invalid" | "not_found" | "conflict" | "pool_exhausted" | "no_code" | "no_qr" | "unavailable" | "internal";

export type CodeView = { id: number, payload: string, kind: string, amount_fen: Fen | null, added_at: number, drawing: Drawing, };

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

export type DisplayPhase = { "phase": "idle", } | { "phase": "cart", lines: Array<Line>, price_fen: Fen, } | { "phase": "pay", ticket_id: number, number: number, tag: Tag, gross_fen: Fen, discount_fen: Fen, rounding_fen: Fen, tail_fen: Fen, due_fen: Fen, opened_at: number, expires_at: number, codes: Array<DisplayCode>, } | { "phase": "paid", number: number, tag: Tag, paid_fen: Fen, channel: Channel, change_fen: Fen | null, until: number, } | { "phase": "expired", number: number, tag: Tag, };

export type DisplayState = { shop_name: string, lang: Lang, light: boolean, practice: boolean, 
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
display: DisplayState, } | { "event": "settings://changed", } | { "event": "alert://failed", 
/**
 * The cause.
 */
cause: string, };

export type Exception = "none" | "late" | "by_hand" | "twice" | "over" | "under";

export type Fen = number;

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
phone_delay_ms: number | null, devices: Array<DeviceView>, inbox_open: number, refused_last_hour: number, has_codes: boolean, theme: Theme, };

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

export type Move = "cancel" | "take_cash" | "confirm_by_hand" | "ring_again";

export type NoticeVerdict = { 
/**
 * `receipt`, `not_receipt`, `unrecognised`.
 */
verdict: string, channel: Channel | null, amount_fen: Fen | null, rule: string, };

export type OfferedCode = { account_id: number, channel: Channel, label: string, payload: string, 
/**
 * True when the wallet fills in the amount itself; false: the customer types it.
 */
fixed_amount: boolean, drawing: Drawing, };

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

export type QuickItem = { name: string, price_fen: Fen, 
/**
 * Free text; tabs above the tiles are made from it.
 */
category: string, };

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

export type Replies = { ring_up: TicketView, price_sale: Priced, sell_cash: TicketView, take_cash: TicketView, cancel: TicketView, confirm_by_hand: TicketView, ring_again: TicketView, show: DisplayState, show_cart: DisplayState, ticket: TicketView, waiting: Array<TicketView>, tickets: Array<TicketView>, today: Today, park: Array<Parked>, parked: Array<Parked>, unpark: Sale, items: Array<QuickItem>, save_items: Array<QuickItem>, inbox: InboxPage, inbox_item: InboxItem, accept: TicketView, open_sale: TicketView, ignore: InboxItem, inspect_picture: Array<Inspected>, inspect_payload: Inspected, add_code: Array<AccountView>, accounts: Array<AccountView>, update_account: Array<AccountView>, remove_code: Array<AccountView>, add_device: Pairing, devices: Array<DeviceView>, pairing: Pairing, revoke_device: Array<DeviceView>, update_device: Array<DeviceView>, settings: Settings, save_settings: Settings, display: DisplayState, display_link: DisplayLink, renew_display_link: DisplayLink, health: Health, refused: Array<Refusal>, rules: RulesInfo, read_notice: NoticeVerdict, replay_rules: ReplayReport, practice_pay: PracticeStarted, };

export type Request = { "verb": "ring_up", request_id: string, sale: Sale, } | { "verb": "price_sale", sale: Sale, } | { "verb": "sell_cash", request_id: string, sale: Sale, tendered_fen: Fen | null, } | { "verb": "take_cash", request_id: string, ticket_id: number, tendered_fen: Fen | null, } | { "verb": "cancel", request_id: string, ticket_id: number, } | { "verb": "confirm_by_hand", request_id: string, ticket_id: number, channel: Channel, reason: string, } | { "verb": "ring_again", request_id: string, ticket_id: number, } | { "verb": "show", ticket_id: number | null, } | { "verb": "show_cart", sale: Sale | null, } | { "verb": "ticket", ticket_id: number, } | { "verb": "waiting", } | { "verb": "tickets", status: Status | null, limit: number, } | { "verb": "today", } | { "verb": "park", request_id: string, sale: Sale, } | { "verb": "parked", } | { "verb": "unpark", request_id: string, parked_id: number, } | { "verb": "items", } | { "verb": "save_items", request_id: string, items: Array<QuickItem>, } | { "verb": "inbox", filter: InboxFilter, limit: number, } | { "verb": "inbox_item", item_id: number, } | { "verb": "accept", request_id: string, item_id: number, ticket_id: number, } | { "verb": "open_sale", request_id: string, item_id: number, note: string, } | { "verb": "ignore", request_id: string, item_id: number, reason: string, } | { "verb": "inspect_picture", picture_base64: string, } | { "verb": "inspect_payload", payload: string, } | { "verb": "add_code", request_id: string, payload: string, channel: Channel, account_id: number | null, 
/**
 * Name of a new account.
 */
label: string, 
/**
 * Null for a code without an amount; the amount for one picture of a fixed-amount pool.
 */
amount_fen: Fen | null, } | { "verb": "accounts", } | { "verb": "update_account", request_id: string, account_id: number, label: string | null, enabled: boolean | null, position: number | null, } | { "verb": "remove_code", request_id: string, code_id: number, } | { "verb": "add_device", request_id: string, name: string, } | { "verb": "devices", } | { "verb": "pairing", device_id: number, } | { "verb": "revoke_device", request_id: string, device_id: number, } | { "verb": "update_device", request_id: string, device_id: number, name: string | null, account_ids: Array<number> | null, } | { "verb": "settings", } | { "verb": "save_settings", request_id: string, settings: Settings, } | { "verb": "display", } | { "verb": "display_link", } | { "verb": "renew_display_link", request_id: string, } | { "verb": "health", } | { "verb": "refused", limit: number, } | { "verb": "rules", } | { "verb": "read_notice", package: string, title: string, text: string, } | { "verb": "replay_rules", request_id: string, apply: boolean, } | { "verb": "practice_pay", request_id: string, ticket_id: number, how: PracticePay, };

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
volume: number, };

export type Status = "open" | "paid" | "expired" | "cancelled";

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

export type Theme = "system" | "light" | "dark";

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
proposed_item_id: number | null, moves: Array<Move>, };

export type Today = { business_date: string, count: number, sum_fen: Fen, };

export type Trail = { at: number, actor: string, act: string, detail: string, };

export type Why = "same_amount" | "price_without_tail" | "near_amount" | "ticket_ended" | "ticket_paid" | "only_one" | "just_before" | "other_account";
