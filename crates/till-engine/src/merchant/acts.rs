//! One set of acts for every protocol: open, show, close, list. What they look like on the wire is the adapter's business.

use std::sync::Arc;

use till_channels::codes;
use till_channels::merchant::v1::{self, Back, Historic, HistoricAnswer, Pay};
use till_channels::merchant::{Ask, Done, Name, Order, Page, Phones, Proof, Reply, Stand, Tongue, Why};
use till_core::ticket::Status;
use till_core::{Channel, Fen};
use till_store::{OrderKey, OrderQuery, OrderRow, StoreError};

use super::memory::Asker;
use super::{MerchantRequest, call, in_the_tongue_of, open, protocol, show, trust, who, words};
use crate::api::Protocol;
use crate::gateways::surfaces::{self, Handed};
use crate::programs::{self, Program};
use crate::state::{State, get};

/// Waiting orders of Lyn.Pay that are looked through for a picture.
const MOST_WAITING: u32 = 500;

/// Who asks, proved, and what.
pub(super) async fn prove(state: &State, tongue: Tongue, request: &MerchantRequest) -> Result<(Program, Ask), Why> {
    let said = tongue.read(&call(request))?;
    let program = who::proved(state, request, protocol(tongue), &said.proof, said.once.as_ref())?;
    who::heard(state, &program, request).await;
    match said.ask {
        Ask::Bad(why) => Err(why),
        ask => Ok((program, ask)),
    }
}

pub(super) async fn act(state: &Arc<State>, tongue: Tongue, request: &MerchantRequest) -> Result<Reply, Why> {
    let said = tongue.read(&call(request))?;
    match (&said.proof, said.ask) {
        (Proof::OrderNo, Ask::Show(name)) => by_number(state, tongue, request, name, false).await,
        (Proof::OrderNo, Ask::Check(name)) => by_number(state, tongue, request, name, true).await,
        (Proof::Nobody, Ask::Picture(amount)) => Ok(tongue.answer(&Done::Picture(picture(state, amount).await?))),
        (proof, ask) => {
            let program = who::proved(state, request, protocol(tongue), proof, said.once.as_ref())?;
            who::heard(state, &program, request).await;
            proved(state, tongue, request, &program, ask).await
        }
    }
}

/// What a program that proved itself asks.
async fn proved(
    state: &Arc<State>,
    tongue: Tongue,
    request: &MerchantRequest,
    program: &Program,
    ask: Ask,
) -> Result<Reply, Why> {
    let base = show::base(state, Some(request));
    let view = |row: &OrderRow| show::order(state, &base, row);
    let signer = show::signer(program).ok_or(Why::NoSecret)?;
    Ok(match ask {
        Ask::Open(asked) => {
            let page = asked.page;
            let row = open::open(state, program, request, *asked).await?;
            tongue.answer(&Done::Opened { order: &view(&row), page })
        }
        Ask::Show(name) => tongue.answer(&Done::Shown(&view(&of(state, program, name).await?), signer)),
        Ask::Check(name) => tongue.answer(&Done::Checked(&view(&of(state, program, name).await?), signer)),
        Ask::Close { name, again } => {
            let row = close(state, program, of(state, program, name).await?, again).await?;
            tongue.answer(&Done::Closed(&view(&row)))
        }
        Ask::Health => tongue.answer(&Done::Health(phones(state).await?)),
        Ask::Account => tongue.answer(&Done::Account(&program.key_id)),
        Ask::Bought { product, buyer } => {
            let buyer = if buyer.is_empty() { trust::peer_text(request) } else { buyer };
            let bought = state.store.bought(program.id, &product, &buyer).await;
            tongue.answer(&Done::Bought(bought.map_err(|e| open::store(state, e))?))
        }
        Ask::List(page) => {
            let (rows, next) = list(state, program, &page).await?;
            let orders: Vec<Order> = rows.iter().map(view).collect();
            tongue.answer(&Done::Listed(&orders, next))
        }
        Ask::Pay { name, pay } => {
            let row = of(state, program, name).await?;
            match elsewhere(state, program, &row, &pay).await? {
                Handed::Over(paying) => tongue.answer(&Done::Paying(&paying)),
                Handed::Declined(refusal) => v1::declined(&refusal, &words::declined(state, &refusal)),
            }
        }
        Ask::Returned(query) => tongue.answer(&Done::Back(&returned(state, program, &query).await?)),
        Ask::Historic(asked) => tongue.answer(&Done::Historic(&historic(state, program, &asked).await?)),
        Ask::Bad(why) => return Err(why),
        Ask::Picture(_) | Ask::Listen => return Err(Why::NotFound),
    })
}

/// An order whose number is all the proof there is. Which of the family's protocols answers is its program's choice.
async fn by_number(
    state: &State,
    tongue: Tongue,
    request: &MerchantRequest,
    name: Name,
    check: bool,
) -> Result<Reply, Why> {
    let Name::OrderNo(order_no) = name else { return Err(Why::NotFound) };
    let row = state.store.order(OrderKey::OrderNo(order_no)).await.map_err(|e| open::store(state, e))?;
    let program = programs::program(state, row.program_id).ok_or(Why::NotFound)?;
    let tongue = in_the_tongue_of(tongue, program.protocol).ok_or(Why::NotFound)?;
    // Not noted as the program's: whoever asks has proved nothing.
    who::admit(state, &program, Asker::Customers(program.id))?;
    let order = show::order(state, &show::base(state, Some(request)), &row);
    let signer = show::signer(&program).ok_or(Why::NoSecret)?;
    Ok(tongue.answer(&if check { Done::Checked(&order, signer) } else { Done::Shown(&order, signer) }))
}

/// One of the program's own orders.
async fn of(state: &State, program: &Program, name: Name) -> Result<OrderRow, Why> {
    let key = match name {
        Name::OrderNo(no) => OrderKey::OrderNo(no),
        Name::OutNo(no) => OrderKey::OutNo(program.id, no),
    };
    let row = state.store.order(key).await.map_err(|e| open::store(state, e))?;
    if row.program_id == program.id { Ok(row) } else { Err(Why::NotFound) }
}

/// Has an order paid in the program's own app, site or mini program.
async fn elsewhere(state: &Arc<State>, program: &Program, row: &OrderRow, pay: &Pay) -> Result<Handed, Why> {
    let channel = pay.provider().channel();
    if !may_use(program, channel) || row.channel.is_some_and(|wanted| wanted != channel) {
        return Err(Why::Channel);
    }
    if !pay.addresses().all(|address| show::may_name(program, address)) {
        return Err(Why::ReturnUrl);
    }
    match show::stand(row, state.now()) {
        Stand::Waiting => surfaces::pay(state, open::actor(program), row, pay).await,
        Stand::Paid => Err(Why::Paid),
        Stand::Closed | Stand::Expired => Err(Why::Over),
    }
}

/// Where a customer's browser came back from. That it came back is no payment: the till's own book says whether there was
/// one.
async fn returned(state: &State, program: &Program, query: &str) -> Result<Back, Why> {
    let trade = surfaces::came_back(state, query).await?;
    let row = of_ticket(state, program, trade.ticket_id).await?;
    let paid = row.status == Status::Paid;
    if !paid {
        surfaces::hurry(state, row.id).await;
    }
    Ok(Back { out_trade_no: trade.out_no, ticket: row.order_no, trusted: true, paid })
}

async fn of_ticket(state: &State, program: &Program, ticket_id: i64) -> Result<OrderRow, Why> {
    let row = state.store.order(OrderKey::Id(ticket_id)).await.map_err(|e| open::store(state, e))?;
    if row.program_id == program.id { Ok(row) } else { Err(Why::NotFound) }
}

/// What providers spoke before. Addresses that customers and notices are sent to are bound as those of orders are.
async fn historic(state: &State, program: &Program, asked: &Historic) -> Result<HistoricAnswer, Why> {
    if let Some((_, why)) = asked.call.addresses().find(|(address, _)| !show::may_name(program, address)) {
        return Err(why);
    }
    match asked.with_its_own_keys() {
        Some(answer) => Ok(answer),
        None if !may_use(program, Channel::Alipay) => Err(Why::Channel),
        None => crate::gateways::historic::answer(state, asked).await,
    }
}

fn may_use(program: &Program, channel: Channel) -> bool {
    let channels = &program.settings.channels;
    channels.is_empty() || channels.contains(&channel)
}

/// Takes an order back. `again`: one that was taken back already is fine.
async fn close(state: &State, program: &Program, row: OrderRow, again: bool) -> Result<OrderRow, Why> {
    match show::stand(&row, state.now()) {
        Stand::Waiting => {}
        Stand::Closed if again => return Ok(row),
        Stand::Paid => return Err(Why::Paid),
        Stand::Closed | Stand::Expired => return Err(Why::Over),
    }
    // The order's number is random: nobody else ends it under this request id.
    let request_id = format!("close-{}", row.order_no);
    if let Err(cause) = state.cancel(&open::actor(program), request_id, row.id).await {
        return Err(match cause.code {
            crate::api::Code::Conflict => Why::Over,
            _ => Why::Unavailable,
        });
    }
    state.store.order(OrderKey::Id(row.id)).await.map_err(|e| open::store(state, e))
}

async fn list(state: &State, program: &Program, page: &Page) -> Result<(Vec<OrderRow>, Option<i64>), Why> {
    let query =
        OrderQuery { program_id: Some(program.id), undelivered: false, status: page.status, before_id: page.before_id };
    let limit = page.limit as usize;
    let mut rows = state.store.orders(query, page.limit.saturating_add(1)).await.map_err(|e| open::store(state, e))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|row| row.id).filter(|_| more);
    Ok((rows, next))
}

/// A JPEG of the code that waits for this amount. No secret: the customer is meant to see it, while it waits.
async fn picture(state: &State, amount: Fen) -> Result<Vec<u8>, Why> {
    let programs = get(&state.programs);
    for program in programs.iter().filter(|p| p.protocol == Protocol::Lyn && !p.revoked) {
        let query = OrderQuery { program_id: Some(program.id), status: Some(Status::Open), ..OrderQuery::default() };
        let waiting = state.store.orders(query, MOST_WAITING).await.map_err(|e| open::store(state, e))?;
        let wanted = |row: &&OrderRow| row.due == amount && show::stand(row, state.now()) == Stand::Waiting;
        if let Some(code) = waiting.iter().find(wanted).and_then(|row| row.offers.first()) {
            return codes::jpeg(&code.payload).map_err(|_| Why::NoCode);
        }
    }
    Err(Why::NotFound)
}

/// How the shop's phones do, in the words of `/getState`.
async fn phones(state: &State) -> Result<Phones, Why> {
    let rows = state.store.devices(i64::MAX).await.map_err(|e: StoreError| open::store(state, e))?;
    let live = || rows.iter().filter(|d| d.revoked_at.is_none());
    let seconds = |at: Option<i64>| at.unwrap_or(0) / 1_000;
    let heard = live().filter_map(|d| d.last_seen_at).max();
    let silent = heard.is_none_or(|at| state.now() - at > state.shop().settings.phone_offline_ms);
    Ok(Phones {
        heard_s: seconds(heard),
        money_s: seconds(live().filter_map(|d| d.receipt_at).max()),
        state: if live().next().is_none() { -1 } else { i8::from(!silent) },
    })
}
