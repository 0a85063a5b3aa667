//! The way out for text messages: whatever takes them to a phone.

use std::{io, path::PathBuf};

use async_trait::async_trait;
use second_factor::BoxError;
use tokio::task::spawn_blocking;

use crate::{messages::drawer, private};

/// A gateway to the telephone network. One that a company sells over HTTP would be a second implementation.
#[async_trait]
pub(crate) trait TextGateway: Send + Sync {
    /// Returns once the gateway has taken the message over. `text` may hold a code: it stands in no error and in no log.
    async fn send(&self, number: &str, text: &str) -> Result<(), BoxError>;
}

/// The folder from which SMS Server Tools (`smsd`, its `outgoing`) takes messages: a file each, with a head and the text. The phone of the
/// demonstration looks into the same folder.
pub(crate) struct Spool {
    folder: PathBuf,
}

impl Spool {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        private::make_folder(&folder)?;
        Ok(Self { folder })
    }
}

/// What such a file is called at its end, so that half-written ones are told from whole ones.
pub(crate) const ENDING: &str = "sms";

#[async_trait]
impl TextGateway for Spool {
    async fn send(&self, number: &str, text: &str) -> Result<(), BoxError> {
        // In the head, so a line end in it would add to the head. The daemon wants the number without its plus.
        let digits = number.strip_prefix('+').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let digits =
            digits.filter(|digits| (4..=15).contains(&digits.len())).ok_or("not a telephone number")?;
        let message = format!("To: {digits}\nAlphabet: UTF-8\n\n{text}\n");
        let file = self.folder.join(drawer::name(None, ENDING));
        spawn_blocking(move || drawer::put(&file, message.as_bytes())).await??;
        Ok(())
    }
}
