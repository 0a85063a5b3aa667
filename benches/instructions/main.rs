//! How many instructions the paths take that matter: a guard that does not depend on the clock, on neighbours or on luck.
//!
//! `cargo bench -p second-factor-benches --bench instructions` runs every case under callgrind (Debian: `valgrind`), prints what each call took, and compares it with
//! `benches/instructions/baseline.txt`. It fails where a case takes over 5 % more than there; `UPDATE_BASELINE=1` writes the file anew, for
//! the same commit that makes something dearer and says why. It also fails where the time of a check could tell something about the
//! code: where the instructions for a right code at any step of the window and for a wrong one are over 1 % apart; and where three steps
//! take over 10 % more than their six bare compressions.
//!
//! Valgrind knows no SHA instructions, so hashes count more here than they cost where there are some. Counts depend on the compiler, and the
//! baseline says on which; with another, they are printed and not compared.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]

mod cases;

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use cases::CASES;

/// A case may take so much more than its baseline, in percent.
const MORE: f64 = 5.0;
/// Right and wrong codes may be so far apart, in percent.
const APART: f64 = 1.0;
/// A check may take so much more than its bare compressions, in percent.
const ABOVE_THE_LIMIT: f64 = 10.0;
/// What a child process is started with, to run one case.
const CASE: &str = "CASE";

fn main() -> ExitCode {
    if let Ok(name) = env::var(CASE) {
        cases::run(&name);
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("SKIPPED: no valgrind to count instructions with");
        return if env::var("REQUIRE_SERVERS").is_ok_and(|value| value == "1") {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let counted: Counts = CASES.iter().map(|(name, _)| ((*name).to_owned(), count(name))).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions/baseline.txt");
    let compiler = compiler();
    if env::var_os("UPDATE_BASELINE").is_some() {
        fs::write(&path, baseline(&compiler, &counted)).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let (counted_by, before) = read(&written);
    let complaints = [
        dearer(&counted, &before, counted_by == compiler),
        telling(&counted),
        Vec::from_iter(above_the_limit(&counted)),
    ]
    .concat();
    if counted_by != compiler {
        println!("not compared with the baseline, which is of {counted_by}; this is {compiler}");
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Instructions for one call of each case.
type Counts = BTreeMap<String, u64>;

/// Runs a case in a process of its own, and takes what callgrind collected inside of [`cases::measured`], divided by the calls.
fn count(name: &str) -> u64 {
    let out =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{}", name.replace('/', ".")));
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*cases::measured*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().unwrap())
        .env(CASE, name)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{name}: {said}");
    let collected =
        said.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    let collected: u64 =
        collected.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{name}: {said}"));
    assert!(collected > 0, "{name}: nothing was counted: {said}");
    collected / cases::CALLS
}

/// Prints the table, and says what takes more than it did.
fn dearer(counted: &Counts, before: &Counts, compare: bool) -> Vec<String> {
    let mut complaints = Vec::new();
    println!("{:28}{:>12}{:>12}{:>9}", "instructions a call", "now", "baseline", "change");
    for (name, now) in counted {
        let Some(then) = before.get(name) else {
            println!("{name:28}{now:>12}{:>12}", "-");
            complaints.push(format!("{name} is not in the baseline"));
            continue;
        };
        let change = percent(*now, *then);
        println!("{name:28}{now:>12}{then:>12}{change:>+8.1}%");
        if compare && change > MORE {
            complaints.push(format!(
                "{name} takes {change:+.1} % instructions: more than {MORE} % above the baseline"
            ));
        }
    }
    complaints
}

/// Says which checks of a code tell something of it by what they take.
fn telling(counted: &Counts) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, wrong) in counted.iter().filter(|(name, _)| name.ends_with("/wrong")) {
        let group = name.trim_end_matches("wrong");
        for (other, count) in counted.iter().filter(|(other, _)| other.starts_with(group)) {
            let change = percent(*count, *wrong);
            if change.abs() > APART {
                complaints.push(format!(
                    "{other} takes {change:+.2} % beside a wrong code: more than {APART} % apart"
                ));
            }
        }
    }
    complaints
}

/// Says whether a check does more than its compressions.
fn above_the_limit(counted: &Counts) -> Option<String> {
    let more = percent(counted["totp/sha1/wrong"], counted["limit/sha1"]);
    println!("three steps of SHA-1 take {more:+.1} % beside their six bare compressions");
    (more > ABOVE_THE_LIMIT).then(|| format!("that is more than {ABOVE_THE_LIMIT} %"))
}

fn percent(now: u64, then: u64) -> f64 {
    (now as f64 / then as f64 - 1.0) * 100.0
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    String::from_utf8_lossy(&version.stdout).trim().to_owned()
}

fn baseline(compiler: &str, counted: &Counts) -> String {
    let mut text = format!("{compiler}\n");
    for (name, count) in counted {
        writeln!(text, "{name} {count}").unwrap();
    }
    text
}

fn read(text: &str) -> (&str, Counts) {
    let (compiler, lines) = text.split_once('\n').unwrap_or((text, ""));
    let counts = lines.lines().filter_map(|line| {
        let (name, count) = line.split_once(' ')?;
        Some((name.to_owned(), count.parse().ok()?))
    });
    (compiler, counts.collect())
}
