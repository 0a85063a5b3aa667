//! Every place into which a text can be put.

use second_factor::{
    Action, Assurance, Authority, Because, Channel, Error, FirstFactor, NewAuthenticator, NotAllowed, Proof,
    Requirement, Result, SignIn, Token,
};

use super::{
    directory::administration,
    person::{Kind, Person, host_page},
};
use crate::common::World;

/// A parameter of a call that takes a token, a proof, a code, a ticket or a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    VerifyToken,
    ChallengeToken,
    SendToken,
    StepUpToken,
    EnrollSignInToken,
    EnrollTicketToken,
    EnrollmentToken,
    ConfirmToken,
    DeleteAllToken,
    EnrollProof,
    DisableProof,
    RemoveProof,
    RegenerateProof,
    ViewProof,
    SpendProof,
    /// For another page of the host.
    SpendElsewhereProof,
    /// In answer to the challenge that a code was sent for.
    VerifyTyped,
    /// In answer to another.
    VerifyElsewhereTyped,
    StepUpTyped,
    ConfirmTyped,
    ProveSavedTyped,
    EnrollTicketTyped,
    BeginCookie,
}

use Door::*;

impl Door {
    pub(super) const ALL: [Self; 23] = [
        VerifyToken,
        ChallengeToken,
        SendToken,
        StepUpToken,
        EnrollSignInToken,
        EnrollTicketToken,
        EnrollmentToken,
        ConfirmToken,
        DeleteAllToken,
        EnrollProof,
        DisableProof,
        RemoveProof,
        RegenerateProof,
        ViewProof,
        SpendProof,
        SpendElsewhereProof,
        VerifyTyped,
        VerifyElsewhereTyped,
        StepUpTyped,
        ConfirmTyped,
        ProveSavedTyped,
        EnrollTicketTyped,
        BeginCookie,
    ];

    /// Whether this is a right place for such a text: the whole truth, by hand.
    pub(super) fn takes(self, kind: &Kind) -> bool {
        match (self, kind) {
            (VerifyToken | ChallengeToken | SendToken, Kind::SignIn)
            | (StepUpToken | ChallengeToken, Kind::StepUp(_))
            | (EnrollTicketToken, Kind::Enroll | Kind::FirstEnroll)
            | (EnrollSignInToken, Kind::FirstEnroll)
            | (EnrollmentToken | ConfirmToken, Kind::Enrollment)
            | (DeleteAllToken, Kind::PolicyChange(Requirement::Off))
            | (EnrollProof, Kind::Proof(Action::AddAuthenticator | Action::Replace(_)))
            | (DisableProof, Kind::Proof(Action::Disable))
            | (RemoveProof, Kind::Proof(Action::Remove(_)))
            | (RegenerateProof, Kind::Proof(Action::RegenerateBackupCodes))
            | (ViewProof, Kind::Proof(Action::ViewBackupCodes))
            | (SpendProof, Kind::Proof(Action::Host(_)))
            | (VerifyTyped | VerifyElsewhereTyped | StepUpTyped, Kind::Totp | Kind::BackupCode)
            | (VerifyTyped, Kind::SentCode)
            | (ConfirmTyped, Kind::PendingTotp)
            | (ProveSavedTyped, Kind::BackupCode)
            | (EnrollTicketTyped, Kind::Ticket)
            | (BeginCookie, Kind::Cookie) => true,
            // After a reset with a ticket, the token alone (`Kind::Enroll`) is not enough for `EnrollSignInToken`.
            _ => false,
        }
    }

    /// Whether it uses up what it takes. A set-up can be begun again until it is confirmed; a cookie comes with each visit; a sweep is
    /// resumed, or repeated for those whom it failed with.
    pub(super) const fn spends(self) -> bool {
        !matches!(
            self,
            ChallengeToken
                | DeleteAllToken
                | EnrollmentToken
                | EnrollSignInToken
                | EnrollTicketToken
                | EnrollTicketTyped
                | BeginCookie
        )
    }

    /// Puts `text` here, in a call for `person`, with everything else as it should be.
    pub(super) async fn try_with(self, world: &World, person: &Person, text: &str) -> Result<()> {
        let (verifier, account) = (&world.verifier, &person.account);
        let (token, proof) = (Token::from(text.to_owned()), Proof::from(text.to_owned()));
        let code =
            |phone: usize| person.phones.get(phone).map_or("123456".into(), |it| it.code_at(world.now()));
        let own = |kind: &Kind| Token::from(person.text(kind));
        let new = NewAuthenticator::new("ann@example.com");
        match self {
            VerifyToken => verifier.verify(account, &token, &code(1), None).await.map(drop),
            ChallengeToken => verifier.challenge(account, &token).await.map(drop),
            SendToken => verifier.send(account, &token, Channel::Sms).await.map(drop),
            StepUpToken => verifier.step_up(account, &token, &code(1)).await.map(drop),
            EnrollSignInToken => verifier.enroll(account, Authority::SignIn(&token), &new).await.map(drop),
            EnrollTicketToken => {
                let typed = match person.text(&Kind::Ticket) {
                    none if none.is_empty() => "00000-00000-00000-00000-00000-00000".to_owned(),
                    ticket => ticket,
                };
                let by = Authority::Ticket { sign_in: Some(&token), typed: &typed };
                verifier.enroll(account, by, &new).await.map(drop)
            }
            EnrollmentToken => verifier.enrollment(account, &token).await.map(drop),
            ConfirmToken => {
                let code = person.pending.as_ref().map_or("123456".into(), |it| it.code_at(world.now()));
                verifier.confirm(account, &token, &code).await.map(drop)
            }
            DeleteAllToken => {
                let sweep = administration(world).delete_all(&person.switching_off(), &token);
                let mut sweep = sweep.inspect_err(|error| {
                    assert!(matches!(error, Error::NotAllowed(NotAllowed::StalePreview)), "{error:?}");
                })?;
                while let Some(progress) = sweep.next().await? {
                    assert_eq!(progress.failed, 0, "{:?}", sweep.failures());
                }
                Ok(())
            }
            EnrollProof => verifier.enroll(account, Authority::StepUp(&proof), &new).await.map(drop),
            DisableProof => verifier.disable(account, &proof).await,
            RemoveProof => {
                let status = verifier.status(account, None).await?;
                let last = status.authenticators().last();
                let id = last.map_or_else(|| "2".parse().unwrap(), |it| it.id);
                verifier.remove_authenticator(account, id, &proof).await
            }
            RegenerateProof => verifier.regenerate_backup_codes(account, &proof).await.map(drop),
            ViewProof => verifier.view_backup_codes(account, &proof).await.map(drop),
            SpendProof => verifier.spend(account, &proof, &host_page()).await,
            SpendElsewhereProof => verifier.spend(account, &proof, &Action::Host("another".into())).await,
            VerifyTyped => {
                let token = person.sent_for.clone().unwrap_or_else(|| own(&Kind::SignIn));
                verifier.verify(account, &token, text, None).await.map(drop)
            }
            VerifyElsewhereTyped => verifier.verify(account, &own(&Kind::SignIn), text, None).await.map(drop),
            StepUpTyped => {
                let token = own(&Kind::StepUp(Action::Disable));
                verifier.step_up(account, &token, text).await.map(drop)
            }
            ConfirmTyped => verifier.confirm(account, &own(&Kind::Enrollment), text).await.map(drop),
            ProveSavedTyped => verifier.prove_saved(account, text).await.map(drop),
            EnrollTicketTyped => {
                let by = Authority::Ticket { sign_in: None, typed: text };
                verifier.enroll(account, by, &new).await.map(drop)
            }
            BeginCookie => match verifier.begin(account, FirstFactor::Password, Some(text)).await? {
                SignIn::Open(open) if matches!(open.assurance(), Assurance::TrustedDevice { .. }) => Ok(()),
                SignIn::Challenge(_) | SignIn::Enroll(_) => Err(asked()),
                // After a reset there is nothing to ask for, with a cookie or without.
                SignIn::Open(open)
                    if open.assurance() == Assurance::FirstFactorOnly(Because::NotEnrolled) =>
                {
                    Err(asked())
                }
                SignIn::Open(open) => panic!("let in for no reason: {:?}", open.assurance()),
            },
        }
    }
}

/// A cookie that counts for nothing leads to the question, which is no error of any call.
fn asked() -> Error {
    second_factor::NotAllowed::NeedsProof.into()
}
