//! From the first factor to the session.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    Challenge, Verifier,
    challenge::read,
    check,
    commit::Subject,
    token::{Claims, Purpose, Token},
};
use crate::{
    account::Account,
    assurance::Assurance,
    device::{DeviceCookie, DeviceId, Presented},
    error::{Error, Result, Unavailable},
    factor::FirstFactor,
    primitives::{RandomError, random},
    record::{self, Arrival, Attempt, Decision, KNOWN_FOR, NewBrowser, Next, Passed, Record, Trusting},
    refusal::NotAllowed,
    user::UserKey,
};

/// What comes after the first factor. Exhaustive on purpose: a new way to leave [`begin`](Verifier::begin) must stop the host's build,
/// not fall into a `_` arm.
///
/// ```
/// use second_factor::{Account, FirstFactor, Result, SignIn, Verifier};
///
/// /// The password was right. `device` is the browser's cookie of [`Account::device_cookie_name`], if it brought one.
/// async fn after_password(verifier: &Verifier, account: &Account, device: Option<&str>) -> Result<(&'static str, String)> {
///     Ok(match verifier.begin(account, FirstFactor::Password, device).await? {
///         SignIn::Open(signed_in) => ("/", format!("a session of {}", signed_in.user().user())),
///         SignIn::Challenge(challenge) => ("/sign-in/code", challenge.token().as_str().to_owned()),
///         SignIn::Enroll(enroll) => ("/sign-in/set-up", enroll.token().as_str().to_owned()),
///     })
/// }
/// ```
#[must_use = "nobody is signed in until `Open`"]
#[derive(Debug)]
pub enum SignIn {
    /// Open the session: no second factor is asked for, and [`SignedIn::assurance`] says why.
    Open(SignedIn),
    /// Show the code page, and keep the token until the code comes.
    Challenge(Challenge),
    /// Lead to the set-up: the policy requires a second factor, and there is none. No session until it is confirmed.
    Enroll(Enroll),
}

/// The only thing that opens a session. It cannot be cloned, stored or made outside of this crate, so each one stands for one sign-in:
/// with a second factor, for the one commit that spent its code. Take the user from here and from nowhere else.
///
/// ```
/// use second_factor::{Assurance, SignedIn, UserKey};
///
/// /// The only place of a host that opens a session: whose it is, how sure that is, and a cookie to set.
/// fn open_session(proof: SignedIn) -> (UserKey, Assurance, Option<String>) {
///     let cookie = proof.cookie().map(|cookie| cookie.header().to_owned());
///     (proof.user().clone(), proof.assurance(), cookie)
/// }
/// ```
#[must_use = "open the session with it, or drop the sign-in"]
pub struct SignedIn {
    user: UserKey,
    assurance: Assurance,
    matched_offset: Option<i8>,
    cookie: Option<DeviceCookie>,
    backup_codes_left: u8,
}

impl SignedIn {
    fn without_code(account: &Account, assurance: Assurance, backup_codes_left: u8) -> Self {
        let user = account.user().clone();
        Self { user, assurance, matched_offset: None, cookie: None, backup_codes_left }
    }

    /// `browser` was drawn for this sign-in; whether it is the one that is known from now on, or lends its secret to one that was known
    /// already, the record has decided.
    pub(super) fn second_factor(account: &Account, passed: Passed, browser: &NewBrowser) -> Self {
        let issue = |id| DeviceCookie::issue(account.user(), id, &browser.secret, KNOWN_FOR);
        Self {
            user: account.user().clone(),
            assurance: Assurance::SecondFactor { factor: passed.factor, at: passed.at },
            matched_offset: passed.offset,
            cookie: passed.browser.map(issue),
            backup_codes_left: passed.backup_codes_left,
        }
    }

    /// Who signed in.
    #[must_use]
    pub const fn user(&self) -> &UserKey {
        &self.user
    }

    /// How sure of it one may be. Keep it in the session, for [`assess`](Verifier::assess).
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }

    /// By how many steps the code was ahead of the server's clock (behind: negative), if there was one. Often the same in a row means
    /// that the phone's clock is off, or the server's.
    #[must_use]
    pub const fn matched_offset(&self) -> Option<i8> {
        self.matched_offset
    }

    /// To set in this browser, which is known by it at the next sign-in: its attempts then count on their own, and if it was to be trusted
    /// it is not asked. After each second factor that was verified; leave the browser's cookie as it is if there is none.
    #[must_use]
    pub const fn cookie(&self) -> Option<&DeviceCookie> {
        self.cookie.as_ref()
    }

    /// How many backup codes are unused.
    #[must_use]
    pub const fn backup_codes_left(&self) -> u8 {
        self.backup_codes_left
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("user", &self.user)
            .field("assurance", &self.assurance)
            .finish_non_exhaustive()
    }
}

/// A second factor must be set up before the session opens.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use second_factor::*;
/// # let verifier = Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?).issuer("Acme").build()?;
/// # let ann = Account::new(UserKey::new("acme", "ann"), [1], &Policy::new(Requirement::RequiredForAll));
/// use second_factor::Enroll;
///
/// /// The page in front of the set-up; the token goes into its cookie.
/// fn page(enroll: &Enroll) -> (&'static str, &str) {
///     let text = if enroll.needs_ticket() {
///         "Type the ticket that support gave you: [        ] [set up]"
///     } else {
///         "Your company asks for a second step. [set up]"
///     };
///     (text, enroll.token().as_str())
/// }
///
/// let SignIn::Enroll(enroll) = verifier.begin(&ann, FirstFactor::Password, None).await? else { panic!() };
/// assert_eq!(page(&enroll).0, "Your company asks for a second step. [set up]");
/// # let reset = Reset::by(Actor::Operator("support".into()), "lost").with_ticket(std::time::Duration::from_secs(3600));
/// # verifier.reset(ann.user(), reset).await?;
/// # let SignIn::Enroll(enroll) = verifier.begin(&ann, FirstFactor::Password, None).await? else { panic!() };
/// # assert!(page(&enroll).0.starts_with("Type the ticket"));
/// # Ok(()) }
/// ```
///
/// The button leads to [`enroll`](Verifier::enroll), by the right that [`Authority`](crate::Authority) shows.
#[derive(Debug)]
pub struct Enroll {
    token: Token,
    needs_ticket: bool,
}

impl Enroll {
    /// To begin the set-up with: [`Authority::SignIn`](crate::Authority::SignIn), or [`Authority::Ticket`](crate::Authority::Ticket).
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// Whether to ask for the ticket that an administrator gave out with a reset.
    #[must_use]
    pub const fn needs_ticket(&self) -> bool {
        self.needs_ticket
    }
}

impl Verifier {
    /// What comes after the first factor. Calling it is the host's assertion that `first` was shown, just now, by this user.
    ///
    /// `device` is the value of the request's cookie of [`Account::device_cookie_name`], if it brought one. One read; one write only if
    /// a trusted browser passes. If that cannot be written, a code is asked for.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the record cannot be read, or is missing although the host knows the user as enrolled;
    /// [`NotAllowed::NoFactor`] if a second factor is required and the policy allows none that this account could use.
    pub async fn begin(&self, account: &Account, first: FirstFactor, device: Option<&str>) -> Result<SignIn> {
        check(account)?;
        let presented = device.and_then(Presented::read);
        let arrival = Arrival::new(first, presented.as_ref());
        match self.try_begin(account, arrival).await {
            Err(Error::Unavailable(Unavailable::Store(_) | Unavailable::Contended))
                if presented.is_some() =>
            {
                self.try_begin(account, Arrival { trusting: Trusting::No, ..arrival }).await
            }
            answer => answer,
        }
    }

    async fn try_begin(&self, account: &Account, arrival: Arrival<'_>) -> Result<SignIn> {
        let id = random::id()?;
        let decide = |record, now| record::sign_in(record, account, arrival, id, now);
        let step = self.commit(Subject::of(account), decide).await?;
        let asked = step.asked;
        let token = |purpose| -> Result<Token> {
            let claims = Claims::new(account, purpose, id, asked.epoch, asked.expires_at)?;
            self.token(&claims.in_browser(asked.browser).after(asked.first))
        };
        let open = |assurance, left| SignIn::Open(SignedIn::without_code(account, assurance, left));
        Ok(match step.next {
            Next::Open(because) => open(Assurance::FirstFactorOnly(because), 0),
            Next::Trusted { verified_at, backup_codes_left } => {
                open(Assurance::TrustedDevice { verified_at }, backup_codes_left)
            }
            Next::Challenge => {
                SignIn::Challenge(Challenge::new(token(Purpose::SignIn)?, step.page, asked.expires_at))
            }
            Next::Enroll => {
                SignIn::Enroll(Enroll { token: token(Purpose::Enroll)?, needs_ticket: step.needs_ticket })
            }
            Next::Nothing => return Err(NotAllowed::NoFactor.into()),
        })
    }

    /// Whom a token claims to be: which account to load for the next call. **It proves nothing**, and the token may be over.
    ///
    /// # Errors
    ///
    /// [`Rejection`](crate::Rejection) if it is no token of this key ring.
    pub fn claimed_user(&self, token: &Token) -> Result<UserKey> {
        Ok(self.open_claims(token.as_str())?.user)
    }

    /// The second step of a sign-in: spends the code that was typed in answer to a challenge, be it an app's, one that was sent, or a
    /// backup code.
    ///
    /// `typed` is read as people type: with spaces and hyphens, in the digits of any script. What cannot be a code costs nothing.
    /// `trust_as` is given when the user asked not to be asked again in this browser: how the list of trusted browsers will call it, cut at
    /// 40 characters. Where [`Challenge::may_trust`] says no, it is ignored. One read and one write, the browser's trust included; while
    /// attempts are held back, one read.
    ///
    /// # Errors
    ///
    /// [`Rejection`](crate::Rejection) if the code was not accepted, after it was counted; [`Unavailable`] if that could not be
    /// written, the same for right and wrong codes.
    pub async fn verify(
        &self,
        account: &Account,
        token: &Token,
        typed: &str,
        trust_as: Option<&str>,
    ) -> Result<SignedIn> {
        check(account)?;
        let challenge = self.challenge_of(token, account, |action| action.is_none())?;
        let attempt = Attempt { challenge: &challenge, typed: &read(typed)?, account };
        let browser = new_browser(trust_as)?;
        let decide = |record: Option<Record>, now| match record {
            Some(record) => record.verify(&attempt, &browser, now),
            None => Decision::keep(Err(record::verify_nobody(&attempt, now))),
        };
        let passed = self.commit(Subject::of(account), decide).await??;
        Ok(SignedIn::second_factor(account, passed, &browser))
    }
}

impl<'a> Subject<'a> {
    /// The record of an account.
    pub(super) const fn of(account: &'a Account) -> Self {
        Self { user: account.user(), known_enrolled: account.is_known_enrolled() }
    }
}

/// Everything that is drawn for the browser of a sign-in.
pub(super) fn new_browser(trust_as: Option<&str>) -> Result<NewBrowser, RandomError> {
    let mut secret = Zeroizing::new([0; 32]);
    random::fill(&mut *secret)?;
    Ok(NewBrowser::new(DeviceId::new(random::id()?), secret, trust_as))
}
