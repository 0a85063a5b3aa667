//! What somebody may answer the second step with, as the page says it.

use second_factor::{Challenge, Channel, Clock, Factor, Sent, SystemClock, Trust, UnixTime};
use serde::Deserialize;

use crate::{db::User, mask, view::View, when};

pub(super) struct Offer {
    pub(super) app: bool,
    pub(super) backup_code: bool,
    /// The messages that can be sent.
    pub(super) ways: Vec<Way>,
    /// A message is on its way: where to, and until when its code is good.
    pub(super) sent: Option<String>,
    /// How long this browser would be trusted.
    pub(super) trust: Option<String>,
}

impl Offer {
    pub(super) fn of(view: &View, challenge: &Challenge, user: &User) -> Self {
        let has = |factor| challenge.factors().contains(&factor);
        let ways = Medium::ALL.into_iter().filter(|it| has(Factor::OneTimeCode(it.channel())));
        Self {
            app: has(Factor::Totp),
            backup_code: has(Factor::BackupCode),
            ways: ways.map(|medium| Way::of(view, medium, challenge.sent(), user)).collect(),
            sent: challenge.sent().and_then(|sent| is_sent(view, sent, user)),
            trust: challenge.may_trust().and_then(|trust| match trust {
                Trust::Off => None,
                Trust::Days(days) => Some(view.with("days", days.days()).say("sign-in-trust-days")),
                Trust::UntilSignOut => Some(view.say("sign-in-trust-until-sign-out")),
            }),
        }
    }
}

fn is_sent(view: &View, sent: Sent, user: &User) -> Option<String> {
    let medium = Medium::ALL.into_iter().find(|it| it.channel() == sent.channel)?;
    let words = view.with("address", medium.address(user)).with("until", when::date(sent.expires_at));
    Some(words.say(match medium {
        Medium::Mail => "sign-in-sent-mail",
        Medium::Text => "sign-in-sent-text",
    }))
}

/// What carries a message with a code.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Medium {
    Mail,
    Text,
}

impl Medium {
    const ALL: [Self; 2] = [Self::Mail, Self::Text];

    pub(super) const fn channel(self) -> Channel {
        match self {
            Self::Mail => Channel::Email,
            Self::Text => Channel::Sms,
        }
    }

    /// As the form names it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
        }
    }

    /// Where to, for its owner to know it again.
    fn address(self, user: &User) -> String {
        match self {
            Self::Mail => mask::mail(&user.email),
            Self::Text => mask::phone(user.phone.as_deref().unwrap_or_default()),
        }
    }
}

/// A message that can be sent.
pub(super) struct Way {
    pub(super) medium: Medium,
    pub(super) address: String,
    /// Until the next one, if one was sent.
    pub(super) wait: Option<Wait>,
    /// One was sent.
    again: bool,
}

pub(super) struct Wait {
    pub(super) seconds: u64,
    pub(super) words: String,
}

impl Way {
    fn of(view: &View, medium: Medium, sent: Option<Sent>, user: &User) -> Self {
        let sent = sent.filter(|sent| sent.channel == medium.channel());
        let wait = sent.and_then(|sent| Wait::until(view, sent.resend_at));
        Self { medium, address: medium.address(user), wait, again: sent.is_some() }
    }

    /// The key of what the button says.
    pub(super) const fn words(&self) -> &'static str {
        match (self.medium, self.again) {
            (Medium::Mail, false) => "sign-in-send-mail",
            (Medium::Mail, true) => "sign-in-send-mail-again",
            (Medium::Text, false) => "sign-in-send-text",
            (Medium::Text, true) => "sign-in-send-text-again",
        }
    }
}

impl Wait {
    fn until(view: &View, at: UnixTime) -> Option<Self> {
        let now = SystemClock.now();
        (now < at).then(|| Self {
            seconds: at.since(now),
            words: view.with("wait", when::wait(view.words, now, at)).say("sign-in-next"),
        })
    }
}
