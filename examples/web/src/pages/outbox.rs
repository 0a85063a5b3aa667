//! The mails and text messages of the demonstration, which reach nobody but these two pages. They show codes to everybody, so
//! [`routes`] makes them only where no message is really sent.

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use mail_parser::{Message, MessageParser};
use second_factor::UnixTime;
use tokio::task::spawn_blocking;

use crate::{
    glue::App,
    messages::{ENDING, Messages, Shown, newest},
    pages::render,
    problem::Problem,
    view::View,
    when,
};

/// So many messages are shown.
const MOST: usize = 50;

/// The addresses of the two pages; none with a real mail server or without the demonstration.
pub(crate) fn routes(messages: &Messages) -> Router<App> {
    match &messages.shown {
        Some(_) => Router::new().route("/outbox", get(outbox)).route("/phone", get(phone)),
        None => Router::new(),
    }
}

struct Mail {
    to: String,
    subject: String,
    sent: String,
    language: String,
    text: String,
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct OutboxPage {
    view: View,
    mails: Vec<Mail>,
}

async fn outbox(State(app): State<App>, view: View) -> Result<Response, Problem> {
    let Shown { mails, .. } = app.messages.shown.ok_or(Problem::NotFound)?;
    let files = look_into(move || newest(&mails, "eml", MOST)).await?;
    let mails =
        files.iter().filter_map(|file| MessageParser::new().parse(file)).map(|mail| read(&mail)).collect();
    render(StatusCode::OK, &OutboxPage { view, mails })
}

fn read(mail: &Message<'_>) -> Mail {
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
    let sent = mail.date().and_then(|date| u64::try_from(date.to_timestamp()).ok());
    Mail {
        to: to.unwrap_or_default().to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        sent: sent.map(UnixTime::from_seconds).map_or_else(String::new, when::date),
        language: mail.header("Content-Language").and_then(|it| it.as_text()).unwrap_or("en").to_owned(),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
    }
}

struct Text {
    to: String,
    text: String,
}

#[derive(Template)]
#[template(path = "phone.html")]
struct PhonePage {
    view: View,
    texts: Vec<Text>,
}

async fn phone(State(app): State<App>, view: View) -> Result<Response, Problem> {
    let Shown { texts, .. } = app.messages.shown.ok_or(Problem::NotFound)?;
    let files = look_into(move || newest(&texts, ENDING, MOST)).await?;
    let texts = files.iter().filter_map(|file| text(std::str::from_utf8(file).ok()?)).collect();
    render(StatusCode::OK, &PhonePage { view, texts })
}

fn text(file: &str) -> Option<Text> {
    let (head, text) = file.split_once("\n\n")?;
    let to = head.lines().find_map(|line| line.strip_prefix("To: "))?;
    Some(Text { to: format!("+{to}"), text: text.trim_end().to_owned() })
}

async fn look_into(
    look: impl FnOnce() -> std::io::Result<Vec<Vec<u8>>> + Send + 'static,
) -> Result<Vec<Vec<u8>>, Problem> {
    let looked = spawn_blocking(look).await.map_err(|e| Problem::Broken(e.into()))?;
    looked.map_err(|e| Problem::Broken(e.into()))
}
