//! Nobody outside of the crate makes a `SignedIn`.

use second_factor::{Assurance, Because, SignedIn, UserKey};

fn forged() -> SignedIn {
    SignedIn {
        user: UserKey::new("acme", "ann"),
        assurance: Assurance::FirstFactorOnly(Because::NotEnrolled),
        matched_offset: None,
        cookie: None,
        backup_codes_left: 0,
    }
}

fn main() {}
