//! A disk that is full, and has room again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use second_factor::{StoredRecord, Swap, UserStore};
use second_factor_sqlx::{Error, SqliteStore};
use second_factor_testbed::skip;
use tempfile::TempDir;

use super::place::{in_line, in_time, revision, user};

/// A small file system of the test's own, in memory. It is unmounted when this is dropped.
struct Disk(TempDir);

impl Disk {
    /// `None` where this process may not mount anything, after saying so.
    fn new() -> Option<Self> {
        let place = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "second-factor"]).arg(place.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(place)),
            refused => {
                skip(format_args!("no tmpfs can be mounted for a disk that is full: {refused:?}"));
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// What a host left there, so that nothing else has room.
    fn fill(&self) -> PathBuf {
        let ballast = self.path().join("ballast");
        assert!(fs::write(&ballast, vec![7; 2 << 20]).is_err(), "more than there is");
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, for the threads of the driver may still close their files.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

fn record(number: u64) -> StoredRecord {
    StoredRecord::new(revision(number), number.to_be_bytes().repeat(500))
}

/// Writes the next record of each user, all of them together or one after the other; yields who was told that it is done.
async fn write(store: &SqliteStore, acknowledged: &[u64], together: bool) -> Vec<Result<Swap, Error>> {
    let mut writing = Vec::new();
    let mut answers = Vec::new();
    for (name, &last) in (0..).zip(acknowledged) {
        let (store, expected) = (store.clone(), (last > 0).then(|| revision(last)));
        let written =
            in_line(async move { store.compare_and_swap(&user(name), expected, &record(last + 1)).await });
        writing.push(written.await);
        if !together {
            answers.push(in_time(writing.remove(0)).await.unwrap());
        }
    }
    for written in writing {
        answers.push(in_time(written).await.unwrap());
    }
    answers
}

async fn stands(store: &SqliteStore, acknowledged: &[u64]) {
    for (name, &last) in (0..).zip(acknowledged) {
        let found = store.load(&user(name)).await.unwrap();
        let found = found.map(|found| (found.revision(), found.sealed().to_vec()));
        let expected = (last > 0).then(|| (revision(last), record(last).sealed().to_vec()));
        assert_eq!(found, expected, "user {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_a_full_disk_loses_nothing_and_the_store_works_on_when_there_is_room() {
    for together in [true, false] {
        let Some(disk) = Disk::new() else { return };
        let store = SqliteStore::open(disk.path().join("records.db")).await.unwrap();
        store.migrate().await.unwrap();
        let mut acknowledged = [0; 20];
        for round in 0..3 {
            // One has room, until the log grows beyond it.
            let ballast = (round > 0).then(|| disk.fill());
            let (mut done, mut failed) = (0, 0);
            while failed == 0 && done < 100 {
                let answers = write(&store, &acknowledged, together).await;
                for (last, answer) in acknowledged.iter_mut().zip(answers) {
                    match answer {
                        Ok(Swap::Done) => (*last, done) = (*last + 1, done + 1),
                        Ok(Swap::Conflict) => panic!("nobody else writes"),
                        Err(Error::Database(_)) => failed += 1,
                        Err(error) => panic!("{error:?}"),
                    }
                }
                stands(&store, &acknowledged).await;
            }
            assert_eq!(ballast.is_some(), failed > 0, "round {round}: {done} done, {failed} failed");
            if let Some(ballast) = ballast {
                fs::remove_file(ballast).unwrap();
            }
            stands(&store, &acknowledged).await;
            let again = write(&store, &acknowledged, together).await;
            assert!(again.iter().all(|answer| matches!(answer, Ok(Swap::Done))), "round {round}: {again:?}");
            acknowledged.iter_mut().for_each(|last| *last += 1);
        }
        drop(store);
        let later = SqliteStore::open(disk.path().join("records.db")).await.unwrap();
        stands(&later, &acknowledged).await;
        let check: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(later.pool()).await.unwrap();
        assert_eq!(check, "ok");
        later.pool().close().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
