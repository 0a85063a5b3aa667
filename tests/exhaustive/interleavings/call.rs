//! The calls themselves, and what they answer.

use std::{fmt::Debug, time::Duration};

use second_factor::{
    Actor, Authority, Channel, Error, FirstFactor, Import, Reset, Result, SignIn, Sweep, Undelivered,
};

use crate::common::operator;

use super::{
    ceremony::{
        Ceremony::{self, *},
        Hand, host_page,
    },
    schedule::Running,
    stage::Stage,
};

impl Ceremony {
    /// The call.
    pub(super) fn run<'a>(self, stage: &'a Stage, hand: &'a Hand) -> Running<'a, String> {
        let (verifier, account) = (&stage.verifier, &stage.account);
        let (user, tenant) = (account.user(), account.user().tenant());
        Box::pin(async move {
            let token = || hand.token.as_ref().unwrap();
            let proof = || hand.proof.as_ref().unwrap();
            let cookie = hand.cookie.as_deref();
            let typed = hand.typed.as_str();
            match self {
                SignInTotp | SignInBackupCode | SignInSentCode | SignInWrongCode | SignInWrongBackupCode => {
                    let passed = verifier.verify(account, token(), typed, None).await;
                    told(passed.map(|it| (it.assurance(), it.backup_codes_left())))
                }
                SignInTotpAndTrust => {
                    let passed = verifier.verify(account, token(), typed, Some("new")).await;
                    told(passed.map(|it| (it.assurance(), it.cookie().is_some())))
                }
                TrustedBegin => {
                    told(verifier.begin(account, FirstFactor::Password, cookie).await.map(|it| match it {
                        SignIn::Open(open) => format!("{:?}", open.assurance()),
                        SignIn::Challenge(challenge) => format!("{:?}", challenge.factors()),
                        SignIn::Enroll(_) => "enroll".into(),
                    }))
                }
                Send => {
                    let channel = Channel::Email;
                    told(verifier.send(account, token(), channel).await.map(|it| it.sent()))
                }
                StepUpTotp | StepUpBackupCode => {
                    told(verifier.step_up(account, token(), typed).await.map(drop))
                }
                Spend => told(verifier.spend(account, proof(), &host_page()).await),
                EnrollInSession => told(stage.enroll(Authority::OpenSession).await.map(drop)),
                EnrollInSignIn => told(stage.enroll(Authority::SignIn(token())).await.map(drop)),
                EnrollWithTicket | EnrollWithWrongTicket => {
                    told(stage.enroll(Authority::Ticket { sign_in: None, typed }).await.map(drop))
                }
                EnrollToAdd | EnrollToReplace => {
                    told(stage.enroll(Authority::StepUp(proof())).await.map(drop))
                }
                ConfirmFirst | ConfirmWithTicket | ConfirmAdded | ConfirmReplaced => {
                    let confirmed = verifier.confirm(account, token(), typed).await;
                    told(confirmed.map(|it| (it.signed_in.assurance(), it.backup_codes.is_some())))
                }
                Disable => told(verifier.disable(account, proof()).await),
                Remove => {
                    let id = hand.authenticator.unwrap();
                    told(verifier.remove_authenticator(account, id, proof()).await)
                }
                RenameAuthenticator => {
                    let id = hand.authenticator.unwrap();
                    told(verifier.rename_authenticator(account, id, "renamed").await)
                }
                Regenerate => {
                    told(verifier.regenerate_backup_codes(account, proof()).await.map(|it| it.iter().count()))
                }
                View => told(verifier.view_backup_codes(account, proof()).await.map(|it| it.iter().count())),
                ProveSaved => told(verifier.prove_saved(account, typed).await),
                RenameDevice => told(verifier.rename_device(account, hand.device.unwrap(), "renamed").await),
                RevokeDevice => told(verifier.revoke_device(account, hand.device.unwrap()).await),
                RevokeDevices => told(verifier.revoke_devices(account).await),
                SignOut => told(verifier.sign_out(account, cookie).await),
                SignOutEverywhere => told(verifier.sign_out_everywhere(account).await.map(drop)),
                Ceremony::Reset => told(verifier.reset(user, reset()).await.map(|it| it.is_some())),
                ResetWithTicket => {
                    let reset = reset().with_ticket(Duration::from_secs(3600));
                    told(verifier.reset(user, reset).await.map(|it| it.is_some()))
                }
                Ceremony::Import => told(verifier.import(user, import(), &operator("migration")).await),
                // Two at once both write; whoever comes second has less to do, and says so.
                Reseal => told(verifier.reseal(user).await.map(drop)),
                AfterRestore => told(verifier.after_restore(user, &operator("restore")).await),
                Erase => told(verifier.erase(user, Undelivered::Drop, &operator("support")).await),
                EraseOnceTold => told(verifier.erase(user, Undelivered::Keep, &operator("support")).await),
                DeliverPending => told(verifier.deliver_pending(user).await),
                DeleteAll => {
                    let sweep = stage.administration().delete_all(&stage.switching_off(), token());
                    told(to_the_end(sweep.unwrap()).await)
                }
                // As above: of two at once both may have had something to do.
                ResealAll => told(to_the_end(stage.administration().reseal(tenant)).await.map(drop)),
                AfterRestoreAll => told(to_the_end(stage.administration().after_restore(tenant)).await),
                DeliverPendingToAll => {
                    told(to_the_end(stage.administration().deliver_pending(tenant)).await.map(drop))
                }
            }
        })
    }
}

/// Yields for how many there was something to do. Who was on the list and is gone was seen, which is nothing to tell an order by.
async fn to_the_end(mut sweep: Sweep) -> Result<u64> {
    let mut changed = 0;
    while let Some(progress) = sweep.next().await? {
        assert_eq!(progress.failed, 0, "{:?}", sweep.failures());
        changed = progress.changed;
    }
    Ok(changed)
}

fn reset() -> Reset {
    Reset::by(Actor::Operator("support".into()), "lost phone")
}

fn import() -> Import {
    Import::from_uri("otpauth://totp/Old:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Old").unwrap()
}

/// An answer as text. Nothing else can keep a call from answering here.
fn told<T: Debug>(result: Result<T>) -> String {
    match result {
        Ok(value) => format!("ok {value:?}"),
        Err(Error::Rejected(rejection)) => format!("{:?}", rejection.reason()),
        Err(Error::NotAllowed(rule)) => format!("{rule:?}"),
        Err(Error::Unavailable(unavailable)) => panic!("unavailable: {unavailable:?}"),
    }
}
