//! The calls that write, and what each needs beforehand.

use second_factor::{Action, AuthenticatorId, Authority, Channel, DeviceId, Proof, Token};

use super::{
    schedule::alone,
    stage::{Before, Stage},
};

/// Every public call that writes, by what it is called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ceremony {
    SignInTotp,
    SignInTotpAndTrust,
    SignInBackupCode,
    SignInSentCode,
    SignInWrongCode,
    SignInWrongBackupCode,
    TrustedBegin,
    Send,
    StepUpTotp,
    StepUpBackupCode,
    Spend,
    EnrollInSession,
    EnrollInSignIn,
    EnrollWithTicket,
    EnrollWithWrongTicket,
    EnrollToAdd,
    EnrollToReplace,
    ConfirmFirst,
    ConfirmWithTicket,
    ConfirmAdded,
    ConfirmReplaced,
    Disable,
    Remove,
    RenameAuthenticator,
    Regenerate,
    View,
    ProveSaved,
    RenameDevice,
    RevokeDevice,
    RevokeDevices,
    SignOut,
    SignOutEverywhere,
    Reset,
    ResetWithTicket,
    Import,
    Reseal,
    AfterRestore,
    Erase,
    EraseOnceTold,
    DeliverPending,
    /// From here on a walk over the tenant.
    DeleteAll,
    ResealAll,
    AfterRestoreAll,
    DeliverPendingToAll,
}

use Ceremony::*;

/// Those that make sense on any record, and on none.
const ALWAYS: [Ceremony; 14] = [
    SignOutEverywhere,
    RevokeDevices,
    Reset,
    ResetWithTicket,
    Import,
    Reseal,
    AfterRestore,
    Erase,
    EraseOnceTold,
    DeliverPending,
    DeleteAll,
    ResealAll,
    AfterRestoreAll,
    DeliverPendingToAll,
];

impl Before {
    /// Those that can be prepared here.
    pub(super) fn ceremonies(self) -> Vec<Ceremony> {
        let own: &[Ceremony] = match self {
            Self::Enrolled => &[
                SignInTotp,
                SignInTotpAndTrust,
                SignInBackupCode,
                SignInSentCode,
                SignInWrongCode,
                SignInWrongBackupCode,
                TrustedBegin,
                Send,
                StepUpTotp,
                StepUpBackupCode,
                Spend,
                EnrollToAdd,
                EnrollToReplace,
                ConfirmAdded,
                ConfirmReplaced,
                Disable,
                Remove,
                RenameAuthenticator,
                Regenerate,
                View,
                ProveSaved,
                RenameDevice,
                RevokeDevice,
                SignOut,
            ],
            Self::Absent => &[EnrollInSession, EnrollInSignIn, ConfirmFirst],
            Self::Mailed => &[SignInSentCode, SignInWrongCode, Send, EnrollInSession, ConfirmFirst],
            Self::Ticketed => &[EnrollWithTicket, EnrollWithWrongTicket, ConfirmWithTicket],
        };
        own.iter().chain(&ALWAYS).copied().collect()
    }
}

/// What is in the hands of whoever makes the call.
#[derive(Debug, Clone, Default)]
pub(super) struct Hand {
    pub(super) token: Option<Token>,
    pub(super) proof: Option<Proof>,
    pub(super) typed: String,
    pub(super) cookie: Option<String>,
    pub(super) device: Option<DeviceId>,
    pub(super) authenticator: Option<AuthenticatorId>,
}

impl Ceremony {
    /// The kind of code that is typed, if one is.
    pub(super) const fn types(self) -> Option<&'static str> {
        match self {
            SignInTotp | SignInTotpAndTrust | StepUpTotp => Some("totp"),
            SignInBackupCode | StepUpBackupCode | ProveSaved => Some("backup"),
            _ => None,
        }
    }

    /// Whether it answers a challenge of a sign-in.
    pub(super) const fn is_sign_in(self) -> bool {
        matches!(self, SignInTotp | SignInTotpAndTrust | SignInBackupCode | SignInSentCode | SignInWrongCode)
    }

    /// What must not be used twice: by the succeeding calls of both, or of one and a repetition.
    pub(super) fn spends(self, hand: &Hand) -> Vec<String> {
        let code = match self {
            EnrollWithTicket | EnrollWithWrongTicket | SignInWrongCode | SignInWrongBackupCode => None,
            _ => Some(hand.typed.clone()).filter(|typed| !typed.is_empty()),
        };
        let answered = match self {
            // A confirmation is good for as many sweeps as it takes.
            Send | EnrollInSignIn | EnrollWithTicket | DeleteAll => None,
            _ => hand.token.as_ref().map(|token| token.as_str().to_owned()),
        };
        let proof = hand.proof.as_ref().map(|proof| proof.as_str().to_owned());
        [code, answered, proof].into_iter().flatten().collect()
    }

    /// Gets ready, as the first or the second (`place` 0 or 1) of two.
    pub(super) fn prepare(self, stage: &Stage, place: usize) -> Hand {
        let mut hand = Hand::default();
        match self {
            SignInTotp
            | SignInTotpAndTrust
            | SignInBackupCode
            | SignInSentCode
            | SignInWrongCode
            | SignInWrongBackupCode
            | Send
            | EnrollInSignIn => hand.token = Some(stage.challenge()),
            StepUpTotp | StepUpBackupCode => hand.token = Some(stage.step_up(&Action::Disable)),
            DeleteAll => hand.token = Some(stage.confirmation()),
            Spend => hand.proof = Some(stage.proof(&host_page())),
            Disable => hand.proof = Some(stage.proof(&Action::Disable)),
            Regenerate => hand.proof = Some(stage.proof(&Action::RegenerateBackupCodes)),
            View => hand.proof = Some(stage.proof(&Action::ViewBackupCodes)),
            EnrollToAdd => hand.proof = Some(stage.proof(&Action::AddAuthenticator)),
            EnrollToReplace => hand.proof = Some(stage.proof(&Action::Replace(authenticator(stage, place)))),
            Remove => hand.proof = Some(stage.proof(&Action::Remove(authenticator(stage, place)))),
            ConfirmFirst | ConfirmWithTicket | ConfirmAdded | ConfirmReplaced => {
                let proof = match self {
                    ConfirmAdded => Some(stage.proof(&Action::AddAuthenticator)),
                    ConfirmReplaced => Some(stage.proof(&Action::Replace(authenticator(stage, place)))),
                    _ => None,
                };
                let by = match &proof {
                    Some(proof) => Authority::StepUp(proof),
                    None if self == ConfirmWithTicket => {
                        Authority::Ticket { sign_in: None, typed: &stage.ticket }
                    }
                    None => Authority::OpenSession,
                };
                let enrollment = alone(stage.enroll(by)).unwrap();
                hand.token = Some(enrollment.token().clone());
                enrollment.uri().clone_into(&mut hand.typed);
            }
            _ => {}
        }
        match self {
            RenameAuthenticator | Remove => hand.authenticator = Some(authenticator(stage, place)),
            TrustedBegin | SignOut => hand.cookie = Some(stage.cookies[place].clone()),
            RenameDevice | RevokeDevice => hand.device = Some(stage.devices[place]),
            SignInSentCode => {
                let channel = [Channel::Email, Channel::Sms][place];
                hand.typed = stage.sent(hand.token.as_ref().unwrap(), channel);
            }
            _ => {}
        }
        hand
    }

    /// What is typed at the last moment, when the clock no longer moves.
    pub(super) fn type_in(self, hand: &mut Hand, stage: &Stage, place: usize) {
        hand.typed = match self {
            SignInTotp | SignInTotpAndTrust | StepUpTotp => stage.code(&stage.phones[place], 0),
            SignInBackupCode | StepUpBackupCode | ProveSaved => stage.backup_codes[place].clone(),
            ConfirmFirst | ConfirmWithTicket | ConfirmAdded | ConfirmReplaced => {
                stage.code(&second_factor::testing::Phone::scan(&hand.typed), 0)
            }
            SignInWrongCode => "00000000".into(),
            SignInWrongBackupCode => OTHER_CODE.into(),
            EnrollWithTicket => stage.ticket.clone(),
            EnrollWithWrongTicket => OTHER_CODE.into(),
            _ => return,
        }
    }
}

/// A code that nobody was given: twenty-four zeros and the check symbol that goes with them.
const OTHER_CODE: &str = "00000-00000-00000-00000-00000";

pub(super) fn host_page() -> Action {
    Action::Host("delete the workspace".into())
}

fn authenticator(stage: &Stage, place: usize) -> AuthenticatorId {
    alone(stage.verifier.status(&stage.account, None)).unwrap().authenticators()[place].id
}
