//! Every way to leave `begin` must be dealt with.

use second_factor::SignIn;

fn next(sign_in: SignIn) -> &'static str {
    match sign_in {
        SignIn::Open(_) => "session",
        SignIn::Challenge(_) => "code",
    }
}

fn main() {}
