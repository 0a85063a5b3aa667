//! Imports point downwards only, and files stay short enough to be read. The layers are those of the design.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "layering/files.rs"]
mod files;
#[path = "layering/layers.rs"]
mod layers;
#[path = "layering/scan.rs"]
mod scan;

use std::path::Path;

use files::{Files, read};
use layers::complaints;

/// The most lines of a file; it aims at 300.
const MOST_LINES: usize = 450;

#[test]
fn imports_of_this_crate_point_downwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Files::new();
    read(&src, &src, &mut files);
    assert!(files.len() > 30, "the sources were found");
    let found = complaints(&files);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// The host is awaited in one place, so that load, decide and swap cannot be done in another order elsewhere.
#[test]
fn only_the_commit_speaks_to_the_host() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Files::new();
    read(&src, &src, &mut files);
    let speaks = |text: &str| ["inner.store", "inner.notifier"].iter().any(|place| text.contains(place));
    let speakers: Vec<_> =
        files.iter().filter(|(_, text)| speaks(text)).map(|(name, _)| name.as_str()).collect();
    assert_eq!(speakers, ["verifier/commit.rs"]);
}

#[test]
fn no_file_is_too_long_to_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Files::new();
    for directory in ["src", "stores", "examples", "tests", "benches", "fuzz"].map(|name| root.join(name)) {
        if directory.is_dir() {
            read(&directory, root, &mut files);
        }
    }
    let long: Vec<_> =
        files.iter().filter(|(_, text)| text.lines().count() > MOST_LINES).map(|(name, _)| name).collect();
    assert!(long.is_empty(), "longer than {MOST_LINES} lines: {long:?}");
}

/// A crate in the image of ours, with `text` as the file `name`.
fn with(name: &str, text: &str) -> Vec<String> {
    let mut files: Files = [
        (
            "lib.rs",
            "pub mod primitives; mod account; mod policy; mod record; mod store; mod verifier; \
             pub use account::Account; pub use verifier::{sign_in::SignedIn, Verifier}; pub use store::UserStore as Store;",
        ),
        ("primitives.rs", "pub mod time; pub mod totp;"),
        ("primitives/time.rs", ""),
        ("primitives/totp.rs", "use super::time::UnixTime;"),
        ("account.rs", "use crate::{policy::Policy, primitives::time};"),
        ("policy.rs", ""),
        ("record.rs", "mod verify; mod enroll; use crate::Account;"),
        ("record/verify.rs", "use super::Record;"),
        ("record/enroll.rs", "use super::{Record, verify::Passed};"),
        ("store.rs", "use crate::record;"),
        ("verifier.rs", "mod sign_in; pub use self::sign_in::SignedIn; use crate::{record::Record, store::*};"),
        ("verifier/sign_in.rs", "use super::Verifier;"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into();
    files.insert(name.to_owned(), text.to_owned());
    complaints(&files)
}

#[test]
fn a_crate_that_keeps_the_layers_has_no_complaints() {
    assert_eq!(with("policy.rs", "// nothing"), Vec::<String>::new());
}

#[test]
fn each_way_to_point_upwards_is_found() {
    for (file, text) in [
        ("policy.rs", "use crate::verifier::Verifier;"),
        ("policy.rs", "use crate::{primitives::time, verifier::{self}};"),
        ("policy.rs", "use crate::{primitives::{time, totp}, store::{UserStore, Swap}};"),
        ("policy.rs", "use ::std::fmt; pub(crate) use crate::record::Record as _;"),
        ("policy.rs", "pub use crate::verifier as shell;"),
        ("policy.rs", "use crate::record::*;"),
        ("policy.rs", "use super::record::Record;"),
        ("policy.rs", "use {super::{record::Record}};"),
        ("policy.rs", "use crate::Verifier;"),
        ("policy.rs", "use crate::{Account as A, SignedIn as S};"),
        ("policy.rs", "use crate::Store;"),
        ("policy.rs", "fn f() { crate::verifier::f::<u8>() }"),
        ("policy.rs", "fn f(x: &crate::SignedIn) {}"),
        ("policy.rs", "fn f<'a>(x: &'a str, y: char) { let z = ('\\'', '\"', 'x'); super::record::f() }"),
        ("policy.rs", "fn f() { assert!(matches!(x, crate::r#verifier::X)); }"),
        ("policy.rs", "macro_rules! m { () => { $crate::verifier::X } }"),
        ("policy.rs", "#[serde(with = \"crate::record::format\")] struct S;"),
        ("policy.rs", "mod inner { use super::super::record::Record; }"),
        ("policy.rs", "mod inner { fn f() { use crate::verifier::Verifier; } }"),
        ("policy.rs", "#[cfg(test)] mod tests { } use crate::verifier::Verifier;"),
        ("policy.rs", "#[cfg(test)] use std::fmt::{self, Debug}; use crate::verifier::Verifier;"),
        ("policy.rs", "struct S { #[cfg(test)] a: u8, b: crate::verifier::Verifier }"),
        ("policy.rs", "const S: &str = r#\"\"// no comment\"#; use crate::verifier::Verifier;"),
        ("policy.rs", "/* outer /* inner */ still */ use crate::verifier::Verifier;"),
        ("primitives/time.rs", "use super::super::account::Account;"),
        ("primitives/time.rs", "use crate::policy::Policy;"),
        ("record/verify.rs", "use super::super::verifier::Verifier;"),
        ("record/verify.rs", "use super::super::*; "),
        ("record/verify.rs", "use crate::store::Swap;"),
        ("record.rs", "mod verify; mod enroll; use self::super::store::Swap;"),
        ("record.rs", "mod verify; mod enroll; use crate as root; use root::store::Swap;"),
    ] {
        let found = with(file, text);
        let expected = ["points up from layer", "names the root of the crate"];
        assert!(
            found.iter().any(|said| expected.iter().any(|e| said.contains(e))),
            "{file}: {text}: {found:?}"
        );
    }
}

#[test]
fn what_only_looks_like_a_path_is_no_complaint() {
    for text in [
        "/// See [`Verifier`](crate::Verifier::begin).\nstruct S;",
        "//! use crate::verifier::Verifier;",
        "/* use crate::verifier::Verifier; /* nested */ crate::verifier::X */",
        "const S: &str = \"use crate::verifier::Verifier; \\\" crate::verifier::X\";",
        "const S: &[u8] = br##\"crate::verifier::\"# X\"##;",
        "#[doc = \"[`X`](crate::Verifier)\"] struct S;",
        "#[cfg(test)] mod tests { use crate::verifier::Verifier; }",
        "#[cfg(test)] #[allow(unused)] use crate::{verifier::Verifier};",
        "#[cfg(test)] fn f() -> [u8; 2] { crate::verifier::X }",
        "fn f() -> impl Fn() + use<'static> { || () } use std::fmt;",
        "use serde::Serialize; use thiserror; pub(in crate::policy) struct S; pub(super) struct T;",
    ] {
        assert_eq!(with("policy.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn cycles_are_found_at_every_depth() {
    let said = |file, text| with(file, text).join("\n");
    assert!(said("policy.rs", "use crate::account::Account;").contains("cycle account → policy"));
    assert!(
        said("policy.rs", "use crate::Account;").contains("cycle account → policy"),
        "through a re-export"
    );
    assert!(said("primitives/time.rs", "use super::totp::Totp;").contains("cycle time → totp"));
    assert!(said("record/verify.rs", "fn f() { super::enroll::f() }").contains("cycle enroll → verify"));
}

#[test]
fn files_that_escape_are_found() {
    assert!(with("surprise.rs", "").join("\n").contains("surprise.rs: no module declares it"));
    let declared = "mod surprise;";
    assert!(with("lib.rs", declared).join("\n").contains("`mod surprise` has no file"));
    assert!(with("policy.rs", "#[path = \"x.rs\"] mod x;").join("\n").contains("`#[path]` hides"));
    assert!(with("policy.rs", "include!(\"x.rs\");").join("\n").contains("`include!` hides"));
    assert!(with("policy.rs", "extern crate self as root;").join("\n").contains("`extern crate` hides"));
    let no_layer: Files = [("lib.rs", "mod utils;"), ("utils.rs", "")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    assert_eq!(complaints(&no_layer), ["utils.rs: no layer knows the module `utils`"]);
}
