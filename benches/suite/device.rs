//! What a sign-in costs before its code, by the browser that it comes from.

use second_factor::{FirstFactor, Result, SignIn};
use second_factor_benches::{Ann, at_once};

use crate::case::Case;

pub fn cases() -> Vec<Case> {
    let begin = |ann: &Ann, cookie: Option<&str>| -> Result<SignIn> {
        at_once(ann.verifier.begin(&ann.account, FirstFactor::Password, cookie))
    };
    let [unknown, known, trusted] = [(); 3].map(|()| Ann::enrolled());
    vec![
        Case::new("begin/unknown browser", move || begin(&unknown, None)),
        Case::new("begin/known browser", move || begin(&known, Some(&known.known))),
        Case::new("begin/trusted browser", move || begin(&trusted, Some(&trusted.trusted))),
    ]
}
