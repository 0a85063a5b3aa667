//! A PostgreSQL server of the test's own.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::{port::free_port, skip};

/// How long it may take to start, which after a crash includes going through the log.
const PATIENCE: Duration = Duration::from_secs(30);

/// A throwaway PostgreSQL server on a port of 127.0.0.1, with all its files in a temporary directory. It is ended, and its files are gone, when
/// this is dropped.
///
/// Its settings are those that `initdb` gives: what it acknowledges is on the disk.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    place: TempDir,
    port: u16,
    settings: Vec<String>,
    postmaster: Option<Child>,
}

impl Postgres {
    /// Starts a server with these settings beyond the usual ones, as `("fsync", "off")`; `None` where the programs for it are missing, after
    /// saying so ([`skip`]). `PG_BINDIR` names their directory; otherwise `pg_config` is asked.
    ///
    /// # Panics
    ///
    /// If the server does not start; if programs are missing, with `REQUIRE_SERVERS=1`.
    #[must_use]
    pub fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let Some(programs) = programs() else {
            skip(
                "PostgreSQL's `initdb` and `postgres` are not installed (name their directory with PG_BINDIR)",
            );
            return None;
        };
        let place = tempfile::Builder::new().prefix("second-factor-postgres-").tempdir().unwrap();
        give_away(place.path());
        let port = free_port();
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut server = Self { programs, place, port, settings, postmaster: None };
        let mut initdb = server.command("initdb");
        run(initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]));
        server.restart();
        Some(server)
    }

    /// To connect to it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends the server at once with SIGKILL, and every process that it started: nobody closes a file or says good-bye.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub fn kill(&mut self) {
        let mut postmaster = self.postmaster.take().expect("the server runs");
        let pid = Pid::from_child(&postmaster);
        // Stopped first: it would start no others while they are counted. Each of them leads a session of its own, so there is no group to kill.
        signal(pid, Signal::STOP);
        let started = descendants(pid);
        signal(pid, Signal::KILL);
        for &pid in &started {
            signal(pid, Signal::KILL);
        }
        postmaster.wait().unwrap();
        until("its processes are gone", || started.iter().all(|&pid| is_gone(pid)));
    }

    /// Starts the server again on the same files and the same port, after killing it if it runs, and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        if self.postmaster.is_some() {
            self.kill();
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.command("postgres");
        command.arg("-k").arg(self.place.path()).args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        self.postmaster = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        until(&format!("{self:?} takes connections"), || {
            let ended = self.postmaster.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {}", fs::read_to_string(self.log()).unwrap());
            self.takes_connections()
        });
    }

    /// Where the server writes its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.path().join("log")
    }

    /// The directory of its files, as `initdb` made it.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    fn takes_connections(&self) -> bool {
        let mut command = Command::new(self.programs.join("pg_isready"));
        command.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.status().unwrap().success()
    }

    /// A program of the server on its files.
    fn command(&self, program: &str) -> Command {
        let mut command = unprivileged(&self.programs.join(program));
        command.arg("-D").arg(self.data());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.postmaster.is_some() {
            self.kill();
        }
    }
}

fn programs() -> Option<PathBuf> {
    let asked = || {
        let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    let directory = env::var_os("PG_BINDIR").map(PathBuf::from).or_else(asked)?;
    ["initdb", "postgres", "pg_isready"].iter().all(|name| directory.join(name).exists()).then_some(directory)
}

/// A program that refuses to run as root.
pub(crate) fn unprivileged(program: &Path) -> Command {
    let mut command = if geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Lets an [`unprivileged`] program use a directory.
pub(crate) fn give_away(place: &Path) {
    if geteuid().is_root() {
        run(Command::new("chown").arg("-R").arg("postgres").arg(place));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn signal(pid: Pid, signal: Signal) {
    // It may have ended by itself.
    let _gone = kill_process(pid, signal);
}

/// All processes that this one started, and those that they started. From `/proc`, where the fourth field of `stat`, after a name in
/// parentheses, is the parent.
fn descendants(ancestor: Pid) -> Vec<Pid> {
    let parents: Vec<(Pid, Pid)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((Pid::from_raw(pid)?, Pid::from_raw(field(pid, 1)?.parse().ok()?)?))
        })
        .collect();
    let mut family = HashSet::from([ancestor]);
    loop {
        let before = family.len();
        family.extend(
            parents
                .iter()
                .filter(|(_, parent)| family.contains(parent))
                .map(|(pid, _)| *pid)
                .collect::<Vec<_>>(),
        );
        if family.len() == before {
            family.remove(&ancestor);
            return family.into_iter().collect();
        }
    }
}

/// A field of `stat`, counted from the one after the name: the state is 0, the parent 1.
fn field(pid: i32, number: usize) -> Option<String> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(number).map(str::to_owned)
}

/// Ended, though perhaps not yet collected by its parent.
fn is_gone(pid: Pid) -> bool {
    field(pid.as_raw_pid(), 0).is_none_or(|state| state == "Z" || state == "X")
}

pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    fn query(server: &Postgres, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(server.programs.join("psql"));
        let output = psql.args(["-X", "-At", "-c", sql]).arg(server.url()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    #[test]
    fn is_killed_with_all_it_started_and_keeps_what_it_acknowledged() {
        let Some(mut server) = Postgres::start(&[("work_mem", "7MB")]) else { return };
        assert_eq!(query(&server, "SHOW work_mem").unwrap(), "7MB");
        assert_eq!(query(&server, "SHOW fsync").unwrap(), "on");
        query(&server, "CREATE TABLE kept AS SELECT 1 AS one").unwrap();
        let sleeping = thread::spawn({
            let (psql, url) = (server.programs.join("psql"), server.url());
            move || Command::new(psql).args(["-c", "SELECT pg_sleep(60)"]).arg(url).output().unwrap()
        });
        until("somebody sleeps", || {
            query(&server, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
                .unwrap()
                == "1"
        });
        let started = descendants(Pid::from_child(server.postmaster.as_ref().unwrap()));
        assert!(started.len() >= 6, "with the writers and the one that sleeps: {started:?}");

        let address = server.url().replace("postgres://postgres@", "").replace("/postgres", "");
        server.kill();
        assert!(started.iter().all(|&pid| is_gone(pid)));
        assert!(!sleeping.join().unwrap().status.success());
        assert!(TcpStream::connect(&address).is_err());
        assert!(query(&server, "SELECT 1").is_err());

        server.restart();
        assert_eq!(query(&server, "SELECT one FROM kept").unwrap(), "1");
        let place = server.place.path().to_owned();
        drop(server);
        assert!(TcpStream::connect(&address).is_err());
        assert!(!place.exists());
    }
}
