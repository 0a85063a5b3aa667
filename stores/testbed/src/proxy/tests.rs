use std::{io::ErrorKind, time::Instant};

use super::*;

/// A server that says back what it hears, and counts it.
fn echo() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(AtomicU64::new(0));
    thread::spawn({
        let heard = heard.clone();
        move || {
            for client in listener.incoming() {
                let (mut client, heard) = (client.unwrap(), heard.clone());
                thread::spawn(move || {
                    let mut bytes = [0; 64];
                    while let Ok(read @ 1..) = client.read(&mut bytes) {
                        heard.fetch_add(1, Ordering::SeqCst);
                        client.write_all(&bytes[..read]).unwrap();
                    }
                });
            }
        }
    });
    (address, heard)
}

fn connect(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(proxy.address()).unwrap();
    client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    client
}

fn ask(client: &mut TcpStream) -> Result<u8, ErrorKind> {
    client.write_all(b"?").map_err(|error| error.kind())?;
    let mut reply = [0];
    client.read_exact(&mut reply).map_err(|error| error.kind())?;
    Ok(reply[0])
}

#[test]
fn passes_on_and_counts() {
    let (server, heard) = echo();
    let proxy = Proxy::before(&format!("echo://me@{server}/place"));
    assert_eq!(proxy.url(), format!("echo://me@{}/place", proxy.address()));
    let (mut one, mut two) = (connect(&proxy), connect(&proxy));
    for client in [&mut one, &mut two] {
        assert_eq!(ask(client), Ok(b'?'));
        assert_eq!(ask(client), Ok(b'?'));
    }
    assert_eq!((proxy.round_trips(), proxy.connections(), heard.load(Ordering::SeqCst)), (4, 2, 4));
}

#[test]
fn each_fault_does_what_it_says() {
    let gone = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    let silence = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    for (fault, expected, served) in [
        (Fault::CutRequest, &gone[..], 1),
        (Fault::CutReply, &gone, 2),
        (Fault::SwallowRequest, &silence, 1),
        (Fault::SwallowReply, &silence, 2),
    ] {
        let (server, heard) = echo();
        let proxy = Proxy::before(&server);
        let mut client = connect(&proxy);
        assert_eq!(ask(&mut client), Ok(b'?'), "{fault:?}");
        proxy.once(fault);
        assert!(!proxy.happened());
        let error = ask(&mut client).unwrap_err();
        assert!(expected.contains(&error), "{fault:?}: {error}");
        assert_eq!(heard.load(Ordering::SeqCst), served, "{fault:?}");
        assert!(proxy.happened(), "{fault:?}");
        assert_eq!(ask(&mut connect(&proxy)), Ok(b'?'), "{fault:?} happens once");

        proxy.set(fault);
        for _ in 0..2 {
            assert!(expected.contains(&ask(&mut connect(&proxy)).unwrap_err()), "{fault:?}");
        }
        proxy.set(Fault::None);
        assert!(gone.contains(&ask(&mut client).unwrap_err()), "{fault:?}: it was cut at last");
        assert_eq!(ask(&mut connect(&proxy)), Ok(b'?'), "{fault:?} is over");
    }
}

#[test]
fn delays_both_ways() {
    let (server, _) = echo();
    let proxy = Proxy::before(&server);
    proxy.set(Fault::Delay(Duration::from_millis(50)));
    let start = Instant::now();
    assert_eq!(ask(&mut connect(&proxy)), Ok(b'?'));
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[test]
fn cuts_all_connections_and_takes_new_ones_until_it_is_dropped() {
    let (server, _) = echo();
    let proxy = Proxy::before(&server);
    let mut clients = [connect(&proxy), connect(&proxy)];
    for client in &mut clients {
        assert_eq!(ask(client), Ok(b'?'));
    }
    proxy.cut();
    assert!(clients.iter_mut().all(|client| ask(client).is_err()));
    let mut last = connect(&proxy);
    assert_eq!(ask(&mut last), Ok(b'?'));
    let address = proxy.address();
    drop(proxy);
    assert!(ask(&mut last).is_err());
    thread::sleep(Duration::from_millis(100));
    assert!(TcpStream::connect(address).is_err());
}
