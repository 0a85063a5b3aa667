//! The servers that are there already, each found through an environment variable.

use std::{
    env,
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use crate::skip;

/// How long a server may take to say its first word.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks a PostgreSQL server whether it speaks TLS; it answers either way, with one letter.
const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 210, 22, 47];

/// The PostgreSQL server of `POSTGRES_URL`, or the one on this machine; `None` where nobody answers, after saying so ([`skip`]).
///
/// # Panics
///
/// Where nobody answers, with `REQUIRE_SERVERS=1`.
#[must_use]
pub fn postgres_url() -> Option<String> {
    answering("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test", SSL_REQUEST)
}

/// The Redis server of `REDIS_URL`, or the one on this machine; `None` where nobody answers, after saying so ([`skip`]).
///
/// # Panics
///
/// Where nobody answers, with `REQUIRE_SERVERS=1`.
#[must_use]
pub fn redis_url() -> Option<String> {
    answering("REDIS_URL", "redis://127.0.0.1:6379", b"PING\r\n")
}

fn answering(variable: &str, default: &str, greeting: &[u8]) -> Option<String> {
    let url = env::var(variable).unwrap_or_else(|_| default.to_owned());
    if answers(authority(&url), greeting) {
        return Some(url);
    }
    skip(format_args!("nobody answers at {url} (name another server with {variable})"));
    None
}

/// The `host:port` of a URL.
pub(crate) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, address)| address)
}

fn answers(address: &str, greeting: &[u8]) -> bool {
    let first_word = || {
        let address = address.to_socket_addrs().ok()?.next()?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(greeting).ok()?;
        stream.read_exact(&mut [0]).ok()
    };
    first_word().is_some()
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn finds_host_and_port() {
        for (url, expected) in [
            ("postgres://postgres@127.0.0.1:5432/test", "127.0.0.1:5432"),
            ("postgres://me:p@ss@db:5433/test?a=b", "db:5433"),
            ("redis://127.0.0.1:6379", "127.0.0.1:6379"),
            ("redis://127.0.0.1:6379/3", "127.0.0.1:6379"),
        ] {
            assert_eq!(authority(url), expected);
        }
    }
}
