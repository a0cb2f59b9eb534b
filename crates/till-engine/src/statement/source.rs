//! The bytes of a statement: sent along, or a file on this computer.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::api::{ApiError, Code, Lang};
use crate::words;

/// No wallet's statement of a year comes near this.
const MOST_BYTES: usize = 64 << 20;
const LONGEST_NAME: usize = 120;

/// A file that was dropped in.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: [u8; 32],
}

/// Bytes that came without a file.
pub(super) fn own(name: String, bytes: Vec<u8>) -> Source {
    let sha256 = Sha256::digest(&bytes).into();
    Source { name, bytes, sha256 }
}

fn too_large(lang: Lang) -> ApiError {
    let (zh, en) =
        ("文件太大（最多 64 MB）。请按月导出", "The file is too large (at most 64 MB). Export it by the month");
    words::error(lang, Code::Invalid, zh, en)
}

pub(super) async fn read(
    lang: Lang,
    file: &str,
    content_base64: Option<String>,
    path: Option<String>,
) -> Result<Source, ApiError> {
    let name = last_part(file);
    let reading = tokio::task::spawn_blocking(move || {
        let (name, bytes) = match (content_base64, path) {
            (Some(text), None) => (name, decoded(lang, &text)?),
            (None, Some(path)) => {
                let path = PathBuf::from(path);
                let own = path.file_name().map(|name| last_part(&name.to_string_lossy())).unwrap_or_default();
                (if name.is_empty() { own } else { name }, from_disk(lang, &path)?)
            }
            _ => {
                let (zh, en) = ("请给出文件内容或文件路径中的一个", "Give either the content or the path of a file");
                return Err(words::error(lang, Code::Invalid, zh, en));
            }
        };
        let sha256 = Sha256::digest(&bytes).into();
        Ok(Source { name, bytes, sha256 })
    });
    reading.await.unwrap_or_else(|cause| Err(ApiError::new(Code::Internal, cause.to_string())))
}

/// The file's own name, wherever it lay.
fn last_part(file: &str) -> String {
    let last = file.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

fn decoded(lang: Lang, text: &str) -> Result<Vec<u8>, ApiError> {
    if text.len() > MOST_BYTES / 3 * 4 + 4 {
        return Err(too_large(lang));
    }
    let (zh, en) = ("文件内容不是有效的 Base64", "The content is not valid Base64");
    let bytes = STANDARD.decode(text).map_err(|_| words::error(lang, Code::Invalid, zh, en))?;
    if bytes.len() > MOST_BYTES { Err(too_large(lang)) } else { Ok(bytes) }
}

fn from_disk(lang: Lang, path: &Path) -> Result<Vec<u8>, ApiError> {
    let no_file = || {
        let (zh, en) = ("没有这个文件，或者它不是普通文件", "There is no such file, or it is not a regular file");
        words::error(lang, Code::NotFound, zh, en)
    };
    if !path.is_absolute() {
        let (zh, en) = ("请给出文件的完整路径", "Give the full path of the file");
        return Err(words::error(lang, Code::Invalid, zh, en));
    }
    // Looked at before it is opened: opening a pipe would wait for a writer.
    if !path.metadata().is_ok_and(|is| is.is_file()) {
        return Err(no_file());
    }
    let unreadable = |cause: std::io::Error| {
        tracing::warn!(%cause, "a statement could not be read from the disk");
        words::error(lang, Code::Invalid, "这个文件读不了", "The file cannot be read")
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().is_ok_and(|is| is.is_file()) {
        return Err(no_file());
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MOST_BYTES { Err(too_large(lang)) } else { Ok(bytes) }
}
