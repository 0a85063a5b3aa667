//! Members, their browsers, and the mail server.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use second_factor::{
    Account, Assurance, Challenge, Channel, DeviceCookie, Enroll, EventKind, Notice, Notifier, OneTimeCode,
    Outbox, SignedIn, UserKey,
};

/// Carries messages, unless the text messages do not get through.
#[derive(Clone, Default)]
pub(crate) struct Post {
    delivered: Outbox,
    sms_is_down: Arc<AtomicBool>,
}

/// A member, as the host's own table has them.
#[derive(Clone)]
pub(crate) struct Member {
    pub(super) tenant: &'static str,
    name: &'static str,
    pub(super) password_version: u32,
    pub(super) administrator: bool,
    pub(super) channels: Vec<Channel>,
}

/// A browser: its cookies, and how its session was opened if there is one.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
    pub(crate) session: Option<Assurance>,
}

/// Where the password leads.
#[derive(Debug)]
pub(crate) enum Page {
    Home(Assurance),
    Code(Challenge),
    SetUp(Enroll),
}

impl Notifier for Post {
    type Error = io::Error;

    async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> io::Result<()> {
        if channel == Channel::Sms && self.sms_is_down.load(Ordering::SeqCst) {
            return Err(io::Error::other("the gateway does not answer"));
        }
        self.delivered.send_code(to, channel, code).await.map_err(io::Error::other)
    }

    async fn notify(&self, notice: &Notice) -> io::Result<()> {
        self.delivered.notify(notice).await.map_err(io::Error::other)
    }
}

impl Post {
    pub(crate) fn sms_is_down(&self, yes: bool) {
        self.sms_is_down.store(yes, Ordering::SeqCst);
    }

    /// The code that was sent last to this member.
    pub(crate) fn code(&self, to: &Member, channel: Channel) -> String {
        self.delivered.last_code(&to.key(), channel).expect("a code was sent")
    }

    /// What was told to whom since messages were last read, the oldest first.
    pub(crate) fn unread(&self) -> Vec<(UserKey, EventKind)> {
        let notices = self.delivered.take();
        let events = notices.iter().map(Notice::event);
        events.map(|event| (event.user().clone(), event.kind().clone())).collect()
    }

    /// The same for this member; those of others are gone as well.
    pub(crate) fn read(&self, to: &Member) -> Vec<EventKind> {
        let theirs = self.unread().into_iter().filter(|(user, _)| *user == to.key());
        theirs.map(|(_, kind)| kind).collect()
    }
}

impl Member {
    pub(crate) fn named(name: &'static str) -> Self {
        Self { tenant: "acme", name, password_version: 1, administrator: false, channels: Vec::new() }
    }

    pub(crate) fn of(mut self, tenant: &'static str) -> Self {
        self.tenant = tenant;
        self
    }

    pub(crate) fn administrator(mut self, yes: bool) -> Self {
        self.administrator = yes;
        self
    }

    pub(crate) fn reachable_by(mut self, channel: Channel) -> Self {
        self.channels.push(channel);
        self
    }

    pub(crate) fn changes_password(&mut self) {
        self.password_version += 1;
    }

    pub(crate) fn key(&self) -> UserKey {
        UserKey::new(self.tenant, self.name)
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(&mut self, cookie: &DeviceCookie) {
        let (pair, attributes) = cookie.header().split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) fn cookie(&self, account: &Account) -> Option<&str> {
        self.cookies.get(&account.device_cookie_name()).map(String::as_str)
    }

    /// The session ends; the cookies stay.
    pub(crate) fn leave(&mut self) {
        self.session = None;
    }

    /// The only door to a session.
    pub(crate) fn open_session(&mut self, of: &Member, signed_in: &SignedIn) {
        assert_eq!(*signed_in.user(), of.key(), "a session is that of who signed in");
        self.session = Some(signed_in.assurance());
        if let Some(cookie) = signed_in.cookie() {
            self.set(cookie);
        }
    }
}

impl Page {
    #[track_caller]
    pub(crate) fn home(self) -> Assurance {
        if let Self::Home(assurance) = self { assurance } else { panic!("not signed in: {self:?}") }
    }

    #[track_caller]
    pub(crate) fn code(self) -> Challenge {
        if let Self::Code(challenge) = self { challenge } else { panic!("not asked for a code: {self:?}") }
    }

    #[track_caller]
    pub(crate) fn set_up(self) -> Enroll {
        if let Self::SetUp(enroll) = self { enroll } else { panic!("not led to the set-up: {self:?}") }
    }
}
