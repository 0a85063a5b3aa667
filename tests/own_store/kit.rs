use std::{env, fs, fs::File, path::PathBuf, process};

use second_factor::{
    blocking::Blocking,
    testing::{ProcessRace, ReadsComparesWrites, ThreadRace, race_process, store_contract},
};

use crate::folder::Folder;

/// A new, empty place, gone at the end. Of a database: a schema of its own.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = env::temp_dir().join(format!("second-factor-{name}-{}", process::id()));
        fs::create_dir(&place).unwrap();
        File::create(place.join("lock")).unwrap();
        Self(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn open(place: impl Into<PathBuf>) -> Blocking<Folder> {
    Blocking(Folder(place.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let place = Place::new("contract");
    store_contract(|| async { open(&place.0) }).await;
}

/// Not a test, but the way into this program for the processes of the race.
#[tokio::test(flavor = "multi_thread")]
async fn process() {
    race_process(|| async { open(env::var("RECORDS").unwrap()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_code_is_accepted_twice_by_eight_processes() {
    let place = Place::new("race");
    let race = ProcessRace::new("kit::process").env("RECORDS", &place.0);
    race.single_use(open(&place.0)).await;
    race.guesses(open(&place.0)).await;
    race.killed(open(&place.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "clause 1 (compare and swap)")]
async fn a_broken_store_is_found() {
    let place = Place::new("broken");
    ThreadRace::new().single_use(|| ReadsComparesWrites(open(&place.0))).await;
}
