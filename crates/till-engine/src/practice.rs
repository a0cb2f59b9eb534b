//! Practice: a shop with made-up codes, and a phone that sends real notification texts to the real port over HTTP
//! with a real signature, a few seconds after a ticket opens.

use std::sync::Arc;
use std::time::Duration;

use till_channels::phones::{smsforwarder, vmq};
use till_core::{Channel, Fen};
use till_store::NewCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::api::{ApiError, Code, Event, PracticePay, PracticeStarted, QuickItem, Settings, Status, TicketView};
use crate::state::{Paired, State, get, lock};
use crate::{view, words};

/// The practice phone pays this long after a ticket opened.
const PAYS_AFTER: Duration = Duration::from_secs(5);
/// …and this long after it was told how.
const PAYS_SOON: Duration = Duration::from_millis(1_500);
const BEAT: Duration = Duration::from_secs(30);
const REPLY: Duration = Duration::from_secs(5);

/// Furnishes an empty practice shop.
pub(crate) async fn furnish(state: &State) -> Result<(), ApiError> {
    let stored = |e| state.store_error(e);
    if state.store.accounts().await.map_err(stored)?.is_empty() {
        let lang = state.shop().settings.lang;
        let name = words::say(lang, "练习店", "Practice shop");
        let settings = Settings { shop_name: name, ..Settings::default() };
        state.save_settings("practice", "practice-settings", settings).await?;
        let codes = [
            (Channel::Wechat, "微信支付", "wxp://f2f0PRACTICE-qiantai-7K2M9Q4X"),
            (Channel::Alipay, "支付宝", "https://qr.alipay.com/PRACTICE0QIANTAI"),
        ];
        for (channel, label, payload) in codes {
            let new = NewCode {
                request_id: format!("practice-code-{channel}"),
                actor: String::new(),
                at: 0,
                account_id: None,
                channel,
                label: label.into(),
                payload: payload.into(),
                kind: String::new(),
                amount: None,
            };
            state.add_code("practice", new).await?;
        }
        let item = |(name, fen, category): (&str, i64, &str)| {
            let price_fen = Fen::new(fen).unwrap_or(Fen::ZERO);
            QuickItem { name: name.into(), price_fen, category: category.into() }
        };
        let tiles = [
            ("豆浆", 300, "饮品"),
            ("油条", 250, "面点"),
            ("鲜肉包", 250, "面点"),
            ("茶叶蛋", 200, "小菜"),
            ("小笼包", 1200, "面点"),
            ("牛肉面", 1800, "粥面"),
            ("鲜肉馄饨", 1200, "粥面"),
            ("煎饼果子", 800, "面点"),
        ];
        state.save_items("practice", "practice-items", tiles.map(item).to_vec()).await?;
    }
    if get(&state.devices).iter().all(|d| d.revoked) {
        state.add_device("practice", format!("practice-phone-{}", state.now()), "练习手机").await?;
    }
    Ok(())
}

pub(crate) fn start(state: &Arc<State>) {
    tokio::spawn(crate::background::until_closed(state.clone(), follow(state.clone())));
    tokio::spawn(crate::background::until_closed(state.clone(), beat(state.clone())));
}

/// Pays every ticket that opens, unless told otherwise in the meantime.
async fn follow(state: Arc<State>) {
    let mut events = state.bus.subscribe();
    loop {
        match events.recv().await {
            Ok(Event::TicketOpened { ticket }) => {
                let state = state.clone();
                tokio::spawn(crate::background::until_closed(state.clone(), async move {
                    sleep(PAYS_AFTER).await;
                    if !lock(&state.practice_pays).contains_key(&ticket.id) {
                        pay(&state, ticket.id, PracticePay::Exact).await;
                    }
                    lock(&state.practice_pays).remove(&ticket.id);
                }));
            }
            Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

async fn beat(state: Arc<State>) {
    loop {
        if let Some(phone) = phone(&state) {
            let t = state.now().to_string();
            let path = format!("/appHeart?t={t}&sign={}", vmq::heart_sign(&t, &phone.key));
            if let Err(cause) = send(&state, "GET", &path, "", "").await {
                tracing::debug!(%cause, "the practice phone could not reach the port");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        }
        sleep(BEAT).await;
    }
}

/// Tells the practice phone how to pay a ticket.
pub(crate) async fn order(
    state: &Arc<State>,
    request_id: String,
    ticket_id: i64,
    how: PracticePay,
) -> Result<PracticeStarted, ApiError> {
    let lang = state.shop().settings.lang;
    if !state.practice {
        return Err(words::error(
            lang,
            Code::Conflict,
            "只有练习模式才有练习手机",
            "Only practice mode has a practice phone",
        ));
    }
    state.ticket(ticket_id).await?;
    let coming = PracticeStarted { in_ms: i64::try_from(PAYS_SOON.as_millis()).unwrap_or(0) };
    if !lock(&state.practice_orders).insert(request_id) {
        return Ok(coming);
    }
    lock(&state.practice_pays).insert(ticket_id, how);
    let state = state.clone();
    tokio::spawn(crate::background::until_closed(state.clone(), async move {
        sleep(PAYS_SOON).await;
        pay(&state, ticket_id, how).await;
    }));
    Ok(coming)
}

fn phone(state: &State) -> Option<Paired> {
    get(&state.devices).iter().find(|d| !d.revoked).cloned()
}

/// The notice a wallet would show.
fn notice(channel: Channel, amount: Fen) -> (&'static str, String, String) {
    match channel {
        Channel::Alipay => (
            "com.eg.android.AlipayGphone",
            format!("你已成功收款{amount}元（新顾客消费）"),
            "已转入余额 立即查看余额>>".into(),
        ),
        _ => ("com.tencent.mm", "微信支付".into(), format!("微信支付收款{amount}元(朋友到店)")),
    }
}

async fn pay(state: &Arc<State>, ticket_id: i64, how: PracticePay) {
    let result = async {
        let ticket = state.ticket(ticket_id).await.map_err(|e| e.to_string())?;
        if ticket.status == Status::Open && how == PracticePay::Late {
            let cooldown = state.shop().settings.cooldown_expired_ms;
            let full = state.store.expire(ticket_id, state.now(), cooldown).await.map_err(|e| e.to_string())?;
            state.tell_ended(&view::ticket(state, full)).await;
            sleep(PAYS_SOON).await;
        } else if ticket.status != Status::Open && how == PracticePay::Exact {
            return Ok(());
        }
        let amount = match how {
            PracticePay::WrongAmount => wrong(state, &ticket).await?,
            _ => ticket.due_fen,
        };
        let channel = ticket.codes.first().map_or(Channel::Wechat, |c| c.channel);
        tell(state, channel, amount).await?;
        if how == PracticePay::Twice {
            sleep(PAYS_SOON).await;
            tell(state, channel, amount).await?;
        }
        Ok::<(), String>(())
    };
    if let Err(cause) = result.await {
        tracing::warn!(%cause, ticket_id, "the practice phone could not pay");
    }
}

/// What a customer types who rounds: the price without its tail; some jiao more if another ticket waits for that.
async fn wrong(state: &State, ticket: &TicketView) -> Result<Fen, String> {
    let taken: Vec<Fen> = state.waiting().await.map_err(|e| e.to_string())?.iter().map(|t| t.due_fen).collect();
    let price = ticket.due_fen.plus(ticket.tail_fen).map_err(|e| e.to_string())?;
    let more = |fen: i64| Fen::new(price.get() + fen).ok();
    let free = (0..100).filter_map(|n| more(n * 10)).find(|amount| !taken.contains(amount));
    free.ok_or_else(|| "every wrong amount is right for another ticket".into())
}

async fn tell(state: &State, channel: Channel, amount: Fen) -> Result<(), String> {
    let phone = phone(state).ok_or("the practice phone was revoked")?;
    let (package, title, text) = notice(channel, amount);
    let ts = state.now().to_string();
    let body = serde_json::json!({
        "v": 1, "from": package, "title": title, "text": text, "ts": ts,
        "sign": smsforwarder::sign(&ts, &phone.key), "device": phone.name, "battery": "81%",
    });
    let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", phone.token);
    send(state, "POST", "/api/v1/phones/smsforwarder", &headers, &body.to_string()).await
}

/// A plain HTTP request to our own port, as a phone would make it.
async fn send(state: &State, method: &str, path: &str, headers: &str, body: &str) -> Result<(), String> {
    let bound = lock(&state.listening).bound.clone();
    let (_, port) = bound.rsplit_once(':').ok_or("the port is closed")?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut reply = Vec::new();
        stream.take(65_536).read_to_end(&mut reply).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&reply).into_owned())
    };
    let reply = timeout(REPLY, exchange).await.map_err(|_| "no reply in time")?.map_err(|e| e.to_string())?;
    let first = reply.lines().next().unwrap_or_default();
    if first.contains(" 200 ") { Ok(()) } else { Err(format!("the port answered {first}")) }
}
