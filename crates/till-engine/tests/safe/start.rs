//! A start with nobody there: the passphrase in a file.

use std::path::{Path, PathBuf};

use crate::contract::add;
use crate::files::OTHER;
use crate::shop::{PASSPHRASE, Shop};

fn write(dir: &Path, text: &[u8], mode: u32) -> Option<PathBuf> {
    let path = dir.join("at-start");
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    Some(path)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_opens_the_keys_and_anything_wrong_leaves_them_locked() {
    let mut shop = Shop::new().await.with_passphrase().await;
    shop.contract("支付宝").await;
    let line = |text: &str| format!("{text}\r\n").into_bytes();
    let marked = [b"\xef\xbb\xbf".as_slice(), PASSPHRASE.as_bytes()].concat();
    let cases = [
        (line(PASSPHRASE), 0o600, "open"),
        (marked, 0o400, "open"),
        (line(OTHER), 0o600, "locked"),
        (Vec::new(), 0o600, "locked"),
        (vec![0xff; 9_000], 0o600, "locked"),
        (line(&format!("{PASSPHRASE}\n{PASSPHRASE}")), 0o600, "locked"),
        #[cfg(unix)]
        (line(PASSPHRASE), 0o640, "locked"),
        #[cfg(unix)]
        (line(PASSPHRASE), 0o604, "locked"),
    ];
    for (text, mode, safe) in cases {
        shop.ports.passphrase_file = write(shop.elsewhere.path(), &text, mode);
        shop = shop.reopen().await;
        assert_eq!(shop.safe().await, safe, "{mode:o}");
        std::fs::remove_file(shop.elsewhere.path().join("at-start")).unwrap();
    }
    shop = shop.reopen().await;
    assert_eq!(shop.safe().await, "locked", "the file is gone");
    assert_eq!(shop.unlock(PASSPHRASE).await.unwrap(), "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_chooses_nothing_by_itself() {
    let shop = Shop::new().await.reopen().await;
    assert_eq!(shop.safe().await, "no_passphrase");
    assert!(shop.act(add("支付宝", crate::contract::whole())).await.is_err());
}
