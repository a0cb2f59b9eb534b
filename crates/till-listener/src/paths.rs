//! What the path of a request alone says: which crowd it belongs to, and what of it may be written down.

/// The path without `/t/{token}`, and that token: a program whose client can only be given an address has its token there.
pub(crate) fn split_token(path: &str) -> (Option<&str>, &str) {
    let Some(rest) = path.strip_prefix("/t/") else { return (None, path) };
    match rest.find('/') {
        Some(end) => (Some(&rest[..end]), &rest[end..]),
        None => (Some(rest), ""),
    }
}

/// True for what customers' browsers ask for: the checkout page, its files and its stream.
pub(crate) fn is_customers(path: &str) -> bool {
    let (_, path) = split_token(path);
    ["/pay/", "/payPage/", "/assets/"].iter().any(|start| path.starts_with(start))
}

const LONGEST_PATH: usize = 120;
/// No word in a path of ours is as long; keys and tokens are.
const LONGEST_WORD: usize = 16;

/// The path with every word that is or may be a secret replaced by `…`: what follows `/t/` and `/pay/`, however short,
/// and every long word (a key, a token).
pub(crate) fn without_secrets(path: &str) -> String {
    let mut clean = String::with_capacity(path.len().min(LONGEST_PATH));
    let mut hidden = false;
    for (n, word) in path.split('/').enumerate() {
        if n > 0 {
            clean.push('/');
        }
        let hide = hidden || word.len() >= LONGEST_WORD || !word.is_ascii();
        hidden = matches!(word, "t" | "pay");
        let word = if hide && !word.is_empty() { "…" } else { word };
        if clean.len() + word.len() > LONGEST_PATH {
            clean.push('…');
            break;
        }
        clean.push_str(word);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_in_a_path() {
        assert_eq!(without_secrets("/appPush"), "/appPush");
        assert_eq!(without_secrets("/api/v1/phones/json/2f6a0c1d2f6a0c1d2f6a"), "/api/v1/phones/json/…");
        assert_eq!(without_secrets("/a7cc8678193ee9c70ae3d75fd04ae6a9"), "/…");
        assert_eq!(without_secrets("/api/v1/phones/smsforwarder"), "/api/v1/phones/smsforwarder");
        assert_eq!(without_secrets("/t/short/createOrder"), "/t/…/createOrder");
        assert_eq!(without_secrets("/t/short"), "/t/…");
        assert_eq!(without_secrets("/t//x"), "/t//x");
        assert_eq!(without_secrets("/pay/short/events"), "/pay/…/events");
        assert_eq!(without_secrets("/t/pay/secret/x"), "/t/…/…/x");
        assert!(without_secrets(&"/short".repeat(100)).len() <= LONGEST_PATH + 5);
    }

    #[test]
    fn the_token_is_cut_off() {
        assert_eq!(split_token("/createOrder"), (None, "/createOrder"));
        assert_eq!(split_token("/t/abc/createOrder"), (Some("abc"), "/createOrder"));
        assert_eq!(split_token("/t/abc/gogo/createOrder"), (Some("abc"), "/gogo/createOrder"));
        assert_eq!(split_token("/t/abc"), (Some("abc"), ""));
        assert_eq!(split_token("/test/x"), (None, "/test/x"));
    }

    #[test]
    fn customers_and_others() {
        for path in ["/pay/x", "/pay/x/events", "/payPage/pay.html", "/t/x/payPage/pay.html", "/assets/a.js"] {
            assert!(is_customers(path), "{path}");
        }
        for path in ["/appPush", "/t/pay/createOrder", "/t/x/getOrder", "/paying", "/api/v1/tickets", "/display"] {
            assert!(!is_customers(path), "{path}");
        }
    }
}
