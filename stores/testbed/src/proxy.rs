//! A proxy between a client and its server, for what goes wrong on the way.

use std::{
    collections::HashMap,
    fmt,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use crate::servers::authority;

/// What happens on the way between client and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing: everything is passed on.
    #[default]
    None,
    /// Everything is passed on, in each direction after so much time.
    Delay(Duration),
    /// A request does not reach the server: the connection is cut instead. So nobody can connect either.
    CutRequest,
    /// A request reaches the server, which answers; the answer does not get through, and the connection is cut.
    CutReply,
    /// A request does not reach the server, and the client is told nothing: it runs into its own time-out.
    SwallowRequest,
    /// A request reaches the server; its answer does not get through, and the client is told nothing.
    SwallowReply,
}

/// Stands on a port of its own before a server, until it is dropped. Its faults hold for all connections through it.
pub struct Proxy {
    way: Arc<Way>,
    address: SocketAddr,
    url: String,
}

impl Proxy {
    /// A proxy before the server of `url`, or of `host:port`.
    ///
    /// # Panics
    ///
    /// If there is no port to listen on.
    #[must_use]
    pub fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = authority(url).to_owned();
        let url = url.replacen(&server, &address.to_string(), 1);
        let way = Arc::new(Way::default());
        thread::spawn({
            let way = way.clone();
            move || {
                for client in listener.incoming() {
                    if way.closed.load(Ordering::SeqCst) {
                        return;
                    }
                    if let (Ok(client), Ok(server)) = (client, TcpStream::connect(&server)) {
                        way.clone().link(client, server);
                    }
                }
            }
        });
        Self { way, address, url }
    }

    /// The URL (or `host:port`) of the server, with the proxy's address in place of the server's.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on this happens, to connections of now and later. Connections that have lost something before are cut.
    pub fn set(&self, fault: Fault) {
        *self.way.plan() = Plan { fault, once: false };
        self.way.cut(|link| link.lossy.load(Ordering::SeqCst));
    }

    /// This happens to the next request (or answer), and to none after it.
    pub fn once(&self, fault: Fault) {
        *self.way.plan() = Plan { fault, once: true };
    }

    /// Whether what was set by [`once`](Self::once) has happened.
    #[must_use]
    pub fn happened(&self) -> bool {
        *self.way.plan() == Plan::default()
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        self.way.cut(|_| true);
    }

    /// How often a client has spoken and then heard an answer, or will hear one: over all connections, since the beginning. Connecting
    /// takes some, too.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.way.round_trips.load(Ordering::SeqCst)
    }

    /// How many connections were ever made.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.way.connections.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url).field("plan", &self.way.plan()).finish()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is closed.
        let _woken = TcpStream::connect(self.address);
        self.cut();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Plan {
    fault: Fault,
    once: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Client,
    Server,
}

#[derive(Default)]
struct Way {
    plan: Mutex<Plan>,
    links: Mutex<HashMap<u64, Arc<Link>>>,
    connections: AtomicU64,
    round_trips: AtomicU64,
    closed: AtomicBool,
}

/// A connection through the proxy.
struct Link {
    client: TcpStream,
    server: TcpStream,
    /// Whether the client had the last word.
    waiting: AtomicBool,
    /// Whether something was swallowed, so that the two no longer understand each other.
    lossy: AtomicBool,
}

impl Way {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> MutexGuard<'_, HashMap<u64, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self, which: impl Fn(&Link) -> bool) {
        self.links().values().filter(|link| which(link)).for_each(|link| link.cut());
    }

    fn link(self: Arc<Self>, client: TcpStream, server: TcpStream) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let link = Arc::new(Link { client, server, waiting: false.into(), lossy: false.into() });
        self.links().insert(number, link.clone());
        thread::spawn({
            let (way, link) = (self.clone(), link.clone());
            move || way.pass_on(&link, Speaker::Client)
        });
        thread::spawn(move || {
            self.pass_on(&link, Speaker::Server);
            self.links().remove(&number);
        });
    }

    /// Until one of the two hangs up.
    fn pass_on(&self, link: &Link, from: Speaker) {
        let (mut source, mut sink) = match from {
            Speaker::Client => (&link.client, &link.server),
            Speaker::Server => (&link.server, &link.client),
        };
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = source.read(&mut bytes) {
            let speaks_after_the_other =
                link.waiting.swap(from == Speaker::Client, Ordering::SeqCst) != (from == Speaker::Client);
            if from == Speaker::Client && speaks_after_the_other {
                self.round_trips.fetch_add(1, Ordering::SeqCst);
            }
            match self.fault(from) {
                // The rest of something of which a part is gone is gone as well.
                Fault::None | Fault::Delay(_) if link.lossy.load(Ordering::SeqCst) => {}
                Fault::CutRequest | Fault::CutReply => break,
                Fault::SwallowRequest | Fault::SwallowReply => link.lossy.store(true, Ordering::SeqCst),
                fault => {
                    if let Fault::Delay(time) = fault {
                        thread::sleep(time);
                    }
                    if sink.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
            }
        }
        link.cut();
    }

    /// What happens to what was just heard. A fault that concerns the other direction is left for that.
    fn fault(&self, from: Speaker) -> Fault {
        let mut plan = self.plan();
        let concerned = match plan.fault {
            Fault::None => return Fault::None,
            Fault::Delay(_) => true,
            Fault::CutRequest | Fault::SwallowRequest => from == Speaker::Client,
            Fault::CutReply | Fault::SwallowReply => from == Speaker::Server,
        };
        if !concerned {
            return Fault::None;
        }
        let fault = plan.fault;
        if plan.once {
            *plan = Plan::default();
        }
        fault
    }
}

impl Link {
    fn cut(&self) {
        // One of them may be gone already.
        let _client = self.client.shutdown(Shutdown::Both);
        let _server = self.server.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests;
