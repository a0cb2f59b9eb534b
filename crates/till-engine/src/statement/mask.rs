//! What a screen may show of a customer.

/// What wallets themselves write before a customer's words.
const OWN_WORDS: [&str; 4] = ["收款方备注:二维码收款", "二维码收款", "收钱码经营版收款", "收钱码收款"];

/// The first character, the rest hidden: `张**`.
pub(super) fn name(text: &str) -> String {
    let text = text.trim();
    match text.chars().next() {
        None | Some('/' | '-') => String::new(),
        Some(first) => format!("{first}**"),
    }
}

/// The wallet's own words stay, a customer's are hidden.
pub(super) fn note(text: &str) -> String {
    let text = text.trim();
    match OWN_WORDS.iter().find_map(|own| text.strip_prefix(own).map(|rest| (own, rest))) {
        Some((own, "")) => (*own).to_owned(),
        Some((own, _)) => format!("{own}…"),
        None => name(text),
    }
}

/// An account number keeps what tells it from others: `208****0156`; a name is hidden as a person's is.
pub(super) fn account(text: &str) -> String {
    let text = text.trim();
    let number = text.len() >= 8 && text.chars().all(|c| c.is_ascii_digit() || c == '*');
    if number { format!("{}****{}", &text[..3], &text[text.len() - 4..]) } else { name(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_a_character_and_a_number_is_its_ends() {
        assert_eq!(name("张三丰"), "张**");
        assert_eq!(name(" / "), "");
        assert_eq!(note("收款方备注:二维码收款付款方留言:少放辣"), "收款方备注:二维码收款…");
        assert_eq!(note("收钱码收款"), "收钱码收款");
        assert_eq!(note("生日快乐"), "生**");
        assert_eq!(account("20880000000000000156"), "208****0156");
        assert_eq!(account("139****0000"), "139****0000");
        assert_eq!(account("abc@example.com"), "a**");
        assert_eq!(account(""), "");
    }
}
