//! Nor does anybody change whom it names.

use second_factor::{SignedIn, UserKey};

fn renamed(mut signed_in: SignedIn) -> SignedIn {
    signed_in.user = UserKey::new("acme", "bob");
    signed_in
}

fn main() {}
