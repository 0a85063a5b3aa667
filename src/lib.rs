//! A second factor for a service's sign-in: the service brings a place to keep one record per user and a way to send messages, this
//! crate brings every rule. **No code is ever accepted twice, on one server or on twenty, and no guess goes uncounted.**
//!
//! ```
//! use second_factor::{Account, FirstFactor, Result, SignIn, Verifier};
//!
//! /// The password was right. Where does the browser go? `device` is its cookie of `account.device_cookie_name()`, if it brought one.
//! async fn after_password(verifier: &Verifier, account: &Account, device: Option<&str>) -> Result<&'static str> {
//!     Ok(match verifier.begin(account, FirstFactor::Password, device).await? {
//!         SignIn::Open(_signed_in) => "/",                     // open the session
//!         SignIn::Challenge(_challenge) => "/sign-in/code",    // keep its token in a cookie until the code comes
//!         SignIn::Enroll(_enroll) => "/sign-in/set-up",        // required, and not there yet
//!     })
//! }
//! ```
//!
//! The next request brings the code, and [`Verifier::verify`] spends it: `Ok` is a [`SignedIn`], the only thing that opens a session.
//!
//! # How it is used
//!
//! | page of the host | calls |
//! |---|---|
//! | sign-in, after the password | [`begin`](Verifier::begin) |
//! | the code page | [`claimed_user`](Verifier::claimed_user), [`challenge`](Verifier::challenge), [`send`](Verifier::send), [`verify`](Verifier::verify) |
//! | set-up, in the settings or inside a sign-in | [`enroll`](Verifier::enroll), [`enrollment`](Verifier::enrollment), [`confirm`](Verifier::confirm), [`prove_saved`](Verifier::prove_saved) |
//! | every page of an open session | [`assess`](Verifier::assess) |
//! | settings | [`status`](Verifier::status), [`rename_authenticator`](Verifier::rename_authenticator) |
//! | settings that take a code first: [`begin_step_up`](Verifier::begin_step_up), [`step_up`](Verifier::step_up) | [`disable`](Verifier::disable), [`enroll`](Verifier::enroll), [`remove_authenticator`](Verifier::remove_authenticator), [`regenerate_backup_codes`](Verifier::regenerate_backup_codes), [`view_backup_codes`](Verifier::view_backup_codes), [`spend`](Verifier::spend) |
//! | trusted browsers | [`status`](Verifier::status), [`rename_device`](Verifier::rename_device), [`revoke_device`](Verifier::revoke_device), [`revoke_devices`](Verifier::revoke_devices) |
//! | sign-out | [`sign_out`](Verifier::sign_out), [`sign_out_everywhere`](Verifier::sign_out_everywhere) |
//! | administration | [`reset`](Verifier::reset), and for a tenant [`Administration`]: member lists, preview of a policy, deleting all, announcing |
//! | the operator | [`import`](Verifier::import), [`reseal`](Verifier::reseal), [`after_restore`](Verifier::after_restore), [`deliver_pending`](Verifier::deliver_pending), [`erase`](Verifier::erase) |
//!
//! The host implements [`Notifier`] and [`UserStore`] (three methods, each a promise), and for walks over a tenant [`UserDirectory`]; or it
//! takes a store that is there, for SQLite, PostgreSQL or Redis.
//! `examples/web` is a whole service; `examples/quickstart.rs` is the main job on one page; `examples/cli.rs` does without async, through
//! [`blocking`].
//!
//! # What it holds to
//!
//! * TOTP after RFC 6238 with a window of one step to either side, each step accepted once, in order (§5.2).
//! * 100 guesses for whoever has the password, and one more a day: 0.14 % in a year. Five authenticators make a guess count fivefold.
//! * Who holds a known browser waits for nobody else's failures, and an unused backup code is always looked at.
//! * Ten backup codes of 120 bits, kept as digests, each good once; a new set kills the old one.
//! * A mailed or texted code answers the one challenge it was sent for, 5 minutes long, in 5 tries. It changes no settings where there is
//!   an authenticator.
//! * A trusted browser is asked again after its time, after a new password, a replaced or removed authenticator, a reset, or when the
//!   policy stops trusting; it is never a second factor.
//! * A reset leaves nothing that signs in, names its actor and reason, and may bind the next set-up to a ticket.
//! * Enrolled means asked: no policy and no failing store lets an enrolled user in by the password alone, nor does a missing row where the
//!   host keeps a flag of its own ([`Account::known_enrolled`]).
//! * Secrets, records and tokens sealed with XChaCha20-Poly1305 under a [`KeyRing`] that can be rotated.
//! * What cannot be read or written is an error ([`Unavailable`]), the same for right and wrong codes.
//!
//! The [architecture](guide::architecture) says how, the [threats](guide::threats) against whom and what remains, the
//! [policies](guide::policies) what a tenant can ask for, [operating](guide::operating) how it is run, [stores](guide::stores) what each
//! store promises, [own store](guide::own_store) how to write and prove one, [scale](guide::scale) how far one database goes.
//!
//! # What it does not do
//!
//! Password checking, sessions, cookies (it says what to set), HTTP, the transport of messages, IP reputation, WebAuthn.
//!
//! # Features
//!
//! None is on by default. `qr`: set-up URIs as QR codes. `testing`: a settable clock, a simulated phone, and the store and directory
//! contracts as tests.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod blocking;
pub mod guide;
pub mod primitives;
#[cfg(feature = "testing")]
pub mod testing;

mod account;
mod action;
mod administration;
mod assurance;
mod clock;
mod device;
mod directory;
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
mod user;
mod verifier;

pub use account::Account;
pub use action::{Action, AuthenticatorId};
pub use administration::{
    Administration, Announced, Cohort, Counting, Cursor, Found, Member, Preview, Progress, Search, Sweep,
    Totals,
};
pub use assurance::{Assurance, Because};
pub use clock::{Clock, SystemClock};
pub use device::{DeviceCookie, DeviceId, InvalidDeviceId};
pub use directory::UserDirectory;
pub use error::{Error, Result, Unavailable};
pub use event::{Actor, Event, EventKind};
pub use factor::{Channel, Factor, FirstFactor};
pub use memory::{MemoryStore, Outbox};
pub use notify::{Notice, Notifier, OneTimeCode};
pub use policy::{BackupCodeFormat, OneTimeCodes, Others, Policy, Requirement, Trust, TrustDays};
pub use primitives::{
    seal::{KeyId, KeyRing, KeyRingError},
    time::UnixTime,
};
pub use refusal::{NotAllowed, Reason, Rejection};
pub use store::{BoxError, Revision, StoredRecord, Swap, UserStore};
pub use summary::Summary;
pub use user::{TenantId, UserKey};
pub use verifier::{
    Access, Authenticator, Authority, BackupCodes, Builder, Challenge, Enroll, Enrolled, Enrollment, Import,
    InvalidIssuer, KnownBrowser, NewAuthenticator, Proof, Reset, Sent, SignIn, SignedIn, Status, Ticket,
    Token, TrustedDevice, Undelivered, Verifier,
};
