//! Every verb of [`Request`] to the act behind it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use till_core::Channel;
use till_store::NewCode;

use crate::api::{ApiError, Code, Request};
use crate::state::{State, get};
use crate::{access, display, gateways, practice, programs, rules, words};

const LONGEST_REQUEST_ID: usize = 64;

fn json(value: impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|cause| {
        tracing::error!(%cause, "a reply could not be written as JSON");
        ApiError::new(Code::Internal, cause.to_string())
    })
}

/// A request id is 1–64 visible ASCII characters.
fn check_request_id(state: &State, request: &Request) -> Result<(), ApiError> {
    let Some(id) = request.request_id() else { return Ok(()) };
    let fine = (1..=LONGEST_REQUEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    if fine {
        return Ok(());
    }
    let lang = state.shop().settings.lang;
    Err(words::error(
        lang,
        Code::Invalid,
        "请求编号要是 1 到 64 个可见字符",
        "A request id has 1 to 64 visible characters",
    ))
}

pub(crate) async fn dispatch(state: &Arc<State>, door: &str, request: Request) -> Result<Value, ApiError> {
    check_request_id(state, &request)?;
    let at = state.now();
    let who = access::enter(state, door, &request).await?;
    let approved = request.request_id().filter(|_| who.approved_by.is_some()).map(str::to_owned);
    let answer = act(state, &who, request).await?;
    if let Some(request_id) = approved {
        access::leave(state, &request_id, at).await;
    }
    Ok(answer)
}

async fn act(state: &Arc<State>, who: &access::Who, request: Request) -> Result<Value, ApiError> {
    let actor = who.actor.as_str();
    match request {
        Request::RingUp { request_id, sale } => json(state.ring_up(actor, request_id, sale).await?),
        Request::PriceSale { sale } => json(state.price(&sale)?),
        Request::SellCash { request_id, sale, tendered_fen } => {
            json(state.sell_cash(actor, request_id, sale, tendered_fen).await?)
        }
        Request::TakeCash { request_id, ticket_id, tendered_fen } => {
            let money = (Channel::Cash, String::new(), tendered_fen);
            json(state.settle_by_hand(actor, "take_cash", request_id, ticket_id, money).await?)
        }
        Request::Cancel { request_id, ticket_id } => json(state.cancel(actor, request_id, ticket_id).await?),
        Request::ConfirmByHand { request_id, ticket_id, channel, reason } => {
            json(state.confirm_by_hand(actor, request_id, ticket_id, channel, &reason).await?)
        }
        Request::RingAgain { request_id, ticket_id } => json(state.ring_again(actor, request_id, ticket_id).await?),
        Request::Show { ticket_id } => json(display::show(state, ticket_id).await?),
        Request::ShowCart { sale } => json(display::cart(state, sale)),
        Request::Ticket { ticket_id } => json(state.ticket(ticket_id).await?),
        Request::Waiting {} => json(state.waiting().await?),
        Request::Tickets { status, limit } => json(state.tickets(status, limit).await?),
        Request::Today {} => json(state.today().await?),
        Request::Park { request_id, sale } => json(state.park(&request_id, &sale).await?),
        Request::Parked {} => json(state.parked().await?),
        Request::Unpark { request_id, parked_id } => json(state.unpark(&request_id, parked_id).await?),
        Request::Items {} => json(state.items().await?),
        Request::SaveItems { request_id, items } => json(state.save_items(actor, &request_id, items).await?),
        Request::Inbox { filter, limit } => json(state.inbox(filter, limit).await?),
        Request::InboxItem { item_id } => json(state.inbox_item(item_id).await?),
        Request::Accept { request_id, item_id, ticket_id } => {
            json(state.accept(actor, request_id, item_id, ticket_id).await?)
        }
        Request::OpenSale { request_id, item_id, note } => {
            json(state.open_sale(actor, request_id, item_id, &note).await?)
        }
        Request::Ignore { request_id, item_id, reason } => {
            json(state.ignore(actor, &request_id, item_id, &reason).await?)
        }
        Request::InspectPicture { picture_base64 } => json(state.inspect_picture(picture_base64).await?),
        Request::InspectPayload { payload } => json(state.inspect(payload.trim()).await?),
        Request::AddCode { request_id, payload, channel, account_id, label, amount_fen } => {
            let (kind, actor_then, at) = (String::new(), String::new(), 0);
            let new = NewCode {
                request_id,
                actor: actor_then,
                at,
                account_id,
                channel,
                label,
                payload,
                kind,
                amount: amount_fen,
            };
            json(state.add_code(actor, new).await?)
        }
        Request::Accounts {} => json(state.accounts().await?),
        Request::UpdateAccount { request_id, account_id, label, enabled, position } => {
            let label = label.map(|l| l.trim().chars().take(40).collect());
            let saved =
                state.store.update_account(&request_id, account_id, label, enabled, position, state.now(), actor).await;
            saved.map_err(|e| state.store_error(e))?;
            state.emit(crate::api::Event::SettingsChanged {});
            json(state.accounts().await?)
        }
        Request::RemoveCode { request_id, code_id } => {
            let removed = state.store.retire_code(&request_id, code_id, state.now(), actor).await;
            removed.map_err(|e| state.store_error(e))?;
            state.emit(crate::api::Event::SettingsChanged {});
            json(state.accounts().await?)
        }
        Request::AddDevice { request_id, name } => json(state.add_device(actor, request_id, &name).await?),
        Request::Devices {} => json(state.devices().await?),
        Request::Pairing { device_id } => json(state.pairing(device_id).await?),
        Request::RevokeDevice { request_id, device_id } => {
            json(state.revoke_device(actor, &request_id, device_id).await?)
        }
        Request::UpdateDevice { request_id, device_id, name, account_ids } => {
            json(state.update_device(actor, &request_id, device_id, name, account_ids).await?)
        }
        Request::Settings {} => json(&state.shop().settings),
        Request::SaveSettings { request_id, settings } => {
            json(state.save_settings(actor, &request_id, *settings).await?)
        }
        Request::Display {} => json(display::current(state)),
        Request::DisplayLink {} => json(state.display_link().await?),
        Request::RenewDisplayLink { request_id } => {
            state.renew_display_token(actor, Some(&request_id)).await?;
            json(state.display_link().await?)
        }
        Request::Health {} => json(state.health().await?),
        Request::Refused { limit } => json(state.refused_list(limit).await?),
        Request::Rules {} => json(get(&state.rules).info()),
        Request::ReadNotice { package, title, text } => json(get(&state.rules).read(&package, &title, &text)),
        Request::ReplayRules { request_id: _, apply } => {
            // The file is read anew: replay is what follows a change of rules.
            crate::state::set(&state.rules, rules::RuleBook::load(Some(&state.dir)));
            let report = rules::replay(state, apply, actor).await?;
            if apply {
                state.tell_inbox(None, None, None, false).await;
            }
            json(report)
        }
        Request::MarkItem { request_id, item_id, mark, note } => {
            json(crate::inbox_acts::mark_item(state, who, request_id, item_id, mark, note).await?)
        }
        Request::InboxBulk { request_id, item_ids, act } => {
            json(crate::inbox_acts::bulk(state, who, request_id, item_ids, act).await?)
        }
        Request::NotReceived { ticket_id } => json(crate::not_received::not_received(state, ticket_id).await?),
        Request::Totals { span, filter } => json(crate::totals::totals(state, who, span, filter).await?),
        Request::SalesIndex { span, filter } => json(crate::totals::sales_index(state, who, span, filter).await?),
        Request::SalesRows { date, filter, offset, limit } => {
            json(crate::totals::sales_rows(state, who, date, filter, offset, limit).await?)
        }
        Request::SearchSales { text, limit } => json(crate::totals::search_sales(state, who, text, limit).await?),
        Request::Timeline { ticket_id } => json(crate::totals::timeline(state, who, ticket_id).await?),
        Request::Refund { request_id, ticket_id, kind, channel, amount_fen, reference, reason } => json(
            crate::refund::refund(state, who, request_id, ticket_id, kind, channel, amount_fen, reference, reason)
                .await?,
        ),
        Request::Shift {} => json(crate::shift::current(state, who).await?),
        Request::OpenShift { request_id, float_fen } => {
            json(crate::shift::open(state, who, request_id, float_fen).await?)
        }
        Request::MoveCash { request_id, kind, amount_fen, reason } => {
            json(crate::shift::move_cash(state, who, request_id, kind, amount_fen, reason).await?)
        }
        Request::CloseShift { request_id, counted, note } => {
            json(crate::shift::close(state, who, request_id, counted, note).await?)
        }
        Request::Shifts { limit } => json(crate::shift::list(state, who, limit).await?),
        Request::DayReport { business_date } => json(crate::shift::day_report(state, who, business_date).await?),
        Request::CloseDay { request_id, business_date, counted, note } => {
            json(crate::shift::close_day(state, who, request_id, business_date, counted, note).await?)
        }
        Request::ZReports { limit } => json(crate::shift::z_reports(state, who, limit).await?),
        Request::ZReport { number } => json(crate::shift::z_report(state, who, number).await?),
        Request::Session {} => json(crate::staff::session(state, who).await?),
        Request::SignIn { staff_id, pin } => json(crate::staff::sign_in(state, who, staff_id, pin).await?),
        Request::Lock {} => json(crate::staff::lock_till(state, who).await?),
        Request::Approve { for_request_id, staff_id, pin } => {
            json(crate::staff::approve(state, who, for_request_id, staff_id, pin).await?)
        }
        Request::Reveal { pin } => json(crate::staff::reveal(state, who, pin).await?),
        Request::Touch {} => json(crate::staff::session(state, who).await?),
        Request::Cover {} => json(crate::staff::cover(state, who).await?),
        Request::People {} => json(crate::staff::people(state, who).await?),
        Request::AddStaff { request_id, name, role, pin } => {
            json(crate::staff::add_staff(state, who, request_id, name, role, pin).await?)
        }
        Request::UpdateStaff { request_id, staff_id, name, role, pin, left } => {
            json(crate::staff::update_staff(state, who, request_id, staff_id, name, role, pin, left).await?)
        }
        Request::Journal { filter, limit } => json(crate::journal::list(state, who, filter, limit).await?),
        Request::CheckJournal {} => json(crate::journal::check(state, who).await?),
        Request::Export { request_id, table, preset, span, filter, folder } => {
            let wish = crate::export::Wish { table, preset, span, filter, folder };
            json(crate::export::start(state, who, request_id, wish).await?)
        }
        Request::ExportJob { job_id } => json(crate::export::job(state, who, job_id).await?),
        Request::CancelExport { job_id } => json(crate::export::cancel(state, who, job_id).await?),
        Request::Exports { limit } => json(crate::export::log(state, who, limit).await?),
        Request::ImportStatement { request_id, file, content_base64, path, password } => {
            json(crate::statement::import(state, who, request_id, file, content_base64, path, password).await?)
        }
        Request::Statements { limit } => json(crate::statement::list(state, limit).await?),
        Request::Statement { statement_id, limit } => json(crate::statement::check(state, statement_id, limit).await?),
        Request::AttachLine { request_id, line_id, ticket_id } => {
            json(crate::statement::attach(state, who, request_id, line_id, ticket_id).await?)
        }
        Request::OpenLine { request_id, line_id, note } => {
            json(crate::statement::open(state, who, request_id, line_id, note).await?)
        }
        Request::SettleLine { request_id, statement_id, line_id, ticket_id, reason } => {
            json(crate::statement::settle(state, who, request_id, statement_id, line_id, ticket_id, reason).await?)
        }
        Request::BackUp { request_id, folder } => json(crate::backup::back_up(state, who, request_id, folder).await?),
        Request::Backups {} => json(crate::backup::list(state).await?),
        Request::CheckBackup { path } => json(crate::backup::check(state, path).await?),
        Request::CancelRestore { request_id } => json(crate::backup::cancel_restore(state, who, request_id).await?),
        Request::Restore { request_id, path } => json(crate::backup::restore(state, who, request_id, path).await?),
        Request::Programs {} => json(programs::list(state).await?),
        Request::AddProgram { request_id, protocol, settings } => {
            json(programs::add(state, actor, &request_id, protocol, settings).await?)
        }
        Request::UpdateProgram { request_id, program_id, settings } => {
            json(programs::update(state, actor, &request_id, program_id, settings).await?)
        }
        Request::RenewProgram { request_id, program_id } => {
            json(programs::renew(state, actor, &request_id, program_id).await?)
        }
        Request::RevokeProgram { request_id, program_id } => {
            json(programs::revoke(state, actor, &request_id, program_id).await?)
        }
        Request::TestProgram { request_id, program_id, url } => {
            json(programs::test(state, actor, &request_id, program_id, &url).await?)
        }
        Request::ProgramOrders { program_id, undelivered, before_id, limit } => {
            json(programs::orders(state, program_id, undelivered, before_id, limit).await?)
        }
        Request::SendAgain { request_id, ticket_id } => {
            json(programs::send_again(state, actor, &request_id, ticket_id).await?)
        }
        Request::Gateways {} => json(gateways::list(state).await?),
        Request::InspectKey { text, password } => json(gateways::inspect(state, text, password).await?),
        Request::MakeKeyPair {} => json(gateways::make_key_pair(state).await?),
        Request::AddGateway { request_id, provider, settings, values } => {
            json(gateways::add(state, actor, &request_id, provider, settings, values).await?)
        }
        Request::UpdateGateway { request_id, gateway_id, settings, values } => {
            json(gateways::update(state, actor, &request_id, gateway_id, settings, values).await?)
        }
        Request::EndGateway { request_id, gateway_id } => {
            json(gateways::end(state, actor, &request_id, gateway_id).await?)
        }
        Request::SetPassphrase { request_id, old, passphrase } => {
            json(gateways::passphrase::set(state, actor, &request_id, old, passphrase).await?)
        }
        Request::UnlockContracts { passphrase } => json(gateways::passphrase::unlock(state, passphrase).await?),
        Request::ForgetPassphrase { request_id } => {
            json(gateways::passphrase::forget(state, actor, &request_id).await?)
        }
        Request::TestGateway { gateway_id } => json(gateways::test(state, gateway_id).await?),
        Request::Scan { request_id, ticket_id, auth_code } => {
            json(gateways::scan(state, actor, request_id, ticket_id, &auth_code).await?)
        }
        Request::StopScan { request_id, ticket_id } => {
            json(gateways::stop_scan(state, actor, &request_id, ticket_id).await?)
        }
        Request::AskTrade { ticket_id } => json(gateways::ask_trade(state, ticket_id).await?),
        Request::TradeOfItem { item_id } => json(gateways::trade_of_item(state, item_id).await?),
        Request::ReturnItem { request_id, item_id, reason } => {
            json(gateways::return_item(state, who, request_id, item_id, &reason).await?)
        }
        Request::FetchBill { request_id, gateway_id, date } => {
            json(gateways::fetch_bill(state, who, request_id, gateway_id, date).await?)
        }
        Request::PracticePay { request_id, ticket_id, how } => {
            json(practice::order(state, request_id, ticket_id, how).await?)
        }
    }
}
