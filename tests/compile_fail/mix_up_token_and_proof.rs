//! Where somebody stands is not what somebody may do.

use second_factor::{Authority, Token};

fn token_as_proof(token: &Token) -> Authority<'_> {
    Authority::StepUp(token)
}

fn main() {}
