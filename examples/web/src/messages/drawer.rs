//! A folder of messages, one to a file. They hold codes, so nobody else may read them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use second_factor::{Clock, SystemClock};

use crate::private;

/// What a message is called. With an id a second delivery writes over the first.
pub(super) fn name(id: Option<&str>, ending: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    match id {
        Some(id) => format!("{id}.{ending}"),
        None => {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            format!("{}-{}-{count}.{ending}", SystemClock.now().seconds(), process::id())
        }
    }
}

/// Puts a message in, whole or not at all.
pub(super) fn put(file: &Path, message: &[u8]) -> io::Result<()> {
    let beside = file.with_extension("part");
    let mut options = OpenOptions::new();
    private::writing(options.write(true).create(true).truncate(true)).open(&beside)?.write_all(message)?;
    fs::rename(beside, file)
}

/// The newest messages with this ending, newest first.
pub(crate) fn newest(folder: &Path, ending: &str, most: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|it| it == ending) {
            found.push((entry.metadata()?.modified()?, path));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    found.iter().take(most).map(|(_, path)| fs::read(path)).collect()
}
