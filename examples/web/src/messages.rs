//! What users are told: notices of what happened to their account, and the codes that are mailed.
//!
//! A real service hands them to its mail queue. This one appends each to a file for the user, in the folder `outbox` beside the
//! database; the notices also stand on the settings page.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use second_factor::{Actor, BoxError, Channel, Event, EventKind, Notice, Notifier, OneTimeCode, UserKey};
use tokio::task::spawn_blocking;

use crate::{
    db::{Db, User},
    private, when,
};

/// Whom to write to. It stands under each notice and on each page where somebody may be stuck.
pub(crate) const SUPPORT: &str = "support@lighthouse.example";

#[derive(Clone)]
pub(crate) struct Messages {
    db: Db,
    folder: PathBuf,
}

impl Messages {
    /// The folder holds codes, so nobody else may look into it.
    pub(crate) fn open(db: &Db, folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(Self { db: db.clone(), folder: folder.to_owned() })
    }

    async fn addressee(&self, key: &UserKey) -> Result<User, BoxError> {
        Ok(self.db.user_of(key).await?.ok_or("a message to nobody")?)
    }

    async fn mail(&self, to: &User, text: &str) -> Result<(), BoxError> {
        self.append(format!("user-{}.txt", to.id), &to.email, text).await
    }

    /// To somebody who is no user yet, or hears of something that is not a notice of the library.
    pub(crate) async fn write_to(&self, address: &str, text: &str) -> Result<(), BoxError> {
        self.append("others.txt".to_owned(), address, text).await
    }

    async fn append(&self, file: String, address: &str, text: &str) -> Result<(), BoxError> {
        let file = self.folder.join(file);
        let mail = format!("To: {address}\n{text}\n\n");
        Ok(spawn_blocking(move || append(&file, &mail)).await??)
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
    async fn send_code(&self, to: &UserKey, _: Channel, code: &OneTimeCode) -> Result<(), Self::Error> {
        let text = format!(
            "Your code for Lighthouse is {}. It is good until {}.\n\
             If you are not signing in now, somebody else has your password: change it, and write to {SUPPORT}.",
            code.reveal(),
            when::date(code.expires_at()),
        );
        self.mail(&self.addressee(to).await?, &text).await
    }

    async fn notify(&self, notice: &Notice) -> Result<(), Self::Error> {
        let event = notice.event();
        let to = self.addressee(event.user()).await?;
        self.follow(&to, event).await?;
        let text = text(event.kind());
        // The id makes a second delivery of the same notice harmless.
        if self.db.send(&format!("{:032x}", notice.id()), to.id, event.at(), &text).await? {
            self.mail(&to, &format!("{text}\nIf that was not you, write to {SUPPORT} at once.")).await?;
        }
        Ok(())
    }
}

/// A notice in words. Names, labels and reasons are what people typed: a message in HTML would escape them.
fn text(kind: &EventKind) -> String {
    match kind {
        EventKind::Enabled => "Two-factor authentication was turned on for your account.".into(),
        EventKind::Disabled => "Two-factor authentication was turned off for your account.".into(),
        EventKind::AuthenticatorAdded { name } => {
            format!("The authenticator “{name}” was added to your account.")
        }
        EventKind::AuthenticatorReplaced { name } => {
            format!("The authenticator “{name}” took the place of an older one.")
        }
        EventKind::AuthenticatorRemoved { name } => {
            format!("The authenticator “{name}” was removed from your account.")
        }
        EventKind::Reset { by, reason } => format!(
            "{} reset your two-factor authentication, for this reason: {reason}",
            match by {
                Actor::User(_) => "An administrator",
                Actor::Operator(_) => "The operator of this service",
            }
        ),
        EventKind::BackupCodesIssued { count } => {
            format!("You have {count} new backup codes. Any older ones no longer work.")
        }
        EventKind::BackupCodeUsed { left } => format!("A backup code was used. You have {left} left."),
        EventKind::BackupCodesLow { left: 0 } => "You have no backup codes left. Make new ones.".into(),
        EventKind::BackupCodesLow { left } => {
            format!("You have only {left} backup codes left. Make new ones.")
        }
        EventKind::BackupCodesViewed => "Your backup codes were looked at.".into(),
        EventKind::BrowserTrusted { label, until } => {
            let until = until.map_or("you sign out there".to_owned(), when::date);
            format!("“{label}” is a trusted browser: it is not asked for a code until {until}.")
        }
        EventKind::BrowserRevoked { label } => format!("“{label}” is no longer a trusted browser."),
        EventKind::BrowsersRevoked => "None of your browsers is trusted any more.".into(),
        EventKind::Purged { .. } => {
            "Two-factor authentication is no longer used here; what you had set up was deleted.".into()
        }
        EventKind::RequiredByPolicy { .. } => {
            "Two-factor authentication is required now. Set it up in the settings.".into()
        }
        EventKind::SignedOutEverywhere => "You were signed out everywhere.".into(),
        EventKind::ReplayRefused { .. } => {
            "A code that had been used was tried again. Somebody may have watched you type it.".into()
        }
        EventKind::ManyWrongCodes { .. } => {
            "Many wrong codes were tried: somebody has your password. Change it.".into()
        }
        _ => "Your two-factor authentication changed.".into(),
    }
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    private::writing(OpenOptions::new().create(true).append(true)).open(file)?.write_all(text.as_bytes())
}
