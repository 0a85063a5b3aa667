//! What users are told: notices of what happened to their account, and the codes that are mailed or texted.
//!
//! Mails go to the mail server of `SMTP_URL`, or into a folder ([`post`]); text messages to a gateway ([`texts`]). Nothing is queued here:
//! what the mail server does not take stays in the record of the second factor, and is handed over again.

mod drawer;
mod letter;
mod post;
mod texts;
mod words;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use second_factor::{BoxError, Channel, Event, EventKind, Notice, Notifier, OneTimeCode, UserKey};

pub(crate) use self::{drawer::newest, letter::Letter, texts::ENDING};
use self::{
    post::{Post, PostError},
    texts::{Spool, TextGateway},
};
use crate::{
    db::{Claim, Db, User},
    when,
    words::{Language, Words},
};

/// Whom to write to where it is not said otherwise. It stands on each page where somebody may be stuck.
pub(crate) const SUPPORT: &str = "support@lighthouse.example";

/// What the environment says of messages.
pub(crate) struct Settings {
    /// `SMTP_URL`: the mail server, as `smtps://user:password@host:465`, or `smtp://host:587?tls=required` for STARTTLS. Without it mails
    /// stay in a folder.
    pub(crate) smtp_url: Option<String>,
    /// `MAIL_FROM`: what mails come from.
    pub(crate) from: String,
    /// `SMS_SPOOL`: the folder from which a gateway takes text messages.
    pub(crate) spool: Option<PathBuf>,
    /// `DEMO=0`: no page shows what was sent, not even where nothing really is.
    pub(crate) demo: bool,
}

/// Sends whatever there is to send.
#[derive(Clone)]
pub(crate) struct Messages {
    db: Db,
    post: Post,
    texts: Option<Arc<dyn TextGateway>>,
    /// The folders that the pages of the demonstration show. They hold codes: with a real mail server there are none.
    pub(crate) shown: Option<Shown>,
}

/// Where the messages of the demonstration are.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) mails: PathBuf,
    pub(crate) texts: PathBuf,
}

impl Messages {
    pub(crate) fn open(db: &Db, settings: &Settings, data: &Path) -> Result<Self, PostError> {
        let shown = Shown { mails: data.join("outbox"), texts: data.join("phone") };
        let local = settings.smtp_url.is_none();
        let spool = settings.spool.clone().or_else(|| local.then(|| shown.texts.clone()));
        Ok(Self {
            db: db.clone(),
            post: Post::open(settings, &shown.mails)?,
            texts: spool.map(gateway).transpose()?,
            shown: (local && settings.demo && settings.spool.is_none()).then_some(shown),
        })
    }

    /// A mail to somebody who is no user yet, or of something that is not a notice of the library.
    pub(crate) async fn write(&self, address: &str, letter: &Letter) -> Result<(), BoxError> {
        Ok(self.post.send(address, letter).await?)
    }

    async fn addressee(&self, key: &UserKey) -> Result<User, BoxError> {
        Ok(self.db.user_of(key).await?.ok_or("a message to nobody")?)
    }

    /// The host's own memory follows what happened: who has a second factor, and which sessions are over. Both may be done twice.
    async fn follow(&self, user: &User, event: &Event) -> sqlx::Result<()> {
        if matches!(event.kind(), EventKind::Disabled | EventKind::Reset { .. } | EventKind::Purged { .. }) {
            self.db.forget_second_factor(user.id).await?;
        }
        if event.ends_sessions() {
            self.db.end_sessions(user.id).await?;
        }
        Ok(())
    }
}

impl Notifier for Messages {
    type Error = BoxError;

    /// The code goes into the message, and nowhere else: not into a log, not onto a page.
    async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<(), Self::Error> {
        let to = self.addressee(to).await?;
        match channel {
            Channel::Email => Ok(self.post.send(&to.email, &code_mail(&to, code)).await?),
            Channel::Sms => {
                let gateway = self.texts.as_ref().ok_or("there is no gateway for text messages")?;
                let number = to.phone.as_deref().ok_or("a text message to somebody without a number")?;
                gateway.send(number, &code_text(&to, code)).await
            }
            other => Err(format!("no way to send a code over {other:?}").into()),
        }
    }

    /// Accepted is a notice once a mail server has it. A second delivery of the same one sends nothing.
    async fn notify(&self, notice: &Notice) -> Result<(), Self::Error> {
        let event = notice.event();
        let to = self.addressee(event.user()).await?;
        self.follow(&to, event).await?;
        let id = format!("{:032x}", notice.id());
        let text = words::notice(words_of(&to), event.kind());
        match self.db.claim_notice(&id, to.id, event.at(), &text).await? {
            Claim::Sent => return Ok(()),
            Claim::Others => return Err("this notice is being sent by somebody else".into()),
            Claim::Ours => {}
        }
        match self.post.send(&to.email, &notice_mail(&to, event, &id, text)).await {
            Ok(()) => Ok(self.db.notice_sent(&id).await?),
            Err(error) => {
                self.db.give_back_notice(&id).await?;
                tracing::warn!(user = to.id, reason = %error, "a notice waits, as it could not be mailed");
                Err(error.into())
            }
        }
    }
}

fn gateway(folder: PathBuf) -> io::Result<Arc<dyn TextGateway>> {
    Ok(Arc::new(Spool::open(folder)?))
}

fn words_of(user: &User) -> Words {
    Words::of(Language::from_tag(&user.language).unwrap_or_default())
}

fn notice_mail(to: &User, event: &Event, id: &str, text: String) -> Letter {
    let words = words_of(to);
    let happened = words.with("date", when::date(event.at())).say("mail-when");
    let not_you = words.with("contact", contact(words, to)).say("mail-not-you");
    Letter {
        language: words.language().tag(),
        subject: words::subject(words, event.kind()),
        paragraphs: vec![text, happened, not_you],
        footer: vec![why(words, to)],
        id: Some(id.to_owned()),
        ..Letter::default()
    }
}

fn code_mail(to: &User, code: &OneTimeCode) -> Letter {
    let words = words_of(to);
    let company = words.with("company", to.company.as_str());
    let until = words.with("date", when::date(code.expires_at())).say("mail-code-until");
    let not_you = words.with("contact", contact(words, to)).say("mail-code-not-you");
    Letter {
        language: words.language().tag(),
        subject: words.say("mail-code-subject"),
        paragraphs: vec![company.say("mail-code")],
        code: Some(code.reveal().to_owned()),
        after: vec![until, not_you],
        footer: vec![why(words, to)],
        ..Letter::default()
    }
}

fn code_text(to: &User, code: &OneTimeCode) -> String {
    words_of(to)
        .with("code", code.reveal())
        .with("company", to.company.as_str())
        .with("date", when::date(code.expires_at()))
        .say("mail-text-message")
}

/// What the company says, else how to reach us.
pub(crate) fn contact(words: Words, to: &User) -> String {
    match to.contact.as_str() {
        "" => words.with("support", SUPPORT).say("mail-contact"),
        contact => contact.to_owned(),
    }
}

fn why(words: Words, to: &User) -> String {
    words.with("address", to.email.as_str()).with("company", to.company.as_str()).say("mail-why")
}
