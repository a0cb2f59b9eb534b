//! What providers say, not signed yet; and keys.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Done, project, put};

/// Order and refund of the targets.
const OUT_NO: &str = "QT20261120000001";
const REFUND_NO: &str = "RF20261120000001";

pub fn messages() -> Done {
    alipay()?;
    wechat_v3()?;
    wechat_v2()?;
    unionpay()
}

fn alipay() -> Done {
    let put = |name: &str, what: &str, body: &str| put("gateway_alipay", name, format!("{what} 200\n\n{body}"));
    let trade =
        format!(r#""code":"10000","msg":"Success","out_trade_no":"{OUT_NO}","trade_no":"2026112022001400000001""#);
    let paid = r#""total_amount":"15.00","buyer_logon_id":"139****0001""#;
    for (name, what, rest) in [
        ("paid", "query", format!(r#"{paid},"trade_status":"TRADE_SUCCESS","send_pay_date":"2026-11-20 14:29:50""#)),
        (
            "scanned",
            "scan",
            format!(r#"{paid},"gmt_payment":"2026-11-20 14:29:50","fund_bill_list":[{{"amount":15}}]"#),
        ),
        ("closed", "query", r#""trade_status":"TRADE_CLOSED","receipt_amount":"0.00""#.to_owned()),
        ("code", "create", r#""qr_code":"https:\/\/qr.alipay.com\/bax00001""#.to_owned()),
        ("ended", "end", r#""retry_flag":"N","action":"refund""#.to_owned()),
        ("refunded", "refund", r#""fund_change":"Y","refund_fee":"5.00""#.to_owned()),
        (
            "refund",
            "refund_query",
            format!(r#""out_request_no":"{REFUND_NO}","refund_status":"REFUND_SUCCESS","refund_amount":"5.00""#),
        ),
        ("bill", "bill", r#""bill_download_url":"http:\/\/dwbillcenter.alipay.com\/d?f=a.csv.zip""#.to_owned()),
    ] {
        put(name, what, &format!("{{{trade},{rest}}}"))?;
    }
    for (name, what, sub) in [
        ("gone", "query", "ACQ.TRADE_NOT_EXIST"),
        ("poor", "scan", "ACQ.BUYER_BALANCE_NOT_ENOUGH"),
        ("test", "test", "ACQ.TRADE_NOT_EXIST"),
        ("no-bill", "bill", "isp.bill_not_exist"),
    ] {
        put(name, what, &format!(r#"{{"code":"40004","sub_code":"{sub}","sub_msg":"失败"}}"#))?;
    }
    let ours = format!(
        "charset=utf-8\nsign_type=RSA2\napp_id={}\nseller_id={}\nout_trade_no={OUT_NO}\ntotal_amount=15.00",
        "2021000000000001", "2088000000000001"
    );
    let status = "notify_id=2026112000222\ntrade_no=2026112022001400000001\ntrade_status=TRADE_SUCCESS";
    put("notice", "notice", &format!("{ours}\n{status}\ngmt_payment=2026-11-20 14:29:50\nsubject=茶 & 饼"))?;
    put("joined", "notice", &format!("{ours}\n{status}\nbody=1&buyer_logon_id=139****0001"))?;
    put("part", "notice", &format!("{ours}\n{status}\nrefund_fee=5.00\nout_biz_no={REFUND_NO}"))?;
    put("return", "return", &format!("{ours}\nmethod=alipay.trade.wap.pay.return"))?;
    let old = format!("out_trade_no={OUT_NO}\ntrade_no=1\ntrade_status=TRADE_FINISHED\ntotal_fee=15.00\nnotify_id=n1");
    put("mapi", "historic", &format!("{old}\nsign_type=MD5\nseller_id=2088000000000001"))?;
    let data = format!(
        "<notify><notify_id>n1</notify_id><out_trade_no>{OUT_NO}</out_trade_no><trade_no>1</trade_no>\
         <trade_status>TRADE_SUCCESS</trade_status><total_fee>15.00</total_fee><a><b>&amp;</b></a></notify>"
    );
    put("wap", "historic", &format!("service=alipay.wap.trade.create.direct\nv=1.0\nsec_id=MD5\nnotify_data={data}"))?;
    let token = "<direct_trade_create_res><request_token>t1</request_token></direct_trade_create_res>";
    put("token", "historic", &format!("partner=2088000000000001\nsec_id=MD5\nres_data={token}"))
}

fn wechat_v3() -> Done {
    let put = |name: &str, what: &str, body: &str| put("gateway_wechat", name, format!("{what}\n\n{body}"));
    let trade = |state: &str| {
        format!(
            r#"{{"appid":"wxd678efh567hg6787","mchid":"1900000109","out_trade_no":"{OUT_NO}","transaction_id":"42001",
"trade_state":"{state}","success_time":"2026-11-20T14:29:50+08:00","payer":{{"openid":"o1"}},
"amount":{{"total":1500,"payer_total":1400,"currency":"CNY"}}}}"#
        )
    };
    put("paid", "query 200\nwechatpay-signature-type: WECHATPAY2-SHA256-RSA2048", &trade("SUCCESS"))?;
    put("waiting", "scan 200", &trade("USERPAYING"))?;
    put("back", "query 200", &trade("REFUND"))?;
    put("closed", "end 204", "")?;
    put("reversed", "end 200", &trade("REVOKED"))?;
    put("gone", "query 404", r#"{"code":"ORDER_NOT_EXIST","message":"不存在"}"#)?;
    put("code", "create 200", r#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#)?;
    put("h5", "h5 200", r#"{"h5_url":"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?a=b"}"#)?;
    put("app", "app 200", r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#)?;
    let refund = format!(
        r#"{{"mchid":"1900000109","out_trade_no":"{OUT_NO}","out_refund_no":"{REFUND_NO}","refund_id":"50001","status":"SUCCESS","refund_status":"SUCCESS","amount":{{"refund":500,"total":1500}}}}"#
    );
    put("refund", "refund 200", &refund)?;
    put("refund-asked", "refund_query 200", &refund)?;
    put(
        "bill",
        "bill 200",
        r#"{"hash_type":"SHA1","hash_value":"00","download_url":"https://api.mch.weixin.qq.com/a"}"#,
    )?;
    put("file", "file 200", "file")?;
    put("notice", "sealed:TRANSACTION.SUCCESS 200", &trade("SUCCESS"))?;
    put("refund-notice", "sealed:REFUND.SUCCESS 200", &refund)?;
    put(
        "bare-notice",
        "notice 200",
        r#"{"id":"EV-1","event_type":"A","resource":{"algorithm":"AEAD_AES_256_GCM","nonce":"a","ciphertext":"QUJD"}}"#,
    )?;
    let platform = project().join("crates/till-channels/src/gateway/wechat/fixtures/platform.pem");
    put("certificate", "sealed:certificate 200", &fs::read_to_string(platform)?)
}

fn wechat_v2() -> Done {
    let put = |name: &str, what: &str, body: &str| put("gateway_wechat", name, format!("v2:{what} 200\n\n{body}"));
    let ours = "return_code=SUCCESS\nappid=wxd678efh567hg6787\nmch_id=1900000109\nnonce_str=n";
    let done = format!("{ours}\nresult_code=SUCCESS\nout_trade_no={OUT_NO}\ntransaction_id=42001");
    let paid = format!("{done}\ntotal_fee=1500\nfee_type=CNY\ntime_end=20261120142950\nopenid=o1");
    put("v2-paid", "query", &format!("{paid}\ntrade_state=SUCCESS"))?;
    put("v2-scanned", "scan", &format!("{paid}\ntrade_type=MICROPAY"))?;
    put("v2-notice", "notice", &paid)?;
    put("v2-gone", "query", &format!("{ours}\nresult_code=FAIL\nerr_code=ORDERNOTEXIST\nerr_code_des=不存在"))?;
    put("v2-reversed", "end", &format!("{ours}\nresult_code=SUCCESS\nrecall=N"))?;
    put("v2-app", "app", &format!("{ours}\nresult_code=SUCCESS\nprepay_id=wx2014"))?;
    let xml = "<?xml version=\"1.0\"?>\n<xml><return_code><![CDATA[SUCCESS]]></return_code>\n<appid>wxd678efh567hg6787</appid>\
               <mch_id>1900000109</mch_id><result_code>SUCCESS</result_code><attach>a&lt;b</attach><d></d>";
    let rest = format!(
        "<out_trade_no>{OUT_NO}</out_trade_no><transaction_id>42001</transaction_id><total_fee>1500</total_fee>"
    );
    put("v2-xml-notice", "notice", &format!("{xml}{rest}</xml>"))?;
    put("v2-xml-query", "query", &format!("{xml}{rest}<trade_state>SUCCESS</trade_state></xml>\n"))?;
    let sealed = format!(
        "<root><out_refund_no>{REFUND_NO}</out_refund_no><out_trade_no>{OUT_NO}</out_trade_no>\
         <refund_id>50001</refund_id><refund_status>SUCCESS</refund_status></root>"
    );
    crate::put("gateway_wechat", "v2-refund-notice", format!("sealed:v2 200\n\n{sealed}"))
}

fn unionpay() -> Done {
    let put = |name: &str, what: &str, body: &str| put("gateway_unionpay", name, format!("{what} 200\n\n{body}"));
    let said = |kind: &str, number: &str, time: &str| {
        format!(
            "version=5.1.0\nencoding=UTF-8\nsignMethod=01\nmerId=777290058110048\ntxnType={kind}\norderId={number}\n\
             txnTime={time}\nrespCode=00\nrespMsg=成功[0000000]"
        )
    };
    // The order's time is a minute before the message's, the refund's five seconds.
    let order = |kind: &str| said(kind, OUT_NO, "20261120142900");
    let refund = |kind: &str| said(kind, REFUND_NO, "20261120142955");
    let paid =
        "queryId=512611201429500000008\ntxnAmt=1500\ncurrencyCode=156\naccNo=6216***********0018\ntraceTime=1120142950";
    put("paid", "query", &format!("{}\norigRespCode=00\n{paid}", order("00")))?;
    put("refused", "query", &format!("{}\norigRespCode=30\norigRespMsg=失败", order("00")))?;
    put("gone", "query", &order("00").replace("respCode=00", "respCode=34"))?;
    put("code", "create", &format!("{}\nqrCode=https://qr.95516.com/00010000/62211", order("01")))?;
    put("scanned", "scan", &order("01"))?;
    put("refund", "refund", &format!("{}\nqueryId=5126112014295500", refund("04")))?;
    let back = "origRespCode=00\nqueryId=5126112014295500\ntxnAmt=500";
    put("refund-asked", "refund_query", &format!("{}\n{back}", refund("00")))?;
    put("notice", "notice", &format!("{}\n{paid}\nreqReserved={{a=1&b=2}}", order("01")))?;
    put("joined", "notice", &format!("{}\n{paid}\nreqReserved=1&termId=2", order("01")))?;
    put("refund-notice", "notice", &format!("{}\nqueryId=5126112014295500\ntxnAmt=500", refund("04")))?;
    put("test", "test", &order("00").replace("respCode=00", "respCode=34"))?;
    put("no-bill", "bill", &order("76").replace("respCode=00", "respCode=98"))?;
    // A zip without files, deflated.
    let content = "eJwL8GZlY8AAAA3zAKc=";
    put("bill", "bill", &format!("{}\nfileName=INN21112088ZM_777290058110048.zip\nfileContent={content}", order("76")))
}

/// The tests' keys and certificates, no PFX.
pub fn keys() -> Done {
    let gateway = project().join("crates/till-channels/src/gateway");
    for (folder, files) in [
        (
            "testdata/pki",
            &["merchant.pem", "merchant.pkcs1.key.pem", "merchant.public.pem", "root.pem", "signer-deep.pem"][..],
        ),
        ("testdata/pki", &["signer-unknown-critical.pem", "signer.key.pem"]),
        ("alipay/fixtures", &["alipay-certificate.pem", "root-certificates.pem", "short-key.pem"]),
        ("wechat/fixtures", &["weak.key.pem"]),
    ] {
        for file in files {
            let text = fs::read_to_string(gateway.join(folder).join(file))?;
            put("gateway_keys", file, &text)?;
            // As consoles hand them out, and as files hold them.
            let line: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
            if let Ok(der) = STANDARD.decode(&line) {
                put("gateway_keys", &format!("{file}.der"), der)?;
                put("gateway_keys", &format!("{file}.line"), line)?;
            }
        }
    }
    put("gateway_keys", "secret", "192006250b4c09247ec02edce69f6a2d")
}
