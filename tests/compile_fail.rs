//! What a host cannot write, even by mistake: the compiler says no.
#![allow(missing_docs)]

use std::fmt::Display;

use second_factor::{
    BackupCodes, DeviceCookie, Enrolled, Enrollment, KeyRing, OneTimeCode, SignedIn, Ticket,
    primitives::{code::Code, hotp::HotpKey, otpauth::OtpauthUri, secret::Secret, totp::TotpKey},
};
use serde::{Serialize, de::DeserializeOwned};

/// Each file in `tests/compile_fail` must fail to build, with the error beside it. After a change of the compiler's words, run it
/// with `TRYBUILD=overwrite` and read what changed.
#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

/// Builds only if the type has none of the traits: with one of them, two of the `Unless` apply and the compiler cannot choose.
macro_rules! never {
    ($type:ty: $($trait:path),+) => {{
        trait Unless<Marker> {
            fn holds() {}
        }
        impl<T: ?Sized> Unless<()> for T {}
        $({
            struct Marker;
            impl<T: ?Sized + $trait> Unless<Marker> for T {}
        })+
        <$type as Unless<_>>::holds();
    }};
}

#[test]
fn p5_a_success_is_neither_copied_nor_stored_nor_read_back() {
    never!(SignedIn: Clone, Default, Serialize, DeserializeOwned, PartialEq);
    never!(Enrolled: Clone, Default, Serialize, DeserializeOwned);
}

#[test]
fn p38_secrets_are_not_printed_copied_compared_or_stored() {
    never!(Secret: Clone, Display, PartialEq, Serialize, DeserializeOwned);
    never!(Code: Clone, Display, PartialEq, Serialize, DeserializeOwned);
    never!(Enrollment: Clone, Display, Serialize);
    never!(OtpauthUri: Clone, Display, Serialize);
    never!(KeyRing: Clone, Display, PartialEq, Serialize, DeserializeOwned);
    never!(TotpKey: Clone, PartialEq, Serialize);
    never!(HotpKey: Clone, PartialEq, Serialize);
}

#[test]
fn p38_what_is_shown_once_is_not_printed_copied_compared_or_stored() {
    never!(BackupCodes: Clone, Display, PartialEq, Serialize, DeserializeOwned);
    never!(DeviceCookie: Clone, Display, PartialEq, Serialize, DeserializeOwned);
    never!(OneTimeCode: Clone, Display, PartialEq, Serialize, DeserializeOwned);
    never!(Ticket: Clone, Display, PartialEq, Serialize, DeserializeOwned);
}

#[test]
fn p38_tokens_and_proofs_are_not_printed_by_mistake() {
    never!(second_factor::Token: Display);
    never!(second_factor::Proof: Display);
}
