//! A Redis server of the test's own.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{port::free_port, skip};

/// How long it may take to start, which after a crash includes reading its files.
const PATIENCE: Duration = Duration::from_secs(30);

/// Each acknowledged write is on the disk; nothing else is ever written, so no other process is ever started.
const SETTINGS: &str = "\
bind 127.0.0.1
daemonize no
save \"\"
appendonly yes
appendfsync always
auto-aof-rewrite-percentage 0
";

/// A throwaway Redis server on a port of 127.0.0.1, with all its files in a temporary directory. It is ended, and its files are gone, when this is
/// dropped.
///
/// Unless told otherwise, what it acknowledges is on the disk.
#[derive(Debug)]
pub struct Redis {
    program: PathBuf,
    place: TempDir,
    port: u16,
    server: Option<Child>,
}

impl Redis {
    /// Starts a server with these settings beyond the usual ones, as `("appendonly", "no")`; `None` where there is no `redis-server`, after
    /// saying so ([`skip`]). `REDIS_SERVER` names another program.
    ///
    /// # Panics
    ///
    /// If the server does not start; if there is none, with `REQUIRE_SERVERS=1`.
    #[must_use]
    pub fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let program = env::var_os("REDIS_SERVER").map_or("redis-server".into(), PathBuf::from);
        if Command::new(&program).arg("--version").stdout(Stdio::null()).status().is_err() {
            skip(format_args!("there is no {} (name another with REDIS_SERVER)", program.display()));
            return None;
        }
        let place = tempfile::Builder::new().prefix("second-factor-redis-").tempdir().unwrap();
        let port = free_port();
        let mut lines = format!("{SETTINGS}port {port}\ndir {}\n", place.path().display());
        for (name, value) in settings {
            writeln!(lines, "{name} {value}").unwrap();
        }
        fs::write(place.path().join("redis.conf"), lines).unwrap();
        let mut server = Self { program, place, port, server: None };
        server.restart();
        Some(server)
    }

    /// To connect to it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port on 127.0.0.1, for a replica's `replicaof`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server at once with SIGKILL.
    ///
    /// # Panics
    ///
    /// If it does not run.
    pub fn kill(&mut self) {
        let mut server = self.server.take().expect("the server runs");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Starts the server again on the same files and the same port, after killing it if it runs, and waits until it answers.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(&self.program);
        command.arg(self.place.path().join("redis.conf")).current_dir(self.place.path()).stdin(Stdio::null());
        self.server = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        let deadline = Instant::now() + PATIENCE;
        while !self.answers() {
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            let said = || fs::read_to_string(self.log()).unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "it does not answer: {}", said());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where the server writes its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.path().join("log")
    }

    /// Not yet while it reads its files.
    fn answers(&self) -> bool {
        self.ask("PING").is_ok_and(|answer| answer == "+PONG\r\n")
    }

    fn ask(&self, command: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "{command}\r\n")?;
        let mut answer = [0; 1024];
        let read = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_killed_and_keeps_what_it_acknowledged() {
        let Some(mut server) = Redis::start(&[("maxmemory-policy", "allkeys-lru")]) else { return };
        assert!(server.ask("CONFIG GET maxmemory-policy").unwrap().contains("allkeys-lru"));
        assert_eq!(server.ask("SET kept 1").unwrap(), "+OK\r\n");
        server.kill();
        assert!(server.ask("PING").is_err());

        server.restart();
        assert_eq!(server.ask("GET kept").unwrap(), "$1\r\n1\r\n");
        server.restart();
        assert_eq!(server.ask("GET kept").unwrap(), "$1\r\n1\r\n");

        let (place, port) = (server.place.path().to_owned(), server.port());
        drop(server);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!place.exists());
    }

    #[test]
    fn one_that_keeps_nothing_forgets() {
        let Some(mut server) = Redis::start(&[("appendonly", "no")]) else { return };
        assert_eq!(server.ask("SET lost 1").unwrap(), "+OK\r\n");
        server.restart();
        assert_eq!(server.ask("GET lost").unwrap(), "$-1\r\n");
    }
}
