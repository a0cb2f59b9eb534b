//! Secrets in an encrypted file, its key in another file beside it. This keeps them out of backups of the database and
//! from a glance; whoever copies both files can read them, and the programs page says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::vault::{Kept, Trouble};
use crate::backup::folder::write_whole;
use crate::ports::Random;

/// Says what the file is; sealed with it.
const MAGIC: &[u8] = b"qiantai secrets 1\n";
pub(super) const NONCE_BYTES: usize = 24;
/// A file beyond this is none of ours.
const LARGEST: u64 = 16 << 20;

/// Opens what it has sealed.
pub(crate) type SealKey = Zeroizing<[u8; 32]>;

type Secrets = BTreeMap<String, Kept>;

/// The pair of files. Its calls block.
pub(super) struct SealedFile {
    sealed: PathBuf,
    key: PathBuf,
    random: Arc<dyn Random>,
}

impl SealedFile {
    /// `name` is what both files are called before their endings.
    pub(super) fn new(dir: &Path, name: &str, random: Arc<dyn Random>) -> SealedFile {
        SealedFile { sealed: dir.join(format!("{name}.bin")), key: dir.join(format!("{name}.key")), random }
    }

    /// All secrets; none where there is no file.
    pub(super) fn read(&self) -> Result<Secrets, Trouble> {
        let Some(bytes) = read(&self.sealed)? else { return Ok(Secrets::new()) };
        let key = self.key()?.ok_or_else(|| Trouble::Damaged("its key is gone".into()))?;
        let opened = open(MAGIC, &key, &bytes)?;
        serde_json::from_slice(&opened).map_err(|_| Trouble::Damaged("its contents do not read".into()))
    }

    /// Keeps a secret. A file that cannot be opened any more is put aside first, not overwritten: its key may turn up.
    pub(super) fn set(&self, name: &str, kept: &Kept) -> Result<(), Trouble> {
        let mut secrets = match self.read() {
            Err(Trouble::Damaged(cause)) => {
                tracing::error!(cause, "the file of secrets does not open; it is put aside");
                put_aside(&[&self.sealed, &self.key])?;
                Secrets::new()
            }
            read => read?,
        };
        secrets.insert(name.to_owned(), kept.clone());
        self.write(&secrets)
    }

    /// Forgets a secret; fine if there is none.
    pub(super) fn remove(&self, name: &str) -> Result<(), Trouble> {
        let mut secrets = self.read()?;
        if secrets.remove(name).is_none() {
            return Ok(());
        }
        self.write(&secrets)
    }

    fn write(&self, secrets: &Secrets) -> Result<(), Trouble> {
        let key = match self.key()? {
            Some(key) => key,
            None => {
                let key = new_key(self.random.as_ref())?;
                let text = Zeroizing::new(hex::encode(key.as_slice()));
                write_whole(&self.key, text.as_bytes(), true).map_err(broken)?;
                key
            }
        };
        let plain = serde_json::to_vec(secrets).map(Zeroizing::new).map_err(|e| Trouble::File(e.to_string()))?;
        let sealed = seal(MAGIC, &key, self.random.as_ref(), &plain)?;
        write_whole(&self.sealed, &sealed, true).map_err(broken)
    }

    fn key(&self) -> Result<Option<SealKey>, Trouble> {
        let Some(text) = read(&self.key)?.map(Zeroizing::new) else { return Ok(None) };
        let key = read_key(&text).map(Some);
        key.ok_or_else(|| Trouble::Damaged("its key does not read".into()))
    }
}

/// A fresh key.
pub(crate) fn new_key(random: &dyn Random) -> Result<SealKey, Trouble> {
    let mut key = Zeroizing::new([0; 32]);
    random.fill(key.as_mut()).map_err(Trouble::File)?;
    Ok(key)
}

/// A key as hex.
pub(crate) fn read_key(text: &[u8]) -> Option<SealKey> {
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii(), key.as_mut()).ok()?;
    Some(key)
}

/// Encrypts. `magic` says what it is, stands in front, and is sealed with it.
pub(crate) fn seal(magic: &[u8], key: &SealKey, random: &dyn Random, plain: &[u8]) -> Result<Vec<u8>, Trouble> {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce).map_err(Trouble::File)?;
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: magic });
    let sealed = sealed.map_err(|_| Trouble::File("it could not be encrypted".into()))?;
    Ok([magic, &nonce, &sealed].concat())
}

/// Decrypts what [`seal`] made.
pub(crate) fn open(magic: &[u8], key: &SealKey, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let rest = bytes.strip_prefix(magic).ok_or_else(|| Trouble::Damaged("it begins with other words".into()))?;
    let cut = rest.split_first_chunk::<NONCE_BYTES>();
    let (nonce, sealed) = cut.ok_or_else(|| Trouble::Damaged("it is cut off".into()))?;
    let opened = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: magic });
    opened.map(Zeroizing::new).map_err(|_| Trouble::Damaged("it was changed, or its key is another".into()))
}

/// Renames what does not open to a name that is free: all of the files, so that they stay together.
pub(crate) fn put_aside(paths: &[&Path]) -> Result<(), Trouble> {
    let aside = |path: &Path, n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".aside-{n}"));
        PathBuf::from(name)
    };
    let free = (1..10_000).find(|n| paths.iter().all(|path| !aside(path, *n).exists()));
    let n = free.ok_or_else(|| Trouble::File("too many files were put aside".into()))?;
    for path in paths {
        match std::fs::rename(path, aside(path, n)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(broken(e)),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(**key))
}

pub(crate) fn broken(cause: std::io::Error) -> Trouble {
    Trouble::File(cause.to_string())
}

/// A small file; none if it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(broken(e)),
        Ok(found) if found.len() > LARGEST => return Err(Trouble::Damaged("it is far too large".into())),
        Ok(_) => {}
    }
    std::fs::read(path).map(Some).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemRandom;

    fn kept(key: &str) -> Kept {
        Kept { key: key.into(), token: "t".into(), at: 1 }
    }

    fn file(dir: &Path) -> SealedFile {
        SealedFile::new(dir, "secrets", Arc::new(SystemRandom))
    }

    #[test]
    fn secrets_come_back_and_are_not_to_be_read_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let f = file(dir.path());
        assert!(f.read().ok().unwrap().is_empty());
        f.set("program/a", &kept("SECRET-ONE")).ok().unwrap();
        f.set("program/b", &kept("SECRET-TWO")).ok().unwrap();
        f.set("program/a", &kept("SECRET-NEW")).ok().unwrap();
        f.remove("program/b").ok().unwrap();
        f.remove("program/b").ok().unwrap();
        let read = file(dir.path()).read().ok().unwrap();
        assert_eq!(
            read.iter().map(|(n, k)| (n.as_str(), k.key.as_str())).collect::<Vec<_>>(),
            [("program/a", "SECRET-NEW")]
        );
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            for word in ["SECRET", "program/"] {
                assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word} in {}", path.display());
            }
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
            }
        }
    }

    #[test]
    fn a_changed_file_does_not_open_and_is_kept() {
        let whole = |dir: &Path| std::fs::read(dir.join("secrets.bin")).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let f = file(dir.path());
        f.set("a", &kept("one")).ok().unwrap();
        let good = whole(dir.path());
        let path = dir.path().join("secrets.bin");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(matches!(f.read(), Err(Trouble::Damaged(_))), "byte {at}");
        }
        for length in [0, 5, MAGIC.len(), MAGIC.len() + NONCE_BYTES, good.len() - 1] {
            std::fs::write(&path, &good[..length]).unwrap();
            assert!(matches!(f.read(), Err(Trouble::Damaged(_))), "cut to {length}");
            assert!(matches!(f.remove("a"), Err(Trouble::Damaged(_))), "nothing is written over it");
        }
        // Another key, no key.
        std::fs::write(&path, &good).unwrap();
        let key = std::fs::read(dir.path().join("secrets.key")).unwrap();
        for other in ["", "zz", &"0".repeat(64)] {
            std::fs::write(dir.path().join("secrets.key"), other).unwrap();
            assert!(matches!(f.read(), Err(Trouble::Damaged(_))), "key {other:?}");
        }
        std::fs::remove_file(dir.path().join("secrets.key")).unwrap();
        assert!(matches!(f.read(), Err(Trouble::Damaged(_))));
        // A new secret is kept; what did not open lies beside it, and opens again with its key.
        f.set("b", &kept("two")).ok().unwrap();
        assert_eq!(f.read().ok().unwrap().len(), 1);
        std::fs::copy(dir.path().join("secrets.bin.aside-1"), &path).unwrap();
        std::fs::write(dir.path().join("secrets.key"), key).unwrap();
        assert_eq!(f.read().ok().unwrap()["a"].key, "one");
    }
}
