use super::*;

#[derive(Deserialize)]
struct Line {
    id: String,
    package: String,
    title: String,
    text: String,
    expect: Expect,
    #[serde(default)]
    undecidable: bool,
    #[serde(default)]
    alt_ok: Option<String>,
}

#[derive(Deserialize)]
struct Expect {
    kind: String,
    channel: String,
    amount_fen: Option<i64>,
}

fn corpus() -> Vec<Line> {
    include_str!("../../tests/data/notifications.jsonl").lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn read(package: &str, title: &str, text: &str) -> Verdict {
    Rules::builtin().read(&Notice { package, title, text })
}

#[test]
fn every_decidable_line_of_the_corpus() {
    let mut wrong = Vec::new();
    for line in corpus().iter().filter(|l| !l.undecidable) {
        let verdict = read(&line.package, &line.title, &line.text);
        let right = match &verdict {
            Verdict::Receipt { channel, amount, .. } => {
                line.expect.kind == "receipt"
                    && channel.as_str() == line.expect.channel
                    && Some(amount.get()) == line.expect.amount_fen
            }
            Verdict::NotAReceipt { .. } => line.expect.kind == "not_receipt",
            Verdict::Unrecognised { .. } => line.alt_ok.as_deref() == Some("hold"),
        };
        if !right {
            wrong.push(format!(
                "{} {:?} | {} | {}\n   → {verdict:?}",
                line.id, line.expect.amount_fen, line.title, line.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_file_passes_its_own_samples() {
    assert_eq!(Rules::builtin().self_check(), Vec::<String>::new());
}

/// The shipped file with one line put in or changed.
fn with(from: &str, to: &str) -> Result<Rules, RulesError> {
    assert!(BUILTIN.contains(from), "{from}");
    Rules::parse(&BUILTIN.replacen(from, to, 1))
}

#[test]
fn a_broken_file_says_where() {
    let says = |from: &str, to: &str| with(from, to).unwrap_err().to_string();
    assert!(says("\nversion = ", "\nfoo = 2\nversion = ").contains("unknown field `foo`"));
    assert!(says("\nversion = ", "\nversion = x").contains("line "));
    assert!(says("id = \"wx-chat\"", "id = \"wx-new-title\"").contains("`wx-new-title`: the id is used twice"));
    assert!(says("id = \"wx-chat\"", "id = \"WX chat\"").contains("a-z"));
    assert!(says("apps = [\"wecom\"]", "apps = [\"weecom\"]").contains("no app `weecom`"));
    assert!(says("titles = [\"@wecom\"]", "titles = [\"@wecon\"]").contains("`wecon`"));
    assert!(says("text = '^[^:\\n]{1,40}:'", "text = '^[^:\\n'").contains("rule `wx-untitled-chat`: `text`"));
    assert!(says("says = \"receipt\"", "says = \"receipts\"").contains("line "));
    assert!(says("(?:微信支付收款|二维码收款到账|个人收款码到账) *{yuan}'", "微信支付收款'").contains("must capture"));
    assert!(says("num = '", "num = '{num}{num}{num}{num}{num}{num}{num}{num}{num}{num}").contains("64 KiB"));
    assert!(says("\"com.unionpay.merchant\"", "\"com.tencent.mm\"").contains("listed twice"));
    assert_eq!(Rules::parse(&"#".repeat(2 << 20)).unwrap_err(), RulesError::TooLarge);
}

#[test]
fn fragments_that_would_fill_the_memory_are_refused() {
    // 100 000 places for a fragment of 400 000 bytes: 40 GB, out of a file below 1 MiB.
    let fragment = format!("\nnum = '{}'\nbig = '{}'\n", "[0-9]+", "a".repeat(400_000));
    let told = BUILTIN.find("\nnum = '").unwrap();
    let end = told + 1 + BUILTIN[told + 1..].find('\n').unwrap();
    let file = [&BUILTIN[..told], &fragment, &BUILTIN[end + 1..]].concat();
    let file = file.replacen("text = '^[^:\\n]{1,40}:'", &format!("text = '{}'", "{big}".repeat(100_000)), 1);
    assert!(file.len() < 1 << 20, "{}", file.len());
    let wrong = Rules::parse(&file).unwrap_err().to_string();
    assert!(wrong.contains("64 KiB"), "{wrong}");
}

#[test]
fn samples_are_checked() {
    let broken =
        with("[2条]微信支付: 微信支付收款0.80元(朋友到店)\", \"receipt wechat 0.80\"", "x\", \"receipt wechat 0.80\"")
            .unwrap();
    let wrong = broken.self_check();
    assert!(wrong.len() == 1 && wrong[0].contains("wx-personal"), "{wrong:?}");
    assert_eq!(broken.version(), Rules::builtin().version());
}

#[test]
fn packages_of_titles() {
    let rules = Rules::builtin();
    assert_eq!(rules.package_of_title("微信收款助手"), Some("com.tencent.mm"));
    assert_eq!(rules.package_of_title("你已成功收款5.00元（新顾客消费）"), Some("com.eg.android.AlipayGphone"));
    assert_eq!(rules.package_of_title("张三"), None);
}

/// A number that goes on behind what the rule took is damaged, whatever it says up to there.
#[test]
fn half_a_number_is_no_amount() {
    let of = |amount: &str| {
        read("sms", "宁波银行", &format!("您尾号3721账户收入(网银转账)人民币{amount},余额21.64。【宁波银行】"))
    };
    assert!(matches!(of("1.00"), Verdict::Receipt { amount, .. } if amount.get() == 100), "{:?}", of("1.00"));
    for damaged in ["1..00", "1.,00", "1,.00", "1.00.5"] {
        assert!(!matches!(of(damaged), Verdict::Receipt { .. }), "{damaged}: {:?}", of(damaged));
    }
}
