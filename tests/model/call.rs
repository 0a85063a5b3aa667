//! A call as it is made, and what came of it.

use std::{fmt, time::Duration};

use second_factor::{
    Access, Account, Action, Actor, Assurance, Authority, Channel, DeviceId, Error, FirstFactor, Import,
    NewAuthenticator, NotAllowed, Proof, Reason, Rejection, Reset, Result, SignIn, SignedIn, Status, Token,
    Unavailable, Undelivered, Verifier,
};

use crate::mail::Mail;

/// A call by or about a user.
#[derive(Clone)]
pub(crate) struct Call {
    /// Names what the call hands out, the browser it makes known and the epoch it begins.
    pub(crate) id: usize,
    pub(crate) who: usize,
    pub(crate) account: Account,
    pub(crate) stamp: u32,
    pub(crate) deed: Deed,
}

/// The value of a device cookie, with the number it has in the list of all that were ever set.
pub(crate) type Cookie = Option<(usize, String)>;
/// A token or proof, with its number in the list of all that were ever handed out.
#[derive(Clone)]
pub(crate) struct Held(pub(crate) usize, pub(crate) String);

/// Who does what the operator does.
fn support() -> Actor {
    Actor::Operator("support".into())
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Begin(FirstFactor, Cookie),
    Look(Held),
    Send(Held, Channel),
    Verify(Held, String, bool),
    Enroll {
        by: By,
    },
    ShowSetUp(Held),
    Confirm(Held, String),
    AskStepUp(Action, Cookie),
    StepUp(Held, String),
    Do(Action, Held),
    ProveSaved(String),
    /// With the browser that the id names.
    Revoke(DeviceId, usize),
    RevokeAll,
    SignOut(Cookie),
    SignOutEverywhere,
    Reset {
        own: bool,
        ticket: bool,
    },
    Import(String),
    Restore,
    Erase,
    Deliver,
    Reseal,
    Assess(Assurance),
    Status(Cookie),
}

#[derive(Debug, Clone)]
pub(crate) enum By {
    OpenSession,
    SignIn(Held),
    Ticket(Option<Held>, String),
    StepUp(Held),
}

/// What a call said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    Done,
    Open(Assurance),
    Asked,
    MustEnroll,
    Left(u8),
    Access(Access),
    Refused(Reason, Option<u64>),
    Forbidden(NotAllowed),
    Unavailable,
}

/// What a call handed out, besides.
#[derive(Default)]
pub(crate) struct Got {
    pub(crate) text: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) codes: Option<Vec<String>>,
    pub(crate) ticket: Option<String>,
    pub(crate) sent: Option<String>,
    pub(crate) status: Option<Status>,
}

/// How long a ticket is good.
pub(crate) const TICKET: Duration = Duration::from_secs(3600);

impl Call {
    /// Makes the call.
    pub(crate) async fn make(&self, verifier: &Verifier, mail: &Mail) -> (Said, Got) {
        match self.try_make(verifier, mail).await {
            Ok(answer) => answer,
            Err(error) => (said(&error), Got::default()),
        }
    }

    async fn try_make(&self, verifier: &Verifier, mail: &Mail) -> Result<(Said, Got)> {
        let (account, user) = (&self.account, self.account.user());
        let mut got = Got::default();
        let said = match &self.deed {
            Deed::Begin(first, cookie) => match verifier.begin(account, *first, value(cookie)).await? {
                SignIn::Open(signed_in) => opened(&signed_in, &mut got),
                SignIn::Challenge(challenge) => {
                    got.text = Some(challenge.token().as_str().to_owned());
                    Said::Asked
                }
                SignIn::Enroll(enroll) => {
                    got.text = Some(enroll.token().as_str().to_owned());
                    Said::MustEnroll
                }
            },
            Deed::Look(held) => verifier.challenge(account, &token(held)).await.map(|_| Said::Done)?,
            Deed::Send(held, channel) => {
                verifier.send(account, &token(held), *channel).await?;
                got.sent = mail.last_code(user, *channel);
                Said::Done
            }
            Deed::Verify(held, typed, trust) => {
                let trust_as = trust.then_some("Firefox");
                opened(&verifier.verify(account, &token(held), typed, trust_as).await?, &mut got)
            }
            Deed::Enroll { by } => {
                let new = NewAuthenticator::new("ann@example.com");
                let enrollment = match by {
                    By::OpenSession => verifier.enroll(account, Authority::OpenSession, &new).await,
                    By::SignIn(held) => verifier.enroll(account, Authority::SignIn(&token(held)), &new).await,
                    By::Ticket(held, typed) => {
                        let sign_in = held.as_ref().map(token);
                        let by = Authority::Ticket { sign_in: sign_in.as_ref(), typed };
                        verifier.enroll(account, by, &new).await
                    }
                    By::StepUp(held) => verifier.enroll(account, Authority::StepUp(&proof(held)), &new).await,
                }?;
                got.text = Some(enrollment.token().as_str().to_owned());
                got.uri = Some(enrollment.uri().to_owned());
                Said::Done
            }
            Deed::ShowSetUp(held) => verifier.enrollment(account, &token(held)).await.map(|_| Said::Done)?,
            Deed::Confirm(held, typed) => {
                let enrolled = verifier.confirm(account, &token(held), typed).await?;
                got.codes = enrolled.backup_codes.map(|codes| codes.iter().map(str::to_owned).collect());
                opened(&enrolled.signed_in, &mut got)
            }
            Deed::AskStepUp(action, cookie) => {
                let challenge = verifier.begin_step_up(account, action, value(cookie)).await?;
                got.text = Some(challenge.token().as_str().to_owned());
                Said::Asked
            }
            Deed::StepUp(held, typed) => {
                let proof = verifier.step_up(account, &token(held), typed).await?;
                got.text = Some(proof.as_str().to_owned());
                Said::Done
            }
            Deed::Do(action, held) => {
                let proof = proof(held);
                match action {
                    Action::Disable => verifier.disable(account, &proof).await?,
                    Action::Remove(id) => verifier.remove_authenticator(account, *id, &proof).await?,
                    Action::RegenerateBackupCodes => {
                        let codes = verifier.regenerate_backup_codes(account, &proof).await?;
                        got.codes = Some(codes.iter().map(str::to_owned).collect());
                    }
                    Action::ViewBackupCodes => {
                        let codes = verifier.view_backup_codes(account, &proof).await?;
                        got.codes = Some(codes.iter().map(str::to_owned).collect());
                    }
                    other => verifier.spend(account, &proof, other).await?,
                }
                Said::Done
            }
            Deed::ProveSaved(typed) => Said::Left(verifier.prove_saved(account, typed).await?),
            Deed::Revoke(id, _) => verifier.revoke_device(account, *id).await.map(|()| Said::Done)?,
            Deed::RevokeAll => verifier.revoke_devices(account).await.map(|()| Said::Done)?,
            Deed::SignOut(cookie) => verifier.sign_out(account, value(cookie)).await.map(|()| Said::Done)?,
            Deed::SignOutEverywhere => verifier.sign_out_everywhere(account).await.map(|_| Said::Done)?,
            Deed::Reset { own, ticket } => {
                let by = if *own { Actor::User(user.clone()) } else { support() };
                let reset = Reset::by(by, "lost the phone");
                let reset = if *ticket { reset.with_ticket(TICKET) } else { reset };
                got.ticket = verifier.reset(user, reset).await?.map(|ticket| ticket.reveal().to_owned());
                Said::Done
            }
            Deed::Import(uri) => verifier
                .import(user, Import::from_uri(uri)?, &operator("migration"))
                .await
                .map(|()| Said::Done)?,
            Deed::Restore => verifier.after_restore(user, &operator("restore")).await.map(|()| Said::Done)?,
            Deed::Erase => {
                verifier.erase(user, Undelivered::Drop, &operator("support")).await.map(|()| Said::Done)?
            }
            Deed::Deliver => verifier.deliver_pending(user).await.map(|()| Said::Done)?,
            Deed::Reseal => verifier.reseal(user).await.map(|_| Said::Done)?,
            Deed::Assess(session) => Said::Access(verifier.assess(account, *session).await?),
            Deed::Status(cookie) => {
                got.status = Some(verifier.status(account, value(cookie)).await?);
                Said::Done
            }
        };
        Ok((said, got))
    }
}

fn opened(signed_in: &SignedIn, got: &mut Got) -> Said {
    got.cookie = signed_in.cookie().map(|cookie| {
        let (_, value) = cookie.header().split_once('=').unwrap();
        value.split(';').next().unwrap().to_owned()
    });
    Said::Open(signed_in.assurance())
}

fn said(error: &Error) -> Said {
    match error {
        Error::Rejected(rejection) => {
            Said::Refused(rejection.reason(), Rejection::retry_at(rejection).map(|at| at.seconds()))
        }
        Error::NotAllowed(rule) => Said::Forbidden(*rule),
        Error::Unavailable(
            Unavailable::Store(_)
            | Unavailable::NotSent { .. }
            | Unavailable::Notifier(_)
            | Unavailable::MissingRecord,
        ) => Said::Unavailable,
        Error::Unavailable(other) => panic!("{other:?}"),
    }
}

fn value(cookie: &Cookie) -> Option<&str> {
    cookie.as_ref().map(|(_, value)| value.as_str())
}

fn token(held: &Held) -> Token {
    Token::from(held.1.clone())
}

fn proof(held: &Held) -> Proof {
    Proof::from(held.1.clone())
}
