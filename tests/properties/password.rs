//! P32: the password is the host's. Nothing of this crate has a place to put one into.

use std::{fs, path::Path};

use second_factor::FirstFactor;

/// Every identifier of the sources that speaks of a password. Comments and tests may.
fn identifiers(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            identifiers(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.lines().map(|line| line.split("//").next().unwrap());
            let words = code
                .flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_')))
                .map(String::from);
            found.extend(words.filter(|word| {
                let word = word.to_lowercase();
                ["password", "passwd", "passphrase"].iter().any(|name| word.contains(name))
            }));
        }
    }
}

#[test]
fn p32_the_library_has_no_place_for_a_password() {
    let mut found = Vec::new();
    identifiers(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    found.dedup();
    assert_eq!(found, ["Password"], "a way to say that the password was right, and no more");

    // And that says it without the password: the value is the same whatever was typed, and holds nothing.
    const SAID: FirstFactor = FirstFactor::Password;
    assert_eq!(serde_json::to_string(&SAID).unwrap(), "\"Password\"");
}
