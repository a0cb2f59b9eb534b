use std::future::Future;
use std::pin::Pin;

use serde_json::Value;
use till_core::Channel;
use till_engine::api::{ApiError, CheckoutState, DisplayState, Event, Request, Settings};
use till_engine::merchant::{MerchantAnswer, MerchantDoor, MerchantRequest};
use till_engine::phone::{Door, PhoneAnswer, PhoneRequest};
use till_engine::{Engine, Listening, NoticeAnswer, RawNotice};
use tokio::sync::broadcast;

/// An answer on its way.
pub(crate) type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the port needs from the engine. The engine is the one real till; the transport tests have another.
pub(crate) trait Till: Send + Sync + 'static {
    fn phone(&self, door: Door, request: PhoneRequest) -> Soon<'_, PhoneAnswer>;
    fn call<'a>(&'a self, actor: &'a str, request: Request) -> Soon<'a, Result<Value, ApiError>>;
    fn merchant(&self, door: MerchantDoor, request: MerchantRequest) -> Soon<'_, MerchantAnswer>;
    fn merchant_listens(&self, request: MerchantRequest) -> Soon<'_, Result<i64, MerchantAnswer>>;
    fn merchant_ticket(&self, program_id: i64, ticket_id: i64) -> Soon<'_, Option<String>>;
    fn notice(&self, provider: Channel, notice: RawNotice, address: String) -> Soon<'_, NoticeAnswer>;
    fn checkout<'a>(&'a self, token: &'a str) -> Soon<'a, Option<(i64, CheckoutState)>>;
    fn checkout_path<'a>(&'a self, order_no: &'a str) -> Soon<'a, Option<String>>;
    fn checkout_picture<'a>(&'a self, token: &'a str, place: usize) -> Soon<'a, Option<Vec<u8>>>;
    fn subscribe(&self) -> broadcast::Receiver<Event>;
    fn display(&self) -> Soon<'_, Result<DisplayState, ApiError>>;
    fn display_token_is<'a>(&'a self, token: &'a str) -> Soon<'a, bool>;
    fn refused<'a>(&'a self, address: &'a str, path: &'a str, cause: &'a str) -> Soon<'a, ()>;
    fn may_listen_wide(&self) -> Soon<'_, bool>;
    fn settings(&self) -> Soon<'_, Settings>;
    fn set_listening(&self, state: Listening) -> Soon<'_, ()>;
}

impl Till for Engine {
    fn phone(&self, door: Door, request: PhoneRequest) -> Soon<'_, PhoneAnswer> {
        Box::pin(Engine::phone(self, door, request))
    }

    fn call<'a>(&'a self, actor: &'a str, request: Request) -> Soon<'a, Result<Value, ApiError>> {
        Box::pin(Engine::call(self, actor, request))
    }

    fn merchant(&self, door: MerchantDoor, request: MerchantRequest) -> Soon<'_, MerchantAnswer> {
        Box::pin(Engine::merchant(self, door, request))
    }

    fn merchant_listens(&self, request: MerchantRequest) -> Soon<'_, Result<i64, MerchantAnswer>> {
        Box::pin(Engine::merchant_listens(self, request))
    }

    fn merchant_ticket(&self, program_id: i64, ticket_id: i64) -> Soon<'_, Option<String>> {
        Box::pin(Engine::merchant_ticket(self, program_id, ticket_id))
    }

    fn notice(&self, provider: Channel, notice: RawNotice, address: String) -> Soon<'_, NoticeAnswer> {
        Box::pin(Engine::notice(self, provider, notice, address))
    }

    fn checkout<'a>(&'a self, token: &'a str) -> Soon<'a, Option<(i64, CheckoutState)>> {
        Box::pin(Engine::checkout(self, token))
    }

    fn checkout_path<'a>(&'a self, order_no: &'a str) -> Soon<'a, Option<String>> {
        Box::pin(Engine::checkout_path(self, order_no))
    }

    fn checkout_picture<'a>(&'a self, token: &'a str, place: usize) -> Soon<'a, Option<Vec<u8>>> {
        Box::pin(Engine::checkout_picture(self, token, place))
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        Engine::subscribe(self)
    }

    fn display(&self) -> Soon<'_, Result<DisplayState, ApiError>> {
        Box::pin(Engine::display(self))
    }

    fn display_token_is<'a>(&'a self, token: &'a str) -> Soon<'a, bool> {
        Box::pin(Engine::display_token_is(self, token))
    }

    fn refused<'a>(&'a self, address: &'a str, path: &'a str, cause: &'a str) -> Soon<'a, ()> {
        Box::pin(Engine::refused(self, address, path, cause))
    }

    fn may_listen_wide(&self) -> Soon<'_, bool> {
        Box::pin(Engine::may_listen_wide(self))
    }

    fn settings(&self) -> Soon<'_, Settings> {
        Box::pin(Engine::settings(self))
    }

    fn set_listening(&self, state: Listening) -> Soon<'_, ()> {
        Box::pin(Engine::set_listening(self, state))
    }
}
