//! Connections and faults: each request is heard, logged, answered by its provider, and spoiled as ordered.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::fault::{Asked, Fault, Question, Step};
use super::ledger::Provider;
use super::wire::{Hand, Reply, Request, nowhere};
use super::{Shared, alipay, unionpay, wechat};
use crate::clock;

/// The largest request that is read.
const LONGEST: usize = 1 << 20;

/// The other side finds its connection closed.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up, as ordered")
    }
}

impl std::error::Error for HungUp {}

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| hear(shared.clone(), request));
            // An error here is a connection that ended: the test ordered it, or the client went away.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn hear(shared: Arc<Shared>, request: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, HungUp> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST).collect().await.map_err(|_| HungUp)?.to_bytes().to_vec();
    let headers =
        head.headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body,
    };
    let reply = answer(&shared, &request).await.ok_or(HungUp)?;
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(reply.body.into())).map_err(|_| HungUp)
}

/// None: the connection ends without an answer.
async fn answer(shared: &Shared, request: &Request) -> Option<Reply> {
    let Some((provider, question)) = route(request) else { return Some(nowhere()) };
    let step = question.step;
    let fault = {
        let mut book = shared.book();
        let fault = book.faults.take(provider, &question);
        let out_no = question.out_no;
        book.asked.push(Asked { at: clock(), provider, step, out_no, fault: fault.clone() });
        fault
    };
    let hand = match &fault {
        Some(Fault::LoseRequest) => return None,
        Some(Fault::Error { status, body }) => return Some(Reply::new(*status, "text/html", body.clone())),
        Some(Fault::ProviderCode(code, sub_code)) => {
            return Some(refuse(shared, provider, request, code, sub_code));
        }
        Some(Fault::WrongSignature) => Hand::Stranger,
        Some(Fault::Unsigned) => Hand::Nobody,
        _ => Hand::Own,
    };
    if fault == Some(Fault::Duplicate) {
        act(shared, provider, step, request, hand);
    }
    let reply = act(shared, provider, step, request, hand);
    // What was spoiled is no answer that could come again.
    let before = if hand == Hand::Own { shared.book().before.insert((provider, step), reply.clone()) } else { None };
    match fault {
        Some(Fault::LoseAnswer) => None,
        Some(Fault::Garbage) => {
            Some(Reply::new(reply.status, "text/plain", "\u{fffd}<{\"trade_status\":\"TRADE_SUCCESS\""))
        }
        Some(Fault::OldAnswer) => Some(before.unwrap_or(reply)),
        Some(Fault::Delay(ms)) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Some(reply)
        }
        _ => Some(reply),
    }
}

/// Whom a request asks what.
fn route(request: &Request) -> Option<(Provider, Question)> {
    let of = |provider| move |question| (provider, question);
    alipay::route(request)
        .map(of(Provider::Alipay))
        .or_else(|| wechat::v3::route(request).map(of(Provider::WechatV3)))
        .or_else(|| wechat::v2::route(request).map(of(Provider::WechatV2)))
        .or_else(|| unionpay::route(request).map(of(Provider::UnionPay)))
}

fn act(shared: &Shared, provider: Provider, step: Step, request: &Request, hand: Hand) -> Reply {
    match provider {
        Provider::Alipay => alipay::answer(shared, step, request, hand),
        Provider::WechatV3 => wechat::v3::answer(shared, step, request, hand),
        Provider::WechatV2 => wechat::v2::answer(shared, step, request, hand),
        Provider::UnionPay => unionpay::answer(shared, step, request, hand),
    }
}

fn refuse(shared: &Shared, provider: Provider, request: &Request, code: &str, second: &str) -> Reply {
    match provider {
        Provider::Alipay => alipay::refuse(shared, request, code, second),
        Provider::WechatV3 => wechat::v3::refuse(shared, request, code, second),
        Provider::WechatV2 => wechat::v2::refuse(request, code, second),
        Provider::UnionPay => unionpay::refuse(shared, request, code),
    }
}
