//! The key ring, kept in a file beside the database. A real service keeps it where its other secrets are.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process,
};

use second_factor::{BoxError, KeyRing};

use crate::private;

/// Why there is no key ring.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    #[error(
        "the key file {0} is missing, and the database was used with it; put the file back from your backup \
         (a new one could not open the records of the second factor, and nobody enrolled could sign in)"
    )]
    Missing(PathBuf),
    #[error("the key file {0} is there, but it holds no key ring")]
    Damaged(PathBuf, #[source] BoxError),
    #[error(
        "the key file {0} holds a key ring, but not the one that the records are sealed with; \
         put the right file back from your backup (with this one nobody enrolled could sign in)"
    )]
    Wrong(PathBuf),
    #[error("the key file {0} cannot be read or made")]
    File(PathBuf, #[source] io::Error),
    #[error("no new keys could be drawn")]
    Random(#[source] BoxError),
}

/// Reads the key ring, or makes one on the very first start. The processes that share the records share the file.
///
/// `kept` is the check value of the ring that the records are sealed with. If there is one, the database is not empty.
pub(crate) fn open(file: &Path, records_exist: bool, kept: Option<&str>) -> Result<KeyRing, KeysError> {
    match fs::read_to_string(file) {
        Ok(text) => match KeyRing::from_text(text.trim()) {
            Ok(keys) if records_exist && kept.is_some_and(|kept| !keys.matches(kept)) => {
                Err(KeysError::Wrong(file.into()))
            }
            Ok(keys) => Ok(keys),
            Err(e) => Err(KeysError::Damaged(file.into(), e.into())),
        },
        Err(e) if e.kind() == ErrorKind::NotFound && (records_exist || kept.is_some()) => {
            Err(KeysError::Missing(file.into()))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => match make(file) {
            // Another process that started at the same time was first.
            Err(KeysError::File(_, e)) if e.kind() == ErrorKind::AlreadyExists => {
                open(file, records_exist, kept)
            }
            made => made,
        },
        Err(e) => Err(KeysError::File(file.into(), e)),
    }
}

fn make(file: &Path) -> Result<KeyRing, KeysError> {
    let keys = KeyRing::generate().map_err(|e| KeysError::Random(e.into()))?;
    write_private(file, keys.to_text().as_bytes()).map_err(|e| KeysError::File(file.into(), e))?;
    tracing::info!(file = %file.display(), "made a new key ring: back it up, without it nobody enrolled can sign in");
    Ok(keys)
}

/// Nobody else may read it, from the moment it exists. It is written beside and then put in place whole, so a crash leaves no half of
/// it; and one that is there is never written over, not even by another process that starts at the same time.
fn write_private(file: &Path, text: &[u8]) -> io::Result<()> {
    let beside = file.with_extension(format!("{}.new", process::id()));
    let mut written =
        private::writing(OpenOptions::new().write(true).create(true).truncate(true)).open(&beside)?;
    written.write_all(text)?;
    written.sync_all()?;
    let placed = fs::hard_link(&beside, file);
    fs::remove_file(&beside)?;
    placed
}
