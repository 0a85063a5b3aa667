//! A second factor for a service's sign-in.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod primitives;

mod account;
mod action;
mod assurance;
pub mod blocking;
mod clock;
mod error;
mod event;
mod factor;
mod memory;
mod notify;
mod policy;
mod record;
mod refusal;
mod store;
mod summary;
#[cfg(feature = "testing")]
pub mod testing;
mod user;
mod verifier;

pub use account::Account;
pub use action::Action;
pub use assurance::{Assurance, Because};
pub use clock::{Clock, SystemClock};
pub use error::{Error, Result, Unavailable};
pub use event::{Event, EventKind};
pub use factor::{Channel, Factor, FirstFactor};
pub use memory::{MemoryStore, Outbox};
pub use notify::{Notice, Notifier};
pub use policy::{Others, Policy, Requirement};
pub use primitives::{
    seal::{KeyRing, KeyRingError},
    time::UnixTime,
};
pub use refusal::{NotAllowed, Reason, Rejection};
pub use store::{BoxError, Revision, StoredRecord, Swap, UserStore};
pub use summary::Summary;
pub use user::{TenantId, UserKey};
pub use verifier::{
    Access, Authenticator, AuthenticatorId, Authority, Builder, Challenge, Enroll, Enrolled, Enrollment,
    InvalidIssuer, NewAuthenticator, Proof, SignIn, SignedIn, Status, Token, Verifier,
};
