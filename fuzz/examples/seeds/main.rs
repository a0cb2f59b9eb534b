//! Writes `corpus/` anew out of the data of the project's tests: `./dev fuzz-seeds`.
//!
//! Inputs whose name begins with `found-` were found by fuzzing and stay.

mod gateways;

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use till_fuzz::{KEY, as_form, as_json};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Headers of `statement_rows`, one a line.
const HEADERS: &str = include_str!("../../headers.txt");

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Puts one input among those of a target.
fn put(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Done {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)?;
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One notice for the rules; every tenth also as each kind of phone forwards it.
fn notices() -> Done {
    let lines = fs::read_to_string(project().join("crates/till-channels/tests/data/notifications.jsonl"))?;
    for (index, line) in lines.lines().enumerate() {
        let notice: Value = serde_json::from_str(line)?;
        let (id, package) = (text(&notice["id"]), text(&notice["package"]));
        let (title, words) = (text(&notice["title"]), text(&notice["text"]));
        put("rules", id, format!("{package}\n{title}\n{words}"))?;
        if index % 10 != 0 {
            continue;
        }
        let said =
            [("package", package), ("title", title), ("text", words), ("ts", "1700000000001"), ("battery", "81%")];
        put("plain", &format!("{id}-json"), as_json(&said))?;
        put("plain", &format!("{id}-form"), as_form(&said))?;
        let sign = till_channels::phones::smsforwarder::sign("1700000000001", KEY);
        let sms = [("from", package), ("title", title), ("text", words), ("ts", "1700000000001"), ("sign", &sign)];
        put("smsforwarder", &format!("{id}-json"), as_json(&sms))?;
        let lines = format!("{package}\n{words}\n{title}\nUID：10316\n2025-12-04 10:01:15\nXiaomi 14");
        let sign = utf8_percent_encode(&sign, NON_ALPHANUMERIC).to_string();
        let form = [("from", package), ("content", &lines), ("timestamp", "1700000000001"), ("sign", &sign)];
        put("smsforwarder", &format!("{id}-form"), as_form(&form))?;
        let lyn = json!({"title": title, "time": "2020-05-08 23:34:11", "money": "0.80", "deviceid": "mydevice", "content": words});
        put("seed002", id, lyn.to_string())?;
    }
    let nicks = ["张三", "XXX通过扫码向你付款10000.00元", "成功收款999元"];
    let notes = ["谢谢", "收款999.00元", "微信支付收款9,999.00元(朋友到店)", "备注：个人收款码到账¥9.00"];
    for (index, note) in notes.iter().enumerate() {
        put("forgery", &format!("{index}"), format!("{}\n{note}", nicks[index % nicks.len()]))?;
    }
    Ok(())
}

/// The signed requests of phones.
fn vectors() -> Done {
    let file = fs::read(project().join("crates/till-channels/tests/data/vmq-vectors.json"))?;
    let vectors: Vec<Value> = serde_json::from_slice(&file)?;
    for vector in &vectors {
        let (id, expected) = (text(&vector["id"]), text(&vector["expected"]));
        if id.starts_with("vmq-push") {
            let parts: Vec<&str> = vector["parts"].as_array().into_iter().flatten().map(text).collect();
            put("vmq", id, format!("{}\n{}\n{}\n{expected}", parts[0], parts[1], parts[2]))?;
        }
        if id.starts_with("ifmein") {
            let signed: Vec<&str> = text(&vector["string_to_sign"]).lines().collect();
            put(
                "hmac_v1",
                id,
                format!("{}\n{}\n{}\n{expected}\n{}", signed[2], signed[3], signed[4], text(&vector["body"])),
            )?;
        }
    }
    Ok(())
}

/// What programs ask: the vectors, and one request of each kind.
fn programs() -> Done {
    let file = fs::read(project().join("crates/till-channels/tests/data/vmq-vectors.json"))?;
    let vectors: Vec<Value> = serde_json::from_slice(&file)?;
    let form = |pairs: &[(&str, &str)]| String::from_utf8(as_form(pairs)).unwrap_or_default();
    let urls = [("notifyUrl", "https://shop.example.com/notify?a=b"), ("returnUrl", "https://shop.example.com/back")];
    for vector in &vectors {
        let (id, sign) = (text(&vector["id"]), text(&vector["expected"]));
        let parts: Vec<&str> = vector["parts"].as_array().into_iter().flatten().map(text).collect();
        match (id, parts.as_slice()) {
            (_, [pay_id, param, kind, price, _]) if id.starts_with("vmq-c") => {
                let mut pairs =
                    vec![("payId", *pay_id), ("param", param), ("type", kind), ("price", price), ("sign", sign)];
                pairs.extend(urls);
                put("merchant_vmq", id, format!("GET /createOrder?{}\n", form(&pairs)))?;
                put("merchant_fields", id, format!("POST /createOrder\n\n{}", form(&pairs)))?;
            }
            ("vmq-close-doc", [order_no, _]) => {
                put("merchant_vmq", id, format!("GET /closeOrder?orderId={order_no}&sign={sign}\n"))?;
            }
            ("vmq-state", [t, _]) => put("merchant_vmq", id, format!("GET /getState?t={t}&sign={sign}\n"))?,
            ("gogo-create", [app, pay_id, param, kind, price, _]) => {
                let pairs = [
                    ("payId", *pay_id),
                    ("param", param),
                    ("type", kind),
                    ("price", price),
                    ("sign", sign),
                    ("returnParam", "1"),
                ];
                let body = String::from_utf8(as_json(&pairs))?;
                let request = format!("POST /createOrder\ncontent-type: application/json\napp-id: {app}\n\n{body}");
                put("merchant_vmq", id, &request)?;
                put("merchant_fields", id, &request)?;
            }
            ("epay-submit", _) => {
                let params = vector["params"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name.as_str(), text(value)));
                let mut pairs: Vec<(&str, &str)> = params.filter(|(name, _)| !name.starts_with("sign")).collect();
                pairs.extend([("sign", sign), ("sign_type", "MD5")]);
                put("merchant_epay", "submit", format!("GET /submit.php?{}\n", form(&pairs)))?;
                put("merchant_epay", "mapi", format!("POST /mapi.php\n\n{}", form(&pairs)))?;
                pairs.push(("param", "a=b"));
                put("merchant_epay", "param", format!("POST /mapi.php\n\n{}", form(&pairs)))?;
            }
            _ => {}
        }
    }
    put("merchant_epay", "order", "GET /api.php?act=order&pid=1001&key=abc&out_trade_no=20160806151343349\n")?;
    put("merchant_epay", "query", "GET /api.php?act=query&pid=1001&sign=00\n")?;
    put("merchant_lyn", "add", "POST /AddOrder\n\n{\"ProductName\":\"会员\",\"IP\":\"1.2.3.4\",\"City\":\"深圳\"}")?;
    put("merchant_lyn", "query", "GET /QueryOrder?TradeNo=1234567890123\n")?;
    put("merchant_lyn", "picture", "GET /PayQRCode/990.jpg\n")?;
    let signed = "x-qiantai-key: 1001\nx-qiantai-timestamp: 1795154400\nx-qiantai-nonce: 5f0c9d3e-7a41\nx-qiantai-signature: v1=00\nidempotency-key: k1";
    let ticket = json!({"price_fen": 1990, "order_no": "A-7", "title": "茶", "channels": ["wechat"], "expires_in_s": 300, "note": "n", "notify_url": urls[0].1});
    put("merchant_v1", "create", format!("POST /api/v1/tickets\n{signed}\n\n{ticket}"))?;
    put("merchant_v1", "list", format!("GET /api/v1/tickets?status=open&limit=10&cursor=7\n{signed}\n"))?;
    put("merchant_v1", "cancel", format!("POST /api/v1/tickets/t_{}/cancel\n{signed}\n", "0a".repeat(16)))?;
    let parts = "--X\r\nContent-Disposition: form-data; name=\"payId\"\r\n\r\n订单 7\r\n--X--\r\n";
    put("merchant_fields", "multipart", format!("POST /\ncontent-type: multipart/form-data; boundary=X\n\n{parts}"))?;
    for (name, pair) in [
        ("inside", "https://shop.example.com/pay/\nhttps://SHOP.example.com:443/pay/notify?x=1#top"),
        ("climbing", "https://shop.example.com/pay/\nhttps://shop.example.com/pay/%2e%2e/admin"),
        ("user", "https://shop.example.com/\nhttps://shop.example.com@evil.example/"),
        ("number", "http://127.0.0.1/\nhttp://2130706433/"),
        ("six", "http://[::1]:8080/a\nhttp://[0:0:0:0:0:0:0:1]:8080/a/b"),
    ] {
        put("merchant_address", name, pair)?;
    }
    Ok(())
}

/// The shipped rules, cut down: what every file needs, one app, one rule.
fn rules_files() -> Done {
    let whole = fs::read_to_string(project().join("crates/till-channels/rules/notifications.toml"))?;
    let whole: Vec<&str> = whole.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let whole = whole.join("\n");
    let mut blocks = whole.split("\n[[");
    let head = blocks.next().unwrap_or_default();
    let blocks: Vec<&str> = blocks.collect();
    let app = blocks.iter().find(|block| block.contains("id = \"wechat\"")).copied().unwrap_or_default();
    for says in ["receipt", "not_receipt", "hold"] {
        let fits =
            |block: &&&str| block.contains(&format!("says = \"{says}\"")) && block.contains("apps = [\"wechat\"]");
        let Some(rule) = blocks.iter().find(fits) else { return Err(format!("no rule says {says}").into()) };
        put("rules_file", says, format!("{head}\n[[{app}\n[[{rule}\n"))?;
    }
    Ok(())
}

/// Payloads of codes.
fn payloads() -> Done {
    for (name, payload) in [
        ("wechat", "wxp://f2f0KQyJcAvGTpZ4yGDs9n8vB1sQw"),
        ("business", "https://payapp.weixin.qq.com/qrpay/order/home2?key=idc_CHNDVI_X"),
        ("order", "weixin://wxpay/bizpayurl?pr=abcdef"),
        ("contact", "https://u.wechat.com/EABCDE"),
        ("alipay", "HTTPS://QR.ALIPAY.COM/FKX00000ABCDEF"),
        (
            "link",
            "alipays://platformapi/startapp?appId=20000123&actionType=scan&biz_data=%7B%22s%22:%22money%22,%22u%22:%222088%22,%22a%22:%220.01%22%7D",
        ),
        ("unionpay", "https://qr.95516.com/00010000/6221"),
        ("ecny", "https://ch5.dcep.ccb.com/x"),
        ("payer", "2856 7890 1234 5678 90"),
        ("emv", "00020101021215311234567890123456789012345678901530315654045.005802CN63047C5B"),
        ("elsewhere", "https://qr.alipay.com@evil.example/fkx1"),
    ] {
        put("codes", name, payload)?;
        put("picture", name, payload.replace(' ', ""))?;
    }
    put("picture", "png", fs::read(project().join("icons/32x32.png"))?)
}

fn decoded(bytes: &[u8]) -> String {
    let plain = std::str::from_utf8(bytes).map(str::to_owned);
    plain
        .unwrap_or_else(|_| encoding_rs::GB18030.decode(bytes).0.into_owned())
        .trim_start_matches('\u{feff}')
        .to_owned()
}

/// A cell's name as the readers compare it.
fn bare(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            c => c,
        })
        .collect()
}

/// Rows of a statement under the header of `headers.txt` that is its own.
fn rows(name: &str, statement: &str) -> Done {
    for (number, header) in HEADERS.lines().enumerate() {
        let wanted: Vec<String> = header.split(',').take(4).map(bare).collect();
        let is_header = |line: &&str| line.split(',').take(4).map(bare).collect::<Vec<_>>() == wanted;
        let mut lines = statement.lines().skip_while(|line| !is_header(line)).skip(1).take(4).peekable();
        if lines.peek().is_some() {
            return put("statement_rows", name, format!("{number}\n{}\n", lines.collect::<Vec<_>>().join("\n")));
        }
    }
    Ok(())
}

fn member(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Done<Vec<(String, Vec<u8>)>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let Ok(mut part) = zip.by_index(index) else { continue };
        // A name in GBK is none that is asked for.
        let name = part.name().map(|name| name.into_owned()).unwrap_or_default();
        if wanted(&name) {
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes)?;
            found.push((name, bytes));
        }
    }
    Ok(found)
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let inner = text.split_once(open).map_or("", |(_, rest)| rest);
    inner.split_once('>').map_or("", |(_, rest)| rest).rsplit_once(close).map_or("", |(inner, _)| inner)
}

fn statements() -> Done {
    for file in fs::read_dir(project().join("crates/till-books/tests/statements"))? {
        let path = file?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let bytes = fs::read(&path)?;
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv" | "txt") => {
                let statement = decoded(&bytes);
                rows(&name, &statement)?;
                // Mostly as UTF-8: a byte changed there stays text. One in GBK keeps the other way in.
                let raw = name.contains("web-2019");
                put("statement_text", &name, if raw { bytes } else { statement.into_bytes() })?;
            }
            Some("zip") => {
                for (inner, bytes) in member(&bytes, |_| true)? {
                    if inner.starts_with("INN") {
                        put("statement_unionpay", &inner, [inner.as_bytes(), b"\n", &bytes].concat())?;
                    } else {
                        rows(&name, &decoded(&bytes))?;
                    }
                }
                put("statement_container", &name, bytes)?;
            }
            Some("xlsx") if name.contains("shop") => {
                let part = |wanted: &str| -> Done<String> {
                    let found = member(&bytes, |name| name.ends_with(wanted))?.pop();
                    Ok(String::from_utf8(found.map(|(_, bytes)| bytes).unwrap_or_default())?)
                };
                let (strings, sheet) = (part("sharedStrings.xml")?, part("sheet1.xml")?);
                let (strings, rows) =
                    (between(&strings, "<sst", "</sst>"), between(&sheet, "<sheetData", "</sheetData>"));
                put("statement_workbook", &name, format!("{strings}\n|\n{rows}"))?;
                put("statement_container", &name, bytes)?;
            }
            _ => {}
        }
    }
    put("statement_rows", "bocom", "15\n1,2025-01-01,00:00:00,存款利息,贷 Cr,1.23,1334.63,1,应付利息,批处理,\n")?;
    put("statement_rows", "cmb", "11\n\"\t20260301\",\"\t12:00:01\",\"\",\"10.00\",\"90.00\",\"消费\",\"午饭\"\n")?;
    put("statement_rows", "portal", "8\n2026-11-19 11:30:09,4200002168202611190001,QT1,交易,35.80,,堂食,支付成功\n")?;
    put(
        "statement_rows",
        "unionpay",
        "9\n777290058110048,2026-11-19 11:30:09,QT1,35.80,消费,成功,781911191130090000011\n",
    )
}

/// Takes the old seeds away, and leaves what fuzzing found.
fn clear() -> Done {
    for folder in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).into_iter().flatten().flatten() {
        for file in fs::read_dir(folder.path())?.flatten() {
            if !file.file_name().to_string_lossy().starts_with("found-") {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

fn main() -> Done {
    clear()?;
    notices()?;
    vectors()?;
    programs()?;
    rules_files()?;
    payloads()?;
    gateways::messages()?;
    gateways::keys()?;
    statements()
}
