//! The way out for mails: a mail server, or a folder that stands in for one.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox,
    transport::smtp::response::Code,
};
use second_factor::{BoxError, Clock, SystemClock};
use tokio::{task::spawn_blocking, time::timeout};

use crate::{
    messages::{Settings, drawer, letter::Letter},
    private,
};

/// How long the mail server may take for a mail: somebody is waiting for the page.
const PATIENCE: Duration = Duration::from_secs(8);

/// So long after a mail server could not be reached nothing that can wait is tried again, in seconds.
const PAUSE: u64 = 10;

/// Why a mail did not go out. The URL may hold a password and a server's words may quote the mail, so neither is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostError {
    #[error("SMTP_URL cannot be read as the address of a mail server")]
    Url,
    #[error("MAIL_FROM is not an address")]
    From,
    #[error("the address of the recipient is not one that mail can be sent to")]
    Address,
    #[error("the mail cannot be written")]
    Letter(#[source] BoxError),
    #[error("the mail server did not take the mail: {0}")]
    Refused(Code),
    #[error("the mail server cannot be reached")]
    Unreachable(#[source] BoxError),
    #[error("the mail server could not be reached a moment ago")]
    Paused,
    #[error("the folder for mails cannot be written to")]
    Folder(#[from] io::Error),
}

/// Sends mails.
#[derive(Clone)]
pub(crate) struct Post {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Server {
        smtp: AsyncSmtpTransport<Tokio1Executor>,
        /// Until then it is left alone, as a Unix time.
        paused_until: Arc<AtomicU64>,
    },
    Folder(PathBuf),
}

impl Post {
    /// To the server of the settings, or into the folder. The server need not answer now.
    pub(crate) fn open(settings: &Settings, folder: &Path) -> Result<Self, PostError> {
        let from = settings.from.parse().map_err(|_| PostError::From)?;
        let Some(url) = &settings.smtp_url else {
            private::make_folder(folder)?;
            return Ok(Self { from, way: Way::Folder(folder.to_owned()) });
        };
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| PostError::Url)?;
        let smtp = smtp.timeout(Some(PATIENCE)).build();
        Ok(Self { from, way: Way::Server { smtp, paused_until: Arc::default() } })
    }

    /// Returns once a server has taken the mail over, or a file of it is written.
    ///
    /// A mail with a code is tried whatever happened before: somebody waits for that very mail. The others are left to the next attempt
    /// for a while after the server was out of reach, so that no page waits for it again and again.
    pub(crate) async fn send(&self, to: &str, letter: &Letter) -> Result<(), PostError> {
        let to: Address = to.parse().map_err(|_| PostError::Address)?;
        let mail = letter.addressed(&self.from, to).map_err(PostError::Letter)?;
        match &self.way {
            Way::Folder(folder) => {
                let file = folder.join(drawer::name(letter.id.as_deref(), "eml"));
                spawn_blocking(move || drawer::put(&file, &mail.formatted()))
                    .await
                    .map_err(io::Error::other)??;
                Ok(())
            }
            Way::Server { smtp, paused_until } => {
                let now = SystemClock.now().seconds();
                if letter.code.is_none() && now < paused_until.load(Ordering::Relaxed) {
                    return Err(PostError::Paused);
                }
                let sent = deliver(smtp, mail).await;
                if matches!(sent, Err(PostError::Unreachable(_))) {
                    paused_until.store(now.saturating_add(PAUSE), Ordering::Relaxed);
                }
                sent
            }
        }
    }
}

async fn deliver(smtp: &AsyncSmtpTransport<Tokio1Executor>, mail: Message) -> Result<(), PostError> {
    match timeout(PATIENCE, smtp.send(mail)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(match error.status() {
            Some(code) => PostError::Refused(code),
            None => PostError::Unreachable(error.into()),
        }),
        Err(late) => Err(PostError::Unreachable(late.into())),
    }
}
