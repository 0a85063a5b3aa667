//! Whatever is read as a set-up URI can be written, and reads back to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use second_factor::primitives::otpauth::OtpauthUri;

fuzz_target!(|text: &str| {
    let Ok(read) = OtpauthUri::parse(text) else { return };
    let written = read.to_uri();
    let again = OtpauthUri::parse(&written).expect("what was written can be read");
    assert_eq!((read.issuer(), read.account()), (again.issuer(), again.account()));
    assert_eq!(read.secret().expose(), again.secret().expose());
    assert_eq!(read.totp(), again.totp());
    assert_eq!(*written, *again.to_uri());
});
