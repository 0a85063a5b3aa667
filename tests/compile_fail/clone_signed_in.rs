//! One commit, one session: a `SignedIn` is given away once.

use second_factor::SignedIn;

fn two_sessions(signed_in: SignedIn) -> (SignedIn, SignedIn) {
    (signed_in, signed_in)
}

fn main() {}
