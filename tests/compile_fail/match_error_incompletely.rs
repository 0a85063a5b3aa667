//! So must everybody whose move an error can be.

use second_factor::Error;

fn status(error: &Error) -> u16 {
    match error {
        Error::Rejected(_) => 422,
        Error::NotAllowed(_) => 403,
    }
}

fn main() {}
