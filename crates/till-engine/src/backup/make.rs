//! Making a copy, carrying it to the second folder, and looking at one. Everything here blocks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use till_store::{Damage, Depth, Facts, Stop};

use super::folder::{self, Manifest};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The database, or its copy, is not sound.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The folder does not take it.
    #[error("{}: {cause}", path.display())]
    Folder { path: PathBuf, cause: io::Error },
    /// The file is not what was noted when it was made.
    #[error("it is not the file that was noted (SHA-256 {found})")]
    OtherHash { found: String },
    /// The second folder is not there: the stick is not plugged in.
    #[error("{} is not there", .0.display())]
    Unplugged(PathBuf),
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Trouble {
    let path = path.to_owned();
    move |cause| Trouble::Folder { path, cause }
}

/// A copy that was made and looked at.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) manifest: Manifest,
}

/// Looks at a file. A changed journal or schema that a person chose to go on with is let pass; a file that SQLite finds
/// damaged never is.
pub(crate) fn pass(path: &Path, depth: Depth, tolerated: &str, stop: &Stop) -> Result<Facts, Damage> {
    match till_store::examine(path, depth, stop) {
        Err(Damage::Journal(_) | Damage::Foreign(_)) if !tolerated.is_empty() => {
            till_store::examine(path, Depth::Bare, stop)
        }
        found => found,
    }
}

/// What to copy, and how it is to be noted.
pub(crate) struct Source {
    pub(crate) database: PathBuf,
    pub(crate) made_at: i64,
    /// Damage that a person chose to go on with.
    pub(crate) tolerated: String,
}

/// Copies the database into a folder under a name of its own: it bears it only once it is whole, on the disk, and found
/// sound by SQLite and by the journal's chain.
pub(crate) fn copy_into(source: &Source, folder: &Path, name: &str, stop: &Stop) -> Result<Made, Trouble> {
    let path = folder.join(name);
    let part = folder::part_of(&path);
    folder::sweep_parts(folder);
    let made = (|| {
        till_store::copy(&source.database, &part, stop)?;
        let facts = pass(&part, Depth::Full, &source.tolerated, stop)?;
        let sha256 = folder::hash(&part, stop).map_err(at(&part))?;
        let manifest = manifest(facts, sha256, source);
        manifest.write(&path).map_err(at(&path))?;
        fs::rename(&part, &path).map_err(at(&path))?;
        folder::sync_dir(folder);
        Ok(Made { path, manifest })
    })();
    if made.is_err() {
        let _ = folder::remove(&part);
    }
    made
}

fn manifest(facts: Facts, sha256: String, source: &Source) -> Manifest {
    Manifest {
        made_at: source.made_at,
        tolerated: source.tolerated.clone(),
        sha256,
        bytes: facts.bytes,
        tickets: facts.tickets,
        journal_rows: facts.head.seq,
        journal_head: hex::encode(facts.head.hash),
        schema: facts.schema,
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// Makes the folder for the backups, for its owner only.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Trouble> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(at(folder))
}

/// Puts a copy of a backup into the second folder and reads it back. The folder is never made: where a stick is not
/// plugged in, its place may be an empty directory's parent on the very disk that the copy should be safe from.
pub(crate) fn carry(made: &Made, second: &Path, stop: &Stop) -> Result<(), Trouble> {
    if !second.is_dir() {
        return Err(Trouble::Unplugged(second.to_owned()));
    }
    let Some(name) = made.path.file_name() else { return Err(Trouble::Damage(Damage::Missing)) };
    let target = second.join(name);
    if is_carried(&made.path, second) {
        return Ok(());
    }
    let part = folder::part_of(&target);
    folder::sweep_parts(second);
    let carried = (|| {
        folder::copy_bytes(&made.path, &part, stop).map_err(at(&part))?;
        let found = folder::hash(&part, stop).map_err(at(&part))?;
        if found != made.manifest.sha256 {
            return Err(Trouble::OtherHash { found });
        }
        made.manifest.write(&target).map_err(at(&target))?;
        fs::rename(&part, &target).map_err(at(&target))?;
        folder::sync_dir(second);
        Ok(())
    })();
    if carried.is_err() {
        let _ = folder::remove(&part);
    }
    carried
}

/// True if the second folder has a backup of this name and size.
pub(crate) fn is_carried(path: &Path, second: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map(|m| m.len()).ok();
    let there = path.file_name().and_then(|name| length(&second.join(name)));
    there.is_some() && there == length(path)
}

/// What there is to know about a file that may be a backup.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub(crate) path: PathBuf,
    pub(crate) bytes: i64,
    pub(crate) made_at: i64,
    /// Empty if it was not hashed and nothing is noted beside it.
    pub(crate) sha256: String,
    /// What it holds, or why it cannot be relied on; none: not looked at.
    pub(crate) facts: Option<Result<Facts, String>>,
    pub(crate) noted: Option<Manifest>,
}

/// A backup as its name, size and note tell, without opening it.
pub(crate) fn glance(path: &Path) -> Looked {
    let noted = Manifest::read(path);
    let file = fs::metadata(path).ok();
    let changed = file.as_ref().and_then(|f| f.modified().ok());
    let changed = changed.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    let changed = changed.and_then(|t| i64::try_from(t.as_millis()).ok());
    Looked {
        path: path.to_owned(),
        bytes: file.and_then(|f| i64::try_from(f.len()).ok()).unwrap_or(0),
        made_at: noted.as_ref().map(|n| n.made_at).or(changed).unwrap_or(0),
        sha256: noted.as_ref().map(|n| n.sha256.clone()).unwrap_or_default(),
        facts: None,
        noted,
    }
}

/// Looks at a backup: its hash against what was noted, and its inside to a depth.
pub(crate) fn look(path: &Path, depth: Depth, stop: &Stop) -> Result<(Looked, Facts), Trouble> {
    let mut looked = glance(path);
    let tolerated = looked.noted.as_ref().map(|noted| noted.tolerated.clone()).unwrap_or_default();
    let facts = pass(path, depth, &tolerated, stop)?;
    looked.sha256 = folder::hash(path, stop).map_err(at(path))?;
    if looked.noted.as_ref().is_some_and(|noted| noted.sha256 != looked.sha256) {
        return Err(Trouble::OtherHash { found: looked.sha256 });
    }
    looked.facts = Some(Ok(facts.clone()));
    Ok((looked, facts))
}
