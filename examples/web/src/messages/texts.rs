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
        let digits = digits(number).ok_or("not a telephone number")?;
        let message = format!("To: {digits}\nAlphabet: UTF-8\n\n{text}\n");
        let file = self.folder.join(drawer::name(None, ENDING));
        spawn_blocking(move || drawer::put(&file, message.as_bytes())).await??;
        Ok(())
    }
}

/// A number with its country, as `+44 7700 900123`, the way the daemon wants it. It stands in the head: a line end would add to that.
fn digits(number: &str) -> Option<String> {
    let digits: String = number.strip_prefix('+')?.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    ((4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_with_its_country_is_one() {
        assert_eq!(digits("+44 7700 900123").as_deref(), Some("447700900123"));
        assert_eq!(digits("+81-3-1234-5678").as_deref(), Some("81312345678"));
        for number in
            ["", "+", "0312345678", "+81x", "+123", "+1234567890123456", "+811\nTo: 822", "+８１３１２３４"]
        {
            assert_eq!(digits(number), None, "{number}");
        }
    }
}
