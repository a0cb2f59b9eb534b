//! What the bytes are wrapped in: zip (with a password), gzip, workbook, or nothing. The extension is never asked.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipReadOptions;
use zip::result::ZipError;

use super::error::ReadError;

/// What a file may grow to. Zips are cheap to make and dear to open.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Bytes of the file itself, and of all it unpacks to.
    bytes: u64,
    /// Members of a zip that holds statements.
    members: usize,
    /// Parts of a workbook.
    parts: usize,
}

/// A year of a busy shop is some 30 MB.
const LIMITS: Limits = Limits { bytes: 200 << 20, members: 64, parts: 512 };

/// One file out of the wrapping.
pub(super) struct Document {
    /// Member name, or the name of the file itself.
    pub name: String,
    pub bytes: Vec<u8>,
    /// `zip AES-256`, `zip ZipCrypto`, `zip`, `gzip`, or empty.
    pub wrapping: &'static str,
    pub kind: DocumentKind,
}

/// What a document is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    Workbook,
    Text,
}

enum Magic {
    Zip,
    Gzip,
    Ole,
    Pdf,
    Text,
}

fn magic(bytes: &[u8]) -> Magic {
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Magic::Zip,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Magic::Ole,
        [b'%', b'P', b'D', b'F', ..] => Magic::Pdf,
        [0x1F, 0x8B, ..] => Magic::Gzip,
        _ => Magic::Text,
    }
}

/// Takes the wrapping off. One level: a zip inside a zip is refused.
pub(super) fn open(bytes: &[u8], file_name: &str, password: Option<&str>) -> Result<Vec<Document>, ReadError> {
    LIMITS.open(bytes, file_name, password)
}

impl Limits {
    fn open(self, bytes: &[u8], file_name: &str, password: Option<&str>) -> Result<Vec<Document>, ReadError> {
        if bytes.len() as u64 > self.bytes {
            return Err(ReadError::TooLarge { what: "bytes" });
        }
        let alone =
            |bytes: Vec<u8>, wrapping, kind| vec![Document { name: file_name.to_owned(), bytes, wrapping, kind }];
        match magic(bytes) {
            Magic::Zip => {
                let archive = archive(bytes)?;
                if is_workbook(&archive) {
                    self.check_workbook(bytes)?;
                    return Ok(alone(bytes.to_vec(), "", DocumentKind::Workbook));
                }
                self.members(archive, password.map(str::trim).filter(|p| !p.is_empty()))
            }
            Magic::Gzip => {
                let mut plain = Vec::new();
                flate2::read::MultiGzDecoder::new(bytes)
                    .take(self.bytes + 1)
                    .read_to_end(&mut plain)
                    .map_err(ReadError::damaged)?;
                if plain.len() as u64 > self.bytes {
                    return Err(ReadError::TooLarge { what: "bytes" });
                }
                let (kind, _) = self.inner(&plain)?;
                Ok(alone(plain, "gzip", kind))
            }
            _ => Ok(alone(bytes.to_vec(), "", self.inner(bytes)?.0)),
        }
    }

    /// What may stand inside a wrapping, or alone: a workbook, with what it unpacks to, or text.
    fn inner(self, bytes: &[u8]) -> Result<(DocumentKind, u64), ReadError> {
        match magic(bytes) {
            Magic::Text => Ok((DocumentKind::Text, 0)),
            Magic::Pdf => Err(ReadError::ProofPdf),
            Magic::Ole => Err(ole(bytes)),
            Magic::Gzip => Err(ReadError::NestedZip),
            Magic::Zip => {
                if is_workbook(&archive(bytes)?) {
                    Ok((DocumentKind::Workbook, self.check_workbook(bytes)?))
                } else {
                    Err(ReadError::NestedZip)
                }
            }
        }
    }

    /// Unpacks a workbook into nothing, to know its size before a reader trusts it.
    fn check_workbook(self, bytes: &[u8]) -> Result<u64, ReadError> {
        let mut archive = archive(bytes)?;
        if archive.len() > self.parts {
            return Err(ReadError::TooLarge { what: "members" });
        }
        let mut left = self.bytes;
        for index in 0..archive.len() {
            let part = archive.by_index(index).map_err(ReadError::damaged)?;
            let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(ReadError::damaged)?;
            left = left.checked_sub(size).ok_or(ReadError::TooLarge { what: "bytes" })?;
        }
        Ok(self.bytes - left)
    }

    fn members(self, mut archive: Archive<'_>, password: Option<&str>) -> Result<Vec<Document>, ReadError> {
        if archive.len() > self.members {
            return Err(ReadError::TooLarge { what: "members" });
        }
        let mut documents = Vec::new();
        let mut refused = None;
        let mut left = self.bytes;
        for index in 0..archive.len() {
            let (name, encrypted, is_dir) = {
                let entry = archive.by_index_data(index).map_err(ReadError::damaged)?;
                (member_name(entry.name_raw()), entry.encrypted(), entry.is_dir())
            };
            // Litter of file managers.
            if is_dir || name.is_empty() || name.starts_with('.') {
                continue;
            }
            if encrypted && password.is_none() {
                return Err(ReadError::NeedsPassword);
            }
            let options = ZipReadOptions::new().password(password.filter(|_| encrypted).map(str::as_bytes));
            let part = archive.by_index_with_options(index, options).map_err(|error| refusal(error, encrypted))?;
            let mut bytes = Vec::new();
            part.take(left + 1).read_to_end(&mut bytes).map_err(|error| refusal(ZipError::Io(error), encrypted))?;
            left = left.checked_sub(bytes.len() as u64).ok_or(ReadError::TooLarge { what: "bytes" })?;
            let wrapping = match archive.get_aes_verification_key_and_salt(index) {
                _ if !encrypted => "zip",
                Ok(Some(_)) => "zip AES-256",
                _ => "zip ZipCrypto",
            };
            match self.inner(&bytes) {
                Ok((kind, unpacked)) => {
                    left = left.checked_sub(unpacked).ok_or(ReadError::TooLarge { what: "bytes" })?;
                    documents.push(Document { name, bytes, wrapping, kind });
                }
                // A statement may stand beside a PDF; a zip with nothing else is told for what it holds.
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match refused {
            Some(error @ (ReadError::NestedZip | ReadError::TooLarge { .. })) => Err(error),
            Some(error) if documents.is_empty() => Err(error),
            _ if documents.is_empty() => Err(ReadError::Empty),
            _ => Ok(documents),
        }
    }
}

/// An OLE container is an old workbook, or a new one with a password, whose stream is called `EncryptedPackage`.
fn ole(bytes: &[u8]) -> ReadError {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(name.len()).any(|window| window == name) { ReadError::EncryptedXlsx } else { ReadError::OldXls }
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn archive(bytes: &[u8]) -> Result<Archive<'_>, ReadError> {
    ZipArchive::new(Cursor::new(bytes)).map_err(ReadError::damaged)
}

fn is_workbook(archive: &Archive<'_>) -> bool {
    archive.index_for_name("xl/workbook.xml").is_some()
}

/// ZipCrypto checks one byte only: one wrong password in 256 is noticed later, as rubbish or a wrong checksum.
fn refusal(error: ZipError, encrypted: bool) -> ReadError {
    match error {
        ZipError::InvalidPassword => ReadError::WrongPassword,
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => ReadError::NeedsPassword,
        ZipError::Io(_) | ZipError::InvalidArchive(_) if encrypted => ReadError::WrongPassword,
        other => ReadError::damaged(other),
    }
}

/// Member names are UTF-8 by flag or GBK by custom; the folder is of no interest.
fn member_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    const SMALL: Limits = Limits { bytes: 10_000, members: 3, parts: 3 };

    fn packed(members: &[(&str, usize)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, size) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&vec![b'0'; *size]).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn outcome(bytes: &[u8]) -> Result<usize, ReadError> {
        SMALL.open(bytes, "x", None).map(|documents| documents.len())
    }

    #[test]
    fn whatever_unpacks_to_too_much_is_refused() {
        let large = Err(ReadError::TooLarge { what: "bytes" });
        let gz = |size: usize| {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gz.write_all(&vec![b'0'; size]).unwrap();
            gz.finish().unwrap()
        };
        assert_eq!(outcome(&gz(10_000)), Ok(1));
        assert_eq!(outcome(&gz(10_001)), large);
        assert_eq!(outcome(&gz(6_000).repeat(2)), large);
        assert_eq!(outcome(&packed(&[("a", 5_000), ("b", 5_000)])), Ok(2));
        assert_eq!(outcome(&packed(&[("a", 5_000), ("b", 5_001)])), large);
        assert_eq!(outcome(&packed(&[("xl/workbook.xml", 5_000), ("b", 5_000)])), Ok(1));
        assert_eq!(outcome(&packed(&[("xl/workbook.xml", 5_000), ("b", 5_001)])), large);
        assert_eq!(outcome(&vec![b'0'; 10_001]), large);
        let books = packed(&[("xl/workbook.xml", 6_000)]);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a.xlsx", "b.xlsx"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&books).unwrap();
        }
        assert_eq!(outcome(&zip.finish().unwrap().into_inner()), large, "all workbooks share one allowance");
        let many = packed(&[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
        assert_eq!(outcome(&many), Err(ReadError::TooLarge { what: "members" }));
        let parts = packed(&[("xl/workbook.xml", 1), ("b", 1), ("c", 1), ("d", 1)]);
        assert_eq!(outcome(&parts), Err(ReadError::TooLarge { what: "members" }));
    }
}
