//! What the functions make.

use super::super::super::Why;
use super::answers::{
    HistoricAddress, HistoricAnswer, HistoricForm, HistoricMade, HistoricNotice, HistoricPackage, HistoricReturn,
    HistoricSignature,
};
use super::bodies::{HistoricCall, amount};
use super::{Historic, HistoricFunction, OldContract};
use crate::gateway::alipay::historic::{mapi, wap};
use crate::gateway::wechat::app17;
use crate::gateway::{CannotAsk, Doubt, DoubtKind, Seed};

impl Historic {
    /// Answers what needs no contract.
    pub fn with_its_own_keys(&self) -> Option<HistoricAnswer> {
        match &self.call {
            HistoricCall::Package(p) => {
                let package = app17::package(&p.parameters.pairs(), &p.partner_key.0);
                Some(HistoricAnswer::Package(HistoricPackage { package }))
            }
            HistoricCall::Signature(s) => {
                let signature = app17::app_signature(&[
                    ("appid", &s.appid),
                    ("appkey", &s.appkey.0),
                    ("noncestr", &s.noncestr),
                    ("package", &s.package),
                    ("timestamp", &s.timestamp),
                    ("traceid", &s.traceid),
                ]);
                Some(HistoricAnswer::Signature(HistoricSignature { signature }))
            }
            HistoricCall::Sign(s) => {
                let signature =
                    app17::client_sign(&s.appid, &s.appkey.0, &s.partnerid, &s.prepayid, &s.noncestr, &s.timestamp);
                Some(HistoricAnswer::Signature(HistoricSignature { signature }))
            }
            _ => None,
        }
    }

    /// Answers what is made with the shop's old contract with Alipay.
    pub fn with(&self, contract: OldContract<'_>, seed: &mut Seed) -> Result<HistoricMade, Why> {
        use HistoricFunction as F;
        let OldContract { partner, key, place } = contract;
        let shop = |seller_account_name| wap::Shop { partner, seller_account_name, key };
        let address = |url| HistoricAnswer::Address(HistoricAddress { url });
        let answer = match (&self.call, self.function) {
            (HistoricCall::DirectPay(p), _) => {
                let payment = mapi::Payment {
                    partner,
                    out_trade_no: &p.out_trade_no,
                    subject: &p.subject,
                    total_fee: amount(&p.total_fee)?,
                    notify_url: &p.notify_url,
                    return_url: &p.return_url,
                };
                address(mapi::create_url(place, &payment, &mapi::Seal::Md5(key), seed).map_err(unfit)?)
            }
            (HistoricCall::WapPay(p), _) => {
                let payment = wap::Payment {
                    out_trade_no: &p.out_trade_no,
                    subject: &p.subject,
                    total_fee: amount(&p.total_fee)?,
                    call_back_url: &p.call_back_url,
                    notify_url: &p.notify_url,
                    merchant_url: &p.merchant_url,
                };
                let body = wap::create_body(&shop(&p.seller_account_name), &payment, &p.req_id);
                HistoricAnswer::Form(HistoricForm { url: wap::door(place).map_err(unfit)?, body })
            }
            (HistoricCall::Token(t), _) => address(wap::pay_url(place, &shop(""), &t.request_token).map_err(unfit)?),
            (HistoricCall::Message(m), F::WapRequestToken) => {
                let request_token = believed(wap::token(&shop(""), m.message.as_bytes()))?;
                HistoricAnswer::Token { request_token }
            }
            (HistoricCall::Message(m), F::WapCallBack) => {
                let out_trade_no = believed(wap::call_back(&shop(""), &m.message))?;
                HistoricAnswer::Return(HistoricReturn { out_trade_no })
            }
            (HistoricCall::Message(m), F::WapNotify) => {
                return Ok(ask_alipay(contract, believed(wap::notice(&shop(""), m.message.as_bytes()))?.into()));
            }
            (HistoricCall::Message(m), F::DirectPayNotify) => {
                let notified = believed(mapi::notice(m.message.as_bytes(), key))?;
                if notified.seller_id.as_ref().is_some_and(|seller| seller != partner) {
                    return Err(Why::NotAuthentic(DoubtKind::NotOurs));
                }
                return Ok(ask_alipay(contract, notified.into()));
            }
            _ => return Err(Why::NotFound),
        };
        Ok(HistoricMade::Answer(answer))
    }
}

fn unfit(why: CannotAsk) -> Why {
    match why {
        CannotAsk::DoesNotFit(what, _) | CannotAsk::Missing(what) => Why::Field(what),
        CannotAsk::NoSuchCall | CannotAsk::Key(_) => Why::NoContract,
    }
}

fn believed<T>(read: Result<T, Doubt>) -> Result<T, Why> {
    read.map_err(|doubt| Why::NotAuthentic(doubt.kind))
}

/// Level 2: Alipay's own word.
fn ask_alipay(contract: OldContract<'_>, notice: HistoricNotice) -> HistoricMade {
    let url = mapi::verify_url(contract.place, contract.partner, &notice.notify_id);
    HistoricMade::AskAlipay { url, notice }
}
