//! Receiving codes: from a picture to a code on the counter.

use base64::Engine as _;
use till_channels::codes::{self, PictureError, Warning};
use till_core::{Channel, Fen};
use till_store::NewCode;

use crate::api::{AccountView, ApiError, Code, CodeView, Event, Inspected, Lang};
use crate::state::State;
use crate::words::{error, say};

type Result<T> = std::result::Result<T, ApiError>;

const LONGEST_PAYLOAD: usize = 1_000;
const LONGEST_LABEL: usize = 40;

fn warning(lang: Lang, warning: Option<Warning>) -> String {
    let Some(warning) = warning else { return String::new() };
    let (zh, en) = match warning {
        Warning::PayersCode => (
            "这是别人的付款码，不是收款码。不要保存它，谁拿到都能扣钱",
            "This is somebody's payment code, not a receiving code. Do not keep it: whoever has it can take money",
        ),
        Warning::ContactCode => {
            ("这是加好友或加群的码，不能收款", "This code adds a friend or joins a group; nobody can pay it")
        }
        Warning::SingleUse => {
            ("这是一笔订单的码，几小时后失效", "This code was made for one order and expires within hours")
        }
        Warning::RedPacket => ("这是红包码，会发钱出去", "This is a red packet code: it gives money away"),
        Warning::Aggregator => (
            "这是聚合收款码，钱到账时微信和支付宝不会通知这台手机",
            "This code belongs to an aggregator: the wallets' own notices will not come to your phone",
        ),
        Warning::OtherWallet => {
            ("这个钱包的到账通知本程序还不认识", "This program does not know this wallet's notices yet")
        }
        Warning::Unverified => {
            ("多半是对的，请用小额试付一次", "Probably right; please try it once with a small amount")
        }
        Warning::Unknown => (
            "不认识这种码。请确认它真的是您的收款码",
            "This kind of code is unknown. Make sure it really is your receiving code",
        ),
    };
    say(lang, zh, en)
}

fn usable(warning: Option<Warning>) -> bool {
    !matches!(warning, Some(Warning::PayersCode | Warning::ContactCode | Warning::RedPacket | Warning::SingleUse))
}

fn picture_error(lang: Lang, cause: &PictureError) -> ApiError {
    let (code, zh, en) = match cause {
        PictureError::FileTooLarge => (Code::Invalid, "图片超过 20 MB", "The picture is larger than 20 MB"),
        PictureError::TooManyPixels => {
            (Code::Invalid, "图片太大（超过 1 亿像素）", "The picture has more than 100 million pixels")
        }
        PictureError::NotAPicture => {
            (Code::Invalid, "这不是图片，或者文件坏了", "This is not a picture, or it is damaged")
        }
        PictureError::Unsupported(_) => (
            Code::Invalid,
            "读不了这种图片，请存成 PNG 或 JPEG",
            "This kind of picture cannot be read; save it as PNG or JPEG",
        ),
        PictureError::NoCode => (Code::NoQr, "图里没有找到二维码", "No code was found in the picture"),
        PictureError::Unreadable => (
            Code::NoQr,
            "图里有二维码但看不清。请靠近、摆正、光线亮一些再拍",
            "There is a code but it cannot be made out. Take the photo closer, straight and in better light",
        ),
    };
    error(lang, code, zh, en)
}

impl State {
    pub(crate) async fn inspect_picture(&self, picture_base64: String) -> Result<Vec<Inspected>> {
        let lang = self.shop().settings.lang;
        if picture_base64.len() > codes::LARGEST_PICTURE / 3 * 4 + 1024 {
            return Err(picture_error(lang, &PictureError::FileTooLarge));
        }
        let read = tokio::task::spawn_blocking(move || {
            let text = picture_base64.split_once("base64,").map_or(picture_base64.as_str(), |(_, rest)| rest);
            let bytes =
                base64::engine::general_purpose::STANDARD.decode(text.trim()).map_err(|_| PictureError::NotAPicture)?;
            codes::read_picture(&bytes)
        });
        let payloads = read.await.map_err(|cause| {
            tracing::error!(%cause, "reading a picture failed");
            picture_error(lang, &PictureError::NotAPicture)
        })?;
        let payloads = payloads.map_err(|cause| picture_error(lang, &cause))?;
        let mut found = Vec::with_capacity(payloads.len());
        for payload in payloads {
            found.push(self.inspect(&payload).await?);
        }
        Ok(found)
    }

    pub(crate) async fn inspect(&self, payload: &str) -> Result<Inspected> {
        let (kind, lang) = (codes::classify(payload), self.shop().settings.lang);
        let accounts = self.store.accounts().await.map_err(|e| self.store_error(e))?;
        let same = |a: &&till_store::AccountRow| a.codes.iter().any(|c| c.payload == payload);
        let known = accounts.iter().find(same).map(|a| a.id);
        let other = accounts.iter().any(|a| {
            Some(a.channel) == kind.channel
                && a.codes.iter().any(|c| c.amount == kind.amount_in_code && c.payload != payload)
        });
        Ok(Inspected {
            payload: payload.to_owned(),
            channel: kind.channel,
            kind: kind.kind.to_owned(),
            amount_fen: kind.amount_in_code,
            warning: warning(lang, kind.warning),
            usable: usable(kind.warning),
            known_account_id: known,
            changes_code: known.is_none() && other,
            // Somebody's payment code is never drawn again.
            drawing: if usable(kind.warning) {
                self.draw(payload)
            } else {
                crate::api::Drawing { size: 0, path: String::new() }
            },
        })
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<AccountView>> {
        let rows = self.store.accounts().await.map_err(|e| self.store_error(e))?;
        let code = |c: till_store::CodeRow| CodeView {
            id: c.id,
            drawing: self.draw(&c.payload),
            payload: c.payload,
            kind: c.kind,
            amount_fen: c.amount,
            added_at: c.added_at,
        };
        let show = |a: till_store::AccountRow| AccountView {
            id: a.id,
            channel: a.channel,
            label: a.label,
            enabled: a.enabled,
            codes: a.codes.into_iter().map(code).collect(),
        };
        Ok(rows.into_iter().map(show).collect())
    }

    pub(crate) async fn add_code(&self, actor: &str, mut new: NewCode) -> Result<Vec<AccountView>> {
        let lang = self.shop().settings.lang;
        let invalid = |zh: &str, en: &str| Err(error(lang, Code::Invalid, zh, en));
        new.payload = new.payload.trim().to_owned();
        new.label = new.label.trim().chars().take(LONGEST_LABEL).collect();
        if new.payload.is_empty() || new.payload.len() > LONGEST_PAYLOAD || codes::draw(&new.payload).is_err() {
            return invalid("收款码的内容是空的或太长", "The code is empty or too long");
        }
        let kind = codes::classify(&new.payload);
        if !usable(kind.warning) {
            return Err(ApiError::new(Code::Invalid, warning(lang, kind.warning)));
        }
        if new.channel == Channel::Cash || kind.channel.is_some_and(|c| c != new.channel) {
            return invalid("这个码是别的支付渠道的", "This code belongs to another channel");
        }
        if kind.amount_in_code.is_some() && new.amount != kind.amount_in_code {
            return invalid(
                "这个码自带金额，和填写的金额不一致",
                "This code carries its own amount, and it is not the one given",
            );
        }
        if new.amount.is_some_and(|a| a <= Fen::ZERO) {
            return invalid("金额要大于零", "The amount must be above zero");
        }
        new.kind = kind.kind.to_owned();
        new.actor = actor.to_owned();
        new.at = self.now();
        self.store.add_code(new).await.map_err(|e| self.store_error(e))?;
        self.emit(Event::SettingsChanged {});
        self.accounts().await
    }
}
