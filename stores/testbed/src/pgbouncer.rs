//! A pooler in front of a PostgreSQL server.

use std::{
    env, fs,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Stdio},
};

use tempfile::TempDir;

use crate::{
    port::free_port,
    postgres::{give_away, unprivileged, until},
    servers::authority,
    skip,
};

/// PgBouncer in transaction mode: each transaction of a client gets any of two connections to the server. It is ended when this is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    url: String,
    child: Child,
    _place: TempDir,
}

impl PgBouncer {
    /// Starts a pooler before the server of `url`, for the user of the URL and without a password; `None` where the program is missing, after
    /// saying so ([`skip`]). `PGBOUNCER` names it.
    ///
    /// # Panics
    ///
    /// If it does not start; if it is missing, with `REQUIRE_SERVERS=1`.
    #[must_use]
    pub fn before(url: &str) -> Option<Self> {
        let Some(program) = program() else {
            skip("`pgbouncer` is not installed (name the program with PGBOUNCER)");
            return None;
        };
        let server = authority(url);
        let (host, server_port) = server.split_once(':').expect("the URL names a port");
        let user = url.split_once("://").unwrap().1.split(['@', ':']).next().unwrap();
        let (place, port) =
            (tempfile::Builder::new().prefix("second-factor-pgbouncer-").tempdir().unwrap(), free_port());
        let (users, settings) = (place.path().join("users"), place.path().join("ini"));
        fs::write(&users, format!("\"{user}\" \"\"\n")).unwrap();
        let users = users.display();
        let text = format!(
            "[databases]\n* = host={host} port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {users}\npool_mode = transaction\ndefault_pool_size = 2\n\
             ignore_startup_parameters = extra_float_digits\n"
        );
        fs::write(&settings, text).unwrap();
        give_away(place.path());
        let mut command = unprivileged(&program);
        let log = fs::File::create(place.path().join("log")).unwrap();
        let child = command.arg(&settings).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let address = format!("127.0.0.1:{port}");
        let mut bouncer = Self { url: url.replacen(server, &address, 1), child, _place: place };
        until("pgbouncer takes connections", || {
            assert!(bouncer.child.try_wait().unwrap().is_none(), "pgbouncer ended");
            TcpStream::connect(&address).is_ok()
        });
        Some(bouncer)
    }

    /// To connect through it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It has no children, and keeps nothing.
        let _gone_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = env::var_os("PGBOUNCER") {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian installs it where only root looks.
    let places = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places.map(|place| place.join("pgbouncer")).find(|program| program.is_file())
}
