//! Open sessions and the settings page.

use super::{KnownBrowser, TrustedDevice, Verifier, check, commit::Subject};
use crate::{
    account::Account,
    action::{Action, AuthenticatorId},
    assurance::Assurance,
    device::Presented,
    error::Result,
    primitives::time::UnixTime,
    record::{self, BackupCodes, Decision, Device, Gate, Record},
};

/// What an open session may do at this request. Exhaustive on purpose.
///
/// ```
/// use second_factor::{Access, Account, Assurance, Result, Verifier};
///
/// /// In front of every page but those of the set-up and the sign-in: where to go instead, if anywhere.
/// async fn gate(verifier: &Verifier, account: &Account, session: Assurance) -> Result<Option<&'static str>> {
///     Ok(match verifier.assess(account, session).await? {
///         Access::Granted { enroll_by: _ } => None,
///         Access::Enroll => Some("/settings/2fa"),
///         Access::SignInAgain => Some("/sign-in"),
///     })
/// }
/// ```
#[must_use = "a session that is not granted must not go on"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Go on. With `enroll_by`, a second factor must be set up before then: show a notice.
    Granted {
        /// The end of the grace.
        enroll_by: Option<UnixTime>,
    },
    /// Lead every page to the set-up: a second factor is required, and there is none.
    Enroll,
    /// Lead to the sign-in: there is a second factor, and this session never showed it.
    SignInAgain,
}

/// What the settings page shows.
///
/// ```
/// use second_factor::Status;
///
/// fn settings_page(status: &Status) -> Vec<String> {
///     let mut lines = vec![format!("Two-step verification is {}", if status.is_on() { "on" } else { "off" })];
///     lines.extend(status.authenticators().iter().map(|app| format!("App: {}", app.name)));
///     lines.push(format!("Check unused backup codes ({})", status.backup_codes_left()));
///     lines.extend(status.devices().iter().map(|device| format!("Trusted: {}", device.label)));
///     if status.may_disable() {
///         lines.push("[turn off]".into());
///     }
///     lines
/// }
/// ```
#[derive(Debug, Default)]
pub struct Status {
    authenticators: Vec<Authenticator>,
    may_disable: bool,
    needs_ticket: bool,
    devices: Vec<TrustedDevice>,
    known_browsers: Vec<KnownBrowser>,
    backup_codes_left: u8,
    backup_codes_issued_at: Option<UnixTime>,
    backup_codes_saved_at: Option<UnixTime>,
    backup_codes_used_at: Vec<UnixTime>,
    may_view_backup_codes: bool,
    locked_until: Option<UnixTime>,
}

impl Status {
    fn of(record: &Record, account: &Account, presented: Option<&Presented>, now: UnixTime) -> Self {
        let this = record.recognize(presented, account, now).map(Device::id);
        let set = record.backup_codes();
        Self {
            authenticators: record.authenticators().iter().map(Authenticator::from).collect(),
            may_disable: record.is_enrolled() && record.allows(&Action::Disable, account).is_ok(),
            needs_ticket: record.needs_ticket() && !account.policy().waives_tickets(),
            devices: record
                .trusted(account, now)
                .map(|(device, until)| TrustedDevice::of(device, until, this == Some(device.id())))
                .collect(),
            known_browsers: record
                .known(account, now)
                .map(|device| KnownBrowser::of(device, this == Some(device.id())))
                .collect(),
            backup_codes_left: record.backup_codes_left(),
            backup_codes_issued_at: set.map(BackupCodes::issued_at),
            backup_codes_saved_at: set.and_then(BackupCodes::saved_at),
            backup_codes_used_at: set.map(BackupCodes::used_at).unwrap_or_default(),
            may_view_backup_codes: record.allows(&Action::ViewBackupCodes, account).is_ok(),
            locked_until: record.attempts_held_until(this, account.window(), now),
        }
    }

    /// Whether a second factor is set up. One whose authenticators are disabled is.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.authenticators.is_empty()
    }

    /// Whether the user may turn it off, with a proof. Replacing an authenticator is always possible.
    #[must_use]
    pub const fn may_disable(&self) -> bool {
        self.may_disable
    }

    /// Whether a set-up takes the ticket that an administrator gave out: [`Authority::Ticket`](crate::Authority::Ticket).
    #[must_use]
    pub const fn needs_ticket(&self) -> bool {
        self.needs_ticket
    }

    /// The authenticators, in the order in which they were added.
    #[must_use]
    pub fn authenticators(&self) -> &[Authenticator] {
        &self.authenticators
    }

    /// The browsers that are trusted now, in the order in which they became known.
    #[must_use]
    pub fn devices(&self) -> &[TrustedDevice] {
        &self.devices
    }

    /// The browsers in which a second factor was verified, trusted ones among them, in the order in which they became known. Their attempts
    /// count on their own.
    #[must_use]
    pub fn known_browsers(&self) -> &[KnownBrowser] {
        &self.known_browsers
    }

    /// How many backup codes are unused.
    #[must_use]
    pub const fn backup_codes_left(&self) -> u8 {
        self.backup_codes_left
    }

    /// When the present set of backup codes was issued, if there is one.
    #[must_use]
    pub const fn backup_codes_issued_at(&self) -> Option<UnixTime> {
        self.backup_codes_issued_at
    }

    /// When the user proved to have saved them: [`prove_saved`](Verifier::prove_saved).
    #[must_use]
    pub const fn backup_codes_saved_at(&self) -> Option<UnixTime> {
        self.backup_codes_saved_at
    }

    /// When codes of the present set were used, the earliest first.
    #[must_use]
    pub fn backup_codes_used_at(&self) -> &[UnixTime] {
        &self.backup_codes_used_at
    }

    /// Whether the unused backup codes can be shown again, with a proof.
    #[must_use]
    pub const fn may_view_backup_codes(&self) -> bool {
        self.may_view_backup_codes
    }

    /// Until when attempts from this browser are held back, if they are.
    #[must_use]
    pub const fn locked_until(&self) -> Option<UnixTime> {
        self.locked_until
    }
}

/// An authenticator of the user.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::{*, testing::*};
/// # let clock = ManualClock::new(UnixTime::from_seconds(1_760_000_000));
/// # let builder = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?);
/// # let verifier = builder.issuer("Acme").clock(clock).build()?;
/// # let ann = Account::new(UserKey::new("acme", "ann"), [1], &Policy::new(Requirement::Optional));
/// # let new = NewAuthenticator::new("ann@example.com").named("Ann's phone");
/// # let enrollment = verifier.enroll(&ann, Authority::OpenSession, &new).await?;
/// # let code = Phone::scan(enrollment.uri()).code_at(UnixTime::from_seconds(1_760_000_000));
/// # let _ = verifier.confirm(&ann, enrollment.token(), &code).await?;
/// use second_factor::{Authenticator, UnixTime};
///
/// /// A line of "your apps" in the settings; its buttons post the id.
/// fn line(app: &Authenticator, now: UnixTime) -> String {
///     let days = now.since(app.last_used_at) / 86_400;
///     let state = if app.disabled { "disabled: replace it".into() } else { format!("last used {days} days ago") };
///     format!("{} ({state}) [rename {id}] [replace {id}]", app.name, id = app.id)
/// }
///
/// let status = verifier.status(&ann, None).await?;
/// let lines: Vec<_> = status.authenticators().iter().map(|app| line(app, UnixTime::from_seconds(1_760_300_000))).collect();
/// assert_eq!(lines, ["Ann's phone (last used 3 days ago) [rename 1] [replace 1]"]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authenticator {
    /// To name it in later calls.
    pub id: AuthenticatorId,
    /// As its owner named it: data, to be escaped.
    pub name: String,
    /// When it was confirmed.
    pub added_at: UnixTime,
    /// When a code of it was last accepted, the confirming one included.
    pub last_used_at: UnixTime,
    /// Whether too many failures in a row disabled it, under a policy that asks for that. Replace it after signing in with a backup code.
    pub disabled: bool,
}

impl From<&record::Authenticator> for Authenticator {
    fn from(kept: &record::Authenticator) -> Self {
        Self {
            id: kept.id(),
            name: kept.name().to_owned(),
            added_at: kept.added_at(),
            last_used_at: kept.last_used_at(),
            disabled: kept.is_disabled(),
        }
    }
}

impl Verifier {
    /// Whether an open session may go on: the gate in front of every page. It notices at the next request that the policy changed, that
    /// a second factor was set up or taken away, or that the user signed out everywhere.
    ///
    /// `session` is what [`SignedIn::assurance`](crate::SignedIn::assurance) said when the session was opened. One read, no write.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable); do not let the request pass then.
    pub async fn assess(&self, account: &Account, session: Assurance) -> Result<Access> {
        check(account)?;
        let decide = |record: Option<Record>, now| {
            Decision::keep(record::gate(record.as_ref(), account, session, now))
        };
        Ok(match self.commit(Subject::of(account), decide).await? {
            Gate::Granted { enroll_by } => Access::Granted { enroll_by },
            Gate::Enroll => Access::Enroll,
            Gate::SignInAgain => Access::SignInAgain,
        })
    }

    /// What the settings page shows. `device` is the value of the request's device cookie, as for [`begin`](Self::begin).
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Unavailable).
    pub async fn status(&self, account: &Account, device: Option<&str>) -> Result<Status> {
        check(account)?;
        let presented = device.and_then(Presented::read);
        let decide = |record: Option<Record>, now| {
            let status = record.map(|record| Status::of(&record, account, presented.as_ref(), now));
            Decision::keep(status.unwrap_or_default())
        };
        self.commit(Subject::of(account), decide).await
    }
}
