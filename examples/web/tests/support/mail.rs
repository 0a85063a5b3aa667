//! A mail, for tests that read it.

use std::{fs, path::Path};

use mail_parser::{Message, MessageParser, MimeHeaders};

/// A mail as it was sent.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub raw: Vec<u8>,
}

/// The mails in the outbox of a service without a mail server, oldest first.
pub fn outbox(data: &Path) -> Vec<Mail> {
    let mut files: Vec<_> = fs::read_dir(data.join("outbox"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .map(|path| (fs::metadata(&path).unwrap().modified().unwrap(), path))
        .collect();
    files.sort();
    files.into_iter().map(|(_, path)| Mail::read(fs::read(path).unwrap())).collect()
}

/// The code that was mailed last.
pub fn mailed_code(data: &Path) -> String {
    outbox(data).iter().rev().find_map(Mail::code).expect("no code was mailed")
}

impl Mail {
    fn read(raw: Vec<u8>) -> Self {
        let to = MessageParser::new()
            .parse(&raw)
            .unwrap()
            .to()
            .unwrap()
            .first()
            .unwrap()
            .address()
            .unwrap()
            .to_owned();
        Self { to, raw }
    }

    pub fn parsed(&self) -> Message<'_> {
        MessageParser::new().parse(&self.raw).unwrap()
    }

    pub fn subject(&self) -> String {
        self.parsed().subject().unwrap().to_owned()
    }

    /// The version in plain text.
    pub fn text(&self) -> String {
        self.part("plain")
    }

    /// The version in HTML.
    pub fn html(&self) -> String {
        self.part("html")
    }

    fn part(&self, subtype: &str) -> String {
        let mail = self.parsed();
        assert!(
            mail.content_type()
                .is_some_and(|it| it.ctype() == "multipart" && it.subtype() == Some("alternative"))
        );
        assert_eq!(mail.parts.len(), 3, "the whole, the text and the HTML");
        let is_it = |part: &&mail_parser::MessagePart<'_>| {
            part.content_type().is_some_and(|it| it.ctype() == "text" && it.subtype() == Some(subtype))
        };
        let part = mail.parts.iter().find(is_it).unwrap();
        assert_eq!(part.content_type().unwrap().attribute("charset"), Some("utf-8"));
        part.text_contents().unwrap().to_owned()
    }

    /// The six digits on a line of their own.
    pub fn code(&self) -> Option<String> {
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        self.text().lines().map(str::trim).find(is_code).map(str::to_owned)
    }
}
