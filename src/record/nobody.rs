//! The answer for a user without a record.

use super::{Attempt, Record, Root, Typed};
use crate::{
    primitives::{secret::Secret, time::UnixTime, totp::Totp},
    refusal::{Reason, Rejection},
};

/// The answer for a user without a record: as much work as for one with an authenticator, nothing written, and no code is right.
pub(crate) fn verify_nobody(attempt: &Attempt<'_>, now: UnixTime) -> Rejection {
    let mut nobody = nobody();
    let stands = nobody.challenge_stands(attempt.challenge, attempt.account, now);
    // All bits of it are zero, so it is no authenticator of anybody.
    let totp = Totp::default();
    if let Ok(secret) = Secret::from_bytes(&[0; 20]) {
        let key = totp.key(&secret);
        match attempt.typed {
            Typed::Digits(code) => {
                let _shown = key.verify(code, now, attempt.account.window());
                let _sent = nobody.try_sent_code(code, attempt, now);
            }
            Typed::LookupSecret(code) => {
                let _spent = nobody.spend_backup_code(code, attempt.account.policy(), now);
            }
        }
    }
    stands.err().unwrap_or(Rejection::new(Reason::Wrong))
}

/// Stands in for a record that is not there. It is never written.
pub(crate) fn nobody() -> Record {
    Record::new(Root::drawn([0; 32]))
}
