//! Codes are not compared by hosts (totp-rs, RUSTSEC-2022-0018): only the verifier says whether one is right, and it spends it.

use second_factor::primitives::code::Code;

fn right(typed: &Code, expected: &Code) -> bool {
    *typed == *expected
}

fn main() {}
