use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use till_engine::api::{DeviceState, Event};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::fake::{Bundle, CONTROL_TOKEN, Fake, ask, read_until, until};
use crate::{Limits, Listener, StartError, start_with};

/// A number that was free a moment ago.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn open(fake: &Arc<Fake>) -> Listener {
    let limits = Limits { retry_time: Duration::from_millis(100), ..Limits::default() };
    start_with(fake.clone(), Arc::new(Bundle), None, CONTROL_TOKEN.into(), limits).await.unwrap()
}

fn device(fake: &Fake, state_changed: bool) {
    let event = Event::DeviceChanged { device_id: 1, name: "p".into(), state: DeviceState::New, state_changed };
    fake.events.send(event).unwrap();
}

async fn bound(fake: &Fake, wanted: SocketAddr) {
    let wanted = wanted.to_string();
    let there = || fake.last_listening().bound == wanted;
    until(there, || format!("{wanted} is not in {:?}", fake.listening.lock().unwrap())).await;
}

#[tokio::test]
async fn the_first_device_opens_the_port_and_running_connections_stay() {
    let fake = Fake::new();
    let port = free_port().await;
    fake.settings.lock().unwrap().listen_port = port;
    let listener = open(&fake).await;
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    assert_eq!(listener.local_addr(), Some(local));
    let listening = fake.last_listening();
    assert!(listening.loopback_only && listening.error.is_empty());
    let mut old = TcpStream::connect(local).await.unwrap();
    old.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut old, r#"{"ok":true}"#).await;

    fake.wide.store(true, Ordering::SeqCst);
    device(&fake, false);
    bound(&fake, (Ipv4Addr::UNSPECIFIED, port).into()).await;
    let listening = fake.last_listening();
    assert!(!listening.loopback_only && listening.error.is_empty());
    assert!(listening.addresses.iter().all(|address| address.ends_with(&format!(":{port}"))));
    old.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut old, r#"{"ok":true}"#).await;
    assert_eq!(ask(local, "GET /healthz", b"").await.status, 200);

    // Another port: the old one is closed.
    let other = free_port().await;
    fake.settings.lock().unwrap().listen_port = other;
    fake.events.send(Event::SettingsChanged {}).unwrap();
    bound(&fake, (Ipv4Addr::UNSPECIFIED, other).into()).await;
    assert!(TcpStream::connect(local).await.is_err());
    old.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut old, r#"{"ok":true}"#).await;

    // The last device is revoked: this computer only.
    fake.wide.store(false, Ordering::SeqCst);
    device(&fake, true);
    bound(&fake, (Ipv4Addr::LOCALHOST, other).into()).await;
    listener.stop().await;
    assert_eq!(fake.last_listening().bound, "");
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, other)).await.is_err());
}

#[tokio::test]
async fn the_first_program_opens_the_port_and_the_last_one_closes_it() {
    let fake = Fake::new();
    let port = free_port().await;
    fake.settings.lock().unwrap().listen_port = port;
    let listener = open(&fake).await;
    assert!(fake.last_listening().loopback_only);
    for (wide, ip) in [(true, Ipv4Addr::UNSPECIFIED), (false, Ipv4Addr::LOCALHOST)] {
        fake.wide.store(wide, Ordering::SeqCst);
        fake.events.send(Event::ProgramsChanged {}).unwrap();
        bound(&fake, (ip, port).into()).await;
    }
    listener.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_said_and_tried_again() {
    let fake = Fake::new();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    fake.settings.lock().unwrap().listen_port = address.port();
    let listener = open(&fake).await;
    assert_eq!(listener.local_addr(), None);
    let listening = fake.last_listening();
    assert_eq!(listening.bound, "");
    assert_eq!(listening.error, format!("端口 {} 已被别的程序占用", address.port()));
    drop(taken);
    bound(&fake, address).await;
    assert_eq!(fake.last_listening().error, "");
    assert_eq!(ask(address, "GET /healthz", b"").await.status, 200);
    // Said once, not at every try.
    assert_eq!(fake.listening.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn while_the_new_port_is_taken_the_old_one_serves() {
    let fake = Fake::new();
    let port = free_port().await;
    fake.settings.lock().unwrap().listen_port = port;
    let _listener = open(&fake).await;
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    fake.settings.lock().unwrap().listen_port = taken.local_addr().unwrap().port();
    fake.events.send(Event::SettingsChanged {}).unwrap();
    until(|| !fake.last_listening().error.is_empty(), || "no error was told".into()).await;
    assert_eq!(fake.last_listening().bound, format!("127.0.0.1:{port}"));
    assert_eq!(ask((Ipv4Addr::LOCALHOST, port).into(), "GET /healthz", b"").await.status, 200);
}

#[tokio::test]
async fn a_host_that_is_none_leaves_this_computer() {
    let fake = Fake::new();
    let port = free_port().await;
    fake.wide.store(true, Ordering::SeqCst);
    fake.settings.lock().unwrap().listen_port = port;
    fake.settings.lock().unwrap().listen_host = "my-pc".into();
    let _listener = open(&fake).await;
    let listening = fake.last_listening();
    assert_eq!(listening.bound, format!("127.0.0.1:{port}"));
    assert!(listening.error.contains("my-pc") && listening.loopback_only);
    // An address this computer does not have: the command line still comes in.
    fake.settings.lock().unwrap().listen_host = "192.0.2.7".into();
    fake.events.send(Event::SettingsChanged {}).unwrap();
    until(|| fake.last_listening().error.contains("192.0.2.7"), || format!("{:?}", fake.last_listening())).await;
    assert_eq!(fake.last_listening().bound, format!("127.0.0.1:{port}"));
    assert_eq!(ask((Ipv4Addr::LOCALHOST, port).into(), "GET /healthz", b"").await.status, 200);
}

#[tokio::test]
async fn a_control_token_that_can_be_guessed_is_refused() {
    let bind = Some("127.0.0.1:0".parse().unwrap());
    let started = start_with(Fake::new(), Arc::new(Bundle), bind, "short".into(), Limits::default()).await;
    assert!(matches!(started, Err(StartError::ControlToken)));
}
