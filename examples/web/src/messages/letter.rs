//! A mail before it is sent: the same words as text and as HTML.

use askama::Template;
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use second_factor::BoxError;

/// What a mail says, in the reader's language. Names, labels and reasons in it are what people typed: the HTML escapes them.
#[derive(Clone, Default)]
pub(crate) struct Letter {
    /// As in `<html lang>`.
    pub(crate) language: &'static str,
    /// On one line.
    pub(crate) subject: String,
    pub(crate) paragraphs: Vec<String>,
    /// A code to type, on a line of its own.
    pub(crate) code: Option<String>,
    /// Where to go, on a line of its own.
    pub(crate) link: Option<String>,
    /// What follows the code or the link.
    pub(crate) after: Vec<String>,
    /// Below the rest: why this mail came.
    pub(crate) footer: Vec<String>,
    /// The same for each delivery of one notice. Mail programs show one of several mails with one id.
    pub(crate) id: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a>(&'a Letter);

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a>(&'a Letter);

impl Letter {
    /// The mail, as `multipart/alternative` (RFC 2046 §5.1.4).
    pub(super) fn addressed(&self, from: &Mailbox, to: Address) -> Result<Message, BoxError> {
        let id = self.id.as_ref().map(|id| format!("<{id}@{}>", from.email.domain()));
        let parts = MultiPart::alternative_plain_html(Text(self).render()?, Html(self).render()?);
        let mail = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .message_id(id)
            .header(Language(self.language.to_owned()))
            .header(Automatic)
            .multipart(parts)?;
        Ok(mail)
    }
}

/// A name in a subject must not begin a header of its own. (`lettre` encodes line ends, too.)
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `Content-Language` (RFC 3282).
#[derive(Clone)]
struct Language(String);

impl Header for Language {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, BoxError> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// `Auto-Submitted` (RFC 3834): no "out of office" in answer.
#[derive(Clone)]
struct Automatic;

impl Header for Automatic {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, BoxError> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
