//! Setting up an authenticator.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    BackupCodes, SignedIn, Verifier,
    changes::DrawnCodes,
    check,
    commit::Subject,
    import::DEFAULT_NAME,
    sign_in::new_browser,
    token::{Claims, Proof, Purpose, Token},
};
use crate::{
    account::Account,
    action::Action,
    error::Result,
    factor::Factor,
    primitives::{
        backup::LookupSecret,
        code::Code,
        otpauth::{OtpauthUri, checked_account},
        random,
        secret::Secret,
        time::UnixTime,
        totp::Totp,
    },
    record::{self, Confirmation, Decision, Draft, Epoch, Record, Right},
    refusal::{NotAllowed, Reason, Rejection},
};

/// By which right an authenticator is set up. It must be named, so that "an open session suffices" is always written out.
///
/// ```
/// use second_factor::{Account, Authority, Enroll, Enrollment, NewAuthenticator, Result, Verifier};
///
/// /// The set-up inside a sign-in: `typed` is the ticket, where the page asked for one.
/// async fn set_up(verifier: &Verifier, account: &Account, enroll: &Enroll, typed: &str) -> Result<Enrollment> {
///     let by = if enroll.needs_ticket() {
///         Authority::Ticket { sign_in: Some(enroll.token()), typed }
///     } else {
///         Authority::SignIn(enroll.token())
///     };
///     verifier.enroll(account, by, &NewAuthenticator::new("ann@example.com")).await
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// The user's open session. Enough only while no second factor is set up.
    OpenSession,
    /// The token of [`SignIn::Enroll`](crate::SignIn::Enroll): the policy requires it before the session opens.
    SignIn(&'a Token),
    /// After an administrator's reset with a ticket: either of the above, with the ticket as it was typed. Confirming uses it up.
    Ticket {
        /// The token of [`SignIn::Enroll`](crate::SignIn::Enroll); `None` in an open session.
        sign_in: Option<&'a Token>,
        /// The ticket: case, spaces and hyphens do not matter.
        typed: &'a str,
    },
    /// A passed step-up for [`Action::AddAuthenticator`], or for [`Action::Replace`]: then the old one works until the new one is
    /// confirmed. Spent here, not at the confirmation.
    StepUp(&'a Proof),
}

/// An authenticator to be set up: what its app will show, and what its owner calls it.
///
/// ```
/// use second_factor::NewAuthenticator;
///
/// let new = NewAuthenticator::new("ann@example.com").named("Ann's phone");
/// ```
#[derive(Clone)]
pub struct NewAuthenticator {
    account_label: String,
    name: String,
}

impl NewAuthenticator {
    /// With the label that the app shows beside the issuer, mostly the address that the user signs in with: 1 to 320 bytes without a
    /// colon or a control character, surrounding white space ignored.
    #[must_use]
    pub fn new(account_label: &str) -> Self {
        Self { account_label: account_label.trim().to_owned(), name: DEFAULT_NAME.into() }
    }

    /// Named by its owner, to tell several apart: 1 to 64 characters, surrounding white space ignored. It is "Authenticator" otherwise.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.trim().clone_into(&mut self.name);
        self
    }

    /// Whether label and name can be used. [`enroll`](Verifier::enroll) asks the same; a page that spends a code first asks before.
    ///
    /// # Errors
    ///
    /// [`NotAllowed::InvalidName`] or [`NotAllowed::InvalidLabel`].
    pub fn check(&self) -> Result<(), NotAllowed> {
        record::checked_name(&self.name)?;
        checked_account(&self.account_label).map_err(|_| NotAllowed::InvalidLabel)?;
        Ok(())
    }
}

impl fmt::Debug for NewAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthenticator").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A set-up under way: what to show until the first code comes. Secret; show it to nobody but the user, and cache it nowhere.
///
/// ```
/// use second_factor::Enrollment;
///
/// /// The set-up page: what the QR code says, and what to type where no camera is at hand. Its token goes into a cookie.
/// fn page(enrollment: &Enrollment) -> (&str, &str) {
///     (enrollment.uri(), enrollment.key_to_type())
/// }
/// ```
pub struct Enrollment {
    token: Token,
    uri: Zeroizing<String>,
    key_to_type: Zeroizing<String>,
    expires_at: UnixTime,
}

impl Enrollment {
    /// To be brought back with the code.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// The `otpauth` URI to show as a QR code.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The secret to type where no camera is at hand: base32 in groups of four.
    #[must_use]
    pub fn key_to_type(&self) -> &str {
        &self.key_to_type
    }

    /// When it is over: 15 minutes after it began.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl fmt::Debug for Enrollment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrollment").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// An authenticator was set up.
///
/// ```
/// use second_factor::{Enrolled, SignedIn};
///
/// /// Open the session, or renew it, and show the codes once.
/// fn after_set_up(enrolled: Enrolled) -> (SignedIn, Vec<String>) {
///     let codes = enrolled.backup_codes.iter().flat_map(|codes| codes.iter().map(str::to_owned)).collect();
///     (enrolled.signed_in, codes)
/// }
/// ```
#[must_use = "open the session with `signed_in`, or renew it"]
#[derive(Debug)]
#[non_exhaustive]
pub struct Enrolled {
    /// Opens the session of a sign-in, and renews one that was open: an old one says that no second factor was verified.
    pub signed_in: SignedIn,
    /// Issued with the first authenticator, if the policy allows them: to be shown now, and never again.
    pub backup_codes: Option<BackupCodes>,
}

impl Verifier {
    /// Begins to set up an authenticator, in the place of any set-up that is under way. Nothing that is in force changes before
    /// [`confirm`](Self::confirm).
    ///
    /// # Errors
    ///
    /// [`NotAllowed`] if the policy is off, if it takes a proof, if there are 5 authenticators, or if label or name cannot be used;
    /// [`Rejection`] if the token or proof does not hold; [`Unavailable`](crate::Unavailable).
    pub async fn enroll(
        &self,
        account: &Account,
        by: Authority<'_>,
        new: &NewAuthenticator,
    ) -> Result<Enrollment> {
        check(account)?;
        new.check()?;
        let Claimed { claims, ticket } = self.right(account, by)?;
        let right = claims.as_ref().map_or(Right::OpenSession, Claims::right);
        let browser = claims.as_ref().and_then(|claims| claims.browser);
        let draft = draft(new)?;
        let (uri, key_to_type) =
            self.to_show(&new.account_label, &draft.secret, draft.totp).ok_or(NotAllowed::InvalidLabel)?;
        let decide =
            |record, now| record::begin_enrollment(record, right, ticket.as_ref(), &draft, account, now);
        let (expires_at, epoch) = self.commit(Subject::of(account), decide).await??;
        let claims = Claims::new(account, Purpose::Enrollment, draft.id, epoch, expires_at)?;
        let token = self.token(&claims.in_browser(browser))?;
        Ok(Enrollment { token, uri, key_to_type, expires_at })
    }

    /// A set-up under way, to be shown again to the holder of its token.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if it is over, was confirmed, or gave way to another; [`Unavailable`](crate::Unavailable).
    pub async fn enrollment(&self, account: &Account, token: &Token) -> Result<Enrollment> {
        check(account)?;
        let claims = self.claims_of(token.as_str(), account, |purpose| *purpose == Purpose::Enrollment)?;
        let decide = |record: Option<Record>, now| {
            Decision::keep(record.ok_or(Rejection::new(Reason::Expired)).and_then(|record| {
                let pending = record.pending(claims.id, claims.epoch, now)?;
                let to_show = self.to_show(pending.account_label(), pending.secret(), pending.totp());
                Ok((to_show, pending.expires_at()))
            }))
        };
        let (to_show, expires_at) = self.commit(Subject::of(account), decide).await??;
        let (uri, key_to_type) = to_show.ok_or(NotAllowed::InvalidLabel)?;
        Ok(Enrollment { token: token.clone(), uri, key_to_type, expires_at })
    }

    /// Makes the pending authenticator active if `typed` is its code. The code is burnt: it does not sign in as well.
    ///
    /// # Errors
    ///
    /// [`Rejection`] if the code was not accepted, after it was counted, or if the set-up is over; after 10 wrong codes it is.
    /// [`NotAllowed::FactorOff`] if the policy has been turned off since; [`Unavailable`](crate::Unavailable).
    pub async fn confirm(&self, account: &Account, token: &Token, typed: &str) -> Result<Enrolled> {
        check(account)?;
        let claims = self.claims_of(token.as_str(), account, |purpose| *purpose == Purpose::Enrollment)?;
        let code = Code::read(typed).map_err(|_| Rejection::new(Reason::Malformed))?;
        let (new_browser, codes) = (new_browser(None)?, drawn_codes(account)?);
        let confirmation = Confirmation {
            id: claims.id,
            epoch: claims.epoch,
            browser: claims.browser,
            code: &code,
            account,
            new_epoch: Epoch::drawn(random::id()?),
            new_browser: &new_browser,
            backup_codes: codes.as_slice(),
        };
        let decide = |record: Option<Record>, now| match record {
            Some(record) => record.confirm(&confirmation, now),
            None => Decision::keep(Err(Reason::Expired.into())),
        };
        let confirmed = self.commit(Subject::of(account), decide).await??;
        Ok(Enrolled {
            signed_in: SignedIn::second_factor(account, confirmed.passed, &new_browser),
            backup_codes: confirmed.backup_codes_issued.then(|| codes.to_show()),
        })
    }

    fn right(&self, account: &Account, by: Authority<'_>) -> Result<Claimed, Rejection> {
        let sign_in = |token: &Token| {
            self.claims_of(token.as_str(), account, |purpose| *purpose == Purpose::Enroll).map(Some)
        };
        let (claims, ticket) = match by {
            Authority::OpenSession => (None, None),
            Authority::SignIn(token) => (sign_in(token)?, None),
            Authority::Ticket { sign_in: token, typed } => {
                let ticket = LookupSecret::read(typed).ok_or(Rejection::new(Reason::Malformed))?;
                (token.map_or(Ok(None), sign_in)?, Some(ticket))
            }
            Authority::StepUp(proof) => {
                let sets_up = |purpose: &Purpose| {
                    matches!(purpose, Purpose::Proof(Action::AddAuthenticator | Action::Replace(_)))
                };
                (Some(self.claims_of(proof.as_str(), account, sets_up)?), None)
            }
        };
        Ok(Claimed { claims, ticket })
    }

    /// The URI and the key to type; `None` if the label cannot stand in a URI.
    fn to_show(
        &self,
        label: &str,
        secret: &Secret,
        totp: Totp,
    ) -> Option<(Zeroizing<String>, Zeroizing<String>)> {
        let uri =
            OtpauthUri::new(&self.inner.issuer, label, secret.duplicate()).ok()?.with_totp(totp).ok()?;
        Some((uri.to_uri(), secret.to_base32_groups()))
    }
}

/// What somebody brought to begin a set-up with.
struct Claimed {
    claims: Option<Claims>,
    ticket: Option<LookupSecret>,
}

impl Claims {
    fn right(&self) -> Right<'_> {
        match &self.purpose {
            Purpose::Proof(action) => Right::Proof { id: self.id, epoch: self.epoch, action },
            _ => Right::SignIn { epoch: self.epoch, expires_at: self.expires_at },
        }
    }
}

/// Backup codes in the policy's format, if it allows any.
fn drawn_codes(account: &Account) -> Result<DrawnCodes> {
    let policy = account.policy();
    if policy.allows(Factor::BackupCode) { Ok(DrawnCodes::draw(policy)?) } else { Ok(DrawnCodes::none()) }
}

/// Everything that is drawn for an authenticator.
fn draft(new: &NewAuthenticator) -> Result<Draft> {
    let totp = Totp::default();
    Ok(Draft {
        id: random::id()?,
        root: Zeroizing::new(random::bytes()?),
        secret: Secret::generate(totp.algorithm())?,
        totp,
        name: new.name.clone(),
        account_label: new.account_label.clone(),
    })
}
