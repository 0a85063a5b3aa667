//! Every key is there in each language, with the same things to fill in, and is used.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::*;

const PARTS: [&str; 7] = ["common", "sign-in", "settings", "admin", "people", "mail", "audit"];

/// Each key with the names of what is filled in. A term (`-brand`) is for the words themselves.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for part in PARTS {
        let file = format!("{}/locales/{}/{part}.ftl", env!("CARGO_MANIFEST_DIR"), language.tag());
        let mut key = String::new();
        for line in fs::read_to_string(&file).unwrap().lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let (name, _) = line.split_once('=').unwrap();
                key = name.trim().to_owned();
                assert!(key.starts_with(&format!("{part}-")), "{key} does not begin as its file {file}");
                assert!(!keys.contains_key(&key), "{key} is in {file} twice");
                keys.insert(key.clone(), BTreeSet::new());
            }
            if line.starts_with(['#', '-']) {
                continue;
            }
            for after in line.split("{ $").skip(1) {
                let name = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap();
                keys.get_mut(&key).unwrap().insert(name.to_owned());
            }
        }
    }
    keys
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.file_name().unwrap() != "tests.rs" {
            found.push(path);
        }
    }
}

/// Whatever stands in quotation marks and begins as a key does, with the file that it is in. (So no `id` of an element may.)
fn used() -> BTreeMap<String, PathBuf> {
    let mut sources = Vec::new();
    for folder in ["src", "templates"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    let mut used = BTreeMap::new();
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        for part in PARTS {
            for after in text.split(&format!("\"{part}-")).skip(1) {
                let rest = after.split('"').next().unwrap();
                used.insert(format!("{part}-{rest}"), source.clone());
            }
        }
    }
    used
}

#[test]
fn the_languages_say_the_same_things() {
    assert_eq!(keys(Language::English), keys(Language::Japanese));
}

#[test]
fn each_file_can_be_read_whole() {
    for file in [ENGLISH, JAPANESE].concat() {
        let read = FluentResource::try_new(file.to_owned()).map(drop).map_err(|(_, errors)| errors);
        assert_eq!(read, Ok(()), "{file}");
    }
    for language in Language::ALL {
        for key in keys(language).keys() {
            let message = language.bundle().get_message(key);
            assert!(message.is_some_and(|it| it.value().is_some()), "{key} in {language:?}");
        }
    }
}

#[test]
fn every_key_that_is_used_is_there() {
    let keys = keys(Language::English);
    let missing: Vec<_> = used().into_iter().filter(|(key, _)| !keys.contains_key(key)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_key_is_used() {
    let used = used();
    let idle: Vec<_> = keys(Language::English).into_keys().filter(|key| !used.contains_key(key)).collect();
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn the_language_that_a_browser_likes_best() {
    for (header, language) in [
        ("ja", Some(Language::Japanese)),
        ("ja-JP,en-US;q=0.9,en;q=0.8", Some(Language::Japanese)),
        ("en-GB", Some(Language::English)),
        ("en;q=0.5, JA;q=0.7", Some(Language::Japanese)),
        ("en,ja", Some(Language::English)),
        ("fr, ja;q=0.2", Some(Language::Japanese)),
        ("ja;q=0, en;q=0.1", Some(Language::English)),
        ("ja;q=much", None),
        ("fr", None),
        ("jaguar", None),
        ("", None),
    ] {
        assert_eq!(Language::preferred(header), language, "{header}");
    }
}

#[test]
fn what_is_filled_in() {
    let english = Words::of(Language::English);
    assert_eq!(english.with("seconds", 1).say("common-in-seconds"), "in 1 second");
    assert_eq!(english.with("seconds", 30).say("common-in-seconds"), "in 30 seconds");
    assert_eq!(Words::of(Language::Japanese).with("seconds", 30).say("common-in-seconds"), "30秒後");
    assert_eq!(english.say("no-such-key"), "no-such-key");
}
