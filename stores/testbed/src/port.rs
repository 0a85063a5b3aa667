//! Ports for servers of the test's own.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    net::TcpListener,
};

/// A port of 127.0.0.1 on which nobody listens at this moment.
///
/// Not one of those that the system gives to connections: then a client that tries while the server is down could be given this very port,
/// and connect to itself; and the server would find it taken when it starts again.
pub(crate) fn free_port() -> u16 {
    let random = RandomState::new().build_hasher().finish();
    let ports = (0..1000).map(|next| 20_000 + u16::try_from((random % 10_000 + next) % 10_000).unwrap());
    let mut free = ports.filter(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    free.next().expect("a port is free")
}
