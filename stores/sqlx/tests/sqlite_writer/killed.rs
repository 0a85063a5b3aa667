//! Processes that end in the middle of a burst. They are this very program, started again to run `process` alone.

use std::{
    collections::HashMap,
    env,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use second_factor::{Swap, UserStore};
use second_factor_sqlx::SqliteStore;

use super::place::{Place, number, record, revision, user};

const FILE: &str = "SECOND_FACTOR_BURST_FILE";
const CLIENTS: u64 = 16;

/// Not a test: the way into this program for the processes that the tests start. Without them it does nothing.
///
/// Each client writes one record after another and says so on a line of its own, once it was told that it is done. A client whose write
/// is an error says that, and ends.
#[tokio::test(flavor = "multi_thread")]
async fn process() {
    let Ok(file) = env::var(FILE) else { return };
    let store = SqliteStore::open(Path::new(&file)).await.unwrap();
    let clients: Vec<_> = (0..CLIENTS).map(|name| tokio::spawn(write_on(store.clone(), name))).collect();
    for client in clients {
        client.await.unwrap();
    }
}

async fn write_on(store: SqliteStore, name: u64) {
    for next in 1.. {
        let expected = (next > 1).then(|| revision(next - 1));
        match store.compare_and_swap(&user(name), expected, &record(next)).await {
            Ok(Swap::Done) => say(&format!("burst: {name} {next}")),
            Ok(Swap::Conflict) => return say(&format!("burst: {name} conflict")),
            Err(_) => return say(&format!("burst: {name} error")),
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// What a process said: the last number that was acknowledged to each client, and how often it said something else.
struct Heard {
    acknowledged: HashMap<u64, u64>,
    errors: usize,
    conflicts: usize,
}

fn listen(child: &mut Child) -> Heard {
    let mut heard = Heard { acknowledged: HashMap::new(), errors: 0, conflicts: 0 };
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_to_string(&mut said).unwrap();
    // The last line may have been cut off by the kill.
    let whole = said.rfind('\n').map_or("", |end| &said[..end]);
    for line in whole.as_bytes().lines().map_while(std::result::Result::ok) {
        let Some((_, words)) = line.split_once("burst: ") else { continue };
        let (name, what) = words.split_once(' ').unwrap();
        match what {
            "error" => heard.errors += 1,
            "conflict" => heard.conflicts += 1,
            next => {
                heard.acknowledged.insert(name.parse().unwrap(), next.parse().unwrap());
            }
        }
    }
    heard
}

/// Every acknowledged write is there; at most the one after it is, too; and the file is whole.
async fn judge(place: &Place, heard: &Heard) {
    let store = place.store().await;
    for name in 0..CLIENTS {
        let acknowledged = heard.acknowledged.get(&name).copied().unwrap_or_default();
        let found = store.load(&user(name)).await.unwrap().map_or(0, |found| number(&found));
        assert!((acknowledged..=acknowledged + 1).contains(&found), "{name}: {acknowledged}, found {found}");
    }
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(store.pool()).await.unwrap();
    assert_eq!(check, "ok");
}

fn command(program: &str, arguments: &[&str], place: &Place) -> Child {
    Command::new(program)
        .args(arguments)
        .args(["--exact", "killed::process", "--nocapture", "--test-threads=1"])
        .env(FILE, place.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn p42_what_was_acknowledged_in_a_burst_outlives_the_process() {
    let mut acknowledged = 0;
    for round in 0..12 {
        let place = Place::new();
        drop(place.store().await);
        let mut child = command(env::current_exe().unwrap().to_str().unwrap(), &[], &place);
        let killer = thread::spawn({
            move || {
                thread::sleep(Duration::from_micros(40_000 + round * 7_300));
                child.kill().unwrap();
                let heard = listen(&mut child);
                child.wait().unwrap();
                heard
            }
        });
        let heard = killer.join().unwrap();
        assert_eq!((heard.errors, heard.conflicts), (0, 0), "round {round}");
        judge(&place, &heard).await;
        acknowledged += heard.acknowledged.values().sum::<u64>();
    }
    println!("acknowledged before the kills: {acknowledged}");
    assert!(acknowledged > 0);
}

/// The disk takes no more in the middle of a burst: a file may not grow beyond 600 KiB, which the log reaches in a commit.
#[tokio::test(flavor = "multi_thread")]
async fn p42_what_was_acknowledged_before_the_disk_was_full_is_there() {
    let place = Place::new();
    drop(place.store().await);
    let program = env::current_exe().unwrap();
    // 512-byte blocks; without the trap the signal would end the process instead of failing the write.
    let script = "trap '' XFSZ; ulimit -f 1200; exec \"$0\" \"$@\"";
    let mut child = command("sh", &["-c", script, program.to_str().unwrap()], &place);
    let heard = listen(&mut child);
    assert!(child.wait().unwrap().success());
    assert_eq!(
        (heard.errors, heard.conflicts),
        (CLIENTS as usize, 0),
        "an error for each, a conflict for nobody"
    );
    assert!(heard.acknowledged.values().all(|last| *last > 0));
    judge(&place, &heard).await;
}
