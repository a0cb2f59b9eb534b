use std::time::Duration;

use till_core::Channel;
use till_engine::NoticeAnswer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fake::{Fake, ask, open, until};
use crate::Limits;

#[tokio::test]
async fn a_notice_arrives_byte_for_byte_and_is_answered_to_the_letter() {
    let fake = Fake::new();
    let (listener, address) = open(&fake, Limits::default()).await;
    let body = b"a=%E4%B8%AD+b&sign=x%2B\xff\r\n";
    for (name, provider) in [("alipay", Channel::Alipay), ("wechat", Channel::Wechat), ("unionpay", Channel::Unionpay)]
    {
        let head = format!("POST /notify/{name}?x=%20+&&y\r\nWechatpay-Nonce: n1\r\nX-Two: a\r\nX-Two: b");
        let reply = ask(address, &head, body).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "success"));
        assert_eq!(reply.header("content-type"), Some("text/plain"));
        let (seen, notice, from) = fake.notices_seen.lock().unwrap().pop().unwrap();
        assert_eq!((seen, from.as_str()), (provider, "127.0.0.1"));
        assert_eq!((notice.query.as_str(), notice.body.as_slice()), ("x=%20+&&y", body.as_slice()));
        let two: Vec<&str> =
            notice.headers.iter().filter(|(name, _)| name == "x-two").map(|(_, value)| value.as_str()).collect();
        assert_eq!(two, ["a", "b"]);
        assert!(notice.headers.contains(&("wechatpay-nonce".into(), "n1".into())));
    }
    let refusal = NoticeAnswer { status: 500, content_type: "application/json", body: b"{\"code\":\"FAIL\"}".to_vec() };
    *fake.notice_answer.lock().unwrap() = refusal;
    let reply = ask(address, "POST /notify/wechat", b"{}").await;
    assert_eq!((reply.status, reply.body.as_str()), (500, "{\"code\":\"FAIL\"}"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    listener.stop().await;
}

#[tokio::test]
async fn what_is_no_notice_never_reaches_the_till_and_never_reads_as_success() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    for line in ["GET /notify/alipay", "HEAD /notify/alipay", "PUT /notify/wechat"] {
        assert_eq!(ask(address, line, b"").await.status, 405, "{line}");
    }
    assert_eq!(ask(address, "POST /notify/paypal", b"x").await.status, 404);
    let long = ask(address, "POST /notify/alipay", &vec![b'x'; 64 * 1024 + 1]).await;
    assert_eq!(long.status, 413);
    assert!(!long.body.contains("success"));
    fake.told("/notify/alipay", "too_large").await;
    assert!(fake.notices_seen.lock().unwrap().is_empty());
    let whole = ask(address, "POST /notify/alipay", &vec![b'x'; 64 * 1024]).await;
    assert_eq!(whole.status, 200);
}

#[tokio::test]
async fn a_provider_that_hangs_up_has_still_told() {
    let fake = Fake::new();
    let (_listener, address) = open(&fake, Limits::default()).await;
    *fake.answer_after.lock().unwrap() = Duration::from_millis(300);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /notify/alipay HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(stream);
    until(|| fake.notices_seen.lock().unwrap().len() == 1, || "the notice was cut off".into()).await;
}
