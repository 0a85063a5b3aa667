//! A mail server (RFC 5321) that keeps what it takes, for the test to read.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::mail::Mail;

/// A running mail server; it ends with the value.
pub struct MailServer {
    port: u16,
    taken: Arc<Mutex<Vec<Mail>>>,
    manners: watch::Sender<Manners>,
    task: JoinHandle<()>,
}

/// How it answers.
#[derive(Clone, Copy)]
pub enum Manners {
    Polite,
    /// Takes the connection and says nothing, as behind a broken firewall.
    Silent,
    /// Takes no mail from anybody now.
    Refusing,
    /// Hangs up at once.
    Down,
}

impl MailServer {
    pub async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::default();
        let manners = watch::Sender::new(manners);
        let task = tokio::spawn(serve(listener, Arc::clone(&taken), manners.subscribe()));
        Self { port, taken, manners, task }
    }

    /// From the next connection on, and from the next mail.
    pub fn behave(&self, manners: Manners) {
        self.manners.send_replace(manners);
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// All mails to this address so far.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.taken.lock().unwrap().iter().filter(|mail| mail.to == address).cloned().collect()
    }

    /// Waits for a mail to this address with these words in its text.
    pub async fn mail(&self, address: &str, words: &str) -> Mail {
        for _ in 0..600 {
            let mails = self.mails_to(address);
            if let Some(found) = mails.into_iter().find(|mail| mail.text().contains(words)) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let there: Vec<_> = self.mails_to(address).iter().map(Mail::text).collect();
        panic!("no mail to {address} with {words:?} among {there:#?}");
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, taken: Arc<Mutex<Vec<Mail>>>, manners: watch::Receiver<Manners>) {
    let mut open = tokio::task::JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        open.spawn(talk(client, Arc::clone(&taken), manners.clone()));
    }
}

async fn talk(
    client: TcpStream,
    taken: Arc<Mutex<Vec<Mail>>>,
    manners: watch::Receiver<Manners>,
) -> std::io::Result<()> {
    let (input, mut output) = client.into_split();
    let mut lines = BufReader::new(input);
    let now = || *manners.borrow();
    match now() {
        Manners::Silent => std::future::pending().await,
        Manners::Down => return Ok(()),
        Manners::Polite | Manners::Refusing => {}
    }
    output.write_all(b"220 test.example ESMTP\r\n").await?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 || matches!(now(), Manners::Down) {
            return Ok(());
        }
        let line = line.trim_end();
        let answer = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-test.example\r\n250 8BITMIME",
            "MAIL" if matches!(now(), Manners::Refusing) => "451 not now",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok"
            }
            "DATA" => {
                output.write_all(b"354 go on\r\n").await?;
                let raw = data(&mut lines).await?;
                taken.lock().unwrap().push(Mail { to: to.clone(), raw });
                "250 taken"
            }
            "MAIL" | "RSET" | "NOOP" => "250 ok",
            "QUIT" => "221 bye",
            _ => "500 what?",
        };
        output.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// The mail up to the dot, with its own leading dots as they were (RFC 5321 §4.5.2).
async fn data(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
