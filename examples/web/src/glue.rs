//! Everything between this service and `second-factor`, in one place: what to copy.
//!
//! Four things are the host's to say: who somebody is now ([`User::account`]), who is in the middle of a sign-in
//! ([`App::in_sign_in`]), what opens a session ([`App::open_session`]) and what guards an open one ([`gate`]). The fifth, how messages
//! reach people, is in [`messages`](crate::messages).

mod session;

use second_factor::{
    Account, Administration, BoxError, Channel, Event, KeyRing, Policy, Token, UserKey, Verifier,
};

pub(crate) use self::session::{Administrator, Arrived, Me, gate};
use crate::{
    audit::Audit,
    db::{Db, User},
    messages::Messages,
    passwords::Passwords,
    problem::Problem,
    records::Records,
};

/// What every handler has at hand.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) passwords: Passwords,
    pub(crate) second_factor: Verifier,
    pub(crate) administration: Administration,
    pub(crate) messages: Messages,
    pub(crate) audit: Audit,
    /// The policy of a company that is new.
    pub(crate) new_company: Policy,
    /// How people reach the service: what links in mails begin with.
    pub(crate) address: String,
    pub(crate) secure_cookies: bool,
    /// Whether the accounts of the demonstration are shown.
    pub(crate) demo: bool,
}

/// The verifier over these records. A pool may be shared, as long as no transaction of the service is open while
/// the verifier is called: it writes on its own.
pub(crate) fn verifier(
    records: &Records,
    messages: Messages,
    audit: Audit,
    keys: KeyRing,
) -> Result<Verifier, second_factor::InvalidIssuer> {
    let audit = move |event: &Event| audit.event(event);
    records.verifier(messages, keys).issuer("Lighthouse").audit(audit).build()
}

impl User {
    /// How the library knows a user: by what is never given to a second person. The tenant is the company.
    pub(crate) fn key(&self) -> UserKey {
        UserKey::new(self.company_id.as_str(), self.id.to_string())
    }

    /// What this service knows of a user now. Read the user anew for each call.
    pub(crate) fn account(&self) -> Account {
        let account = Account::new(self.key(), self.password_version.to_be_bytes(), &self.policy)
            .administrator(self.is_administrator)
            .known_enrolled(self.has_second_factor)
            // Everybody has an address. A real service says so only of one that was confirmed, as an invitation does.
            .reachable_by(Channel::Email);
        if self.phone.is_some() { account.reachable_by(Channel::Sms) } else { account }
    }
}

impl App {
    /// Who is in the middle of a sign-in. The token says whom to look up, and proves nothing: the call that takes both does that.
    pub(crate) async fn in_sign_in(&self, token: &Token) -> Result<(User, Account), Problem> {
        let user =
            self.db.user_of(&self.second_factor.claimed_user(token)?).await?.ok_or(Problem::StepIsOver)?;
        let account = user.account();
        Ok((user, account))
    }

    /// Hands over what did not reach anybody so far, in every company.
    pub(crate) async fn deliver_waiting(&self) -> Result<(), BoxError> {
        for tenant in self.db.tenants().await? {
            let mut sweep = self.administration.deliver_pending(&tenant);
            while let Some(progress) = sweep.next().await? {
                if progress.changed > 0 || progress.failed > 0 {
                    tracing::info!(progress.changed, progress.failed, "delivered notices that were waiting");
                }
            }
        }
        Ok(())
    }
}
