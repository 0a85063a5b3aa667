//! Reads the sources for functions that take a code, so that none is added without being tried here.

use std::{fs, path::Path};

use super::entry::ENTRIES;

/// A public function, with the names of its parameters that are text.
#[derive(Debug, PartialEq, Eq)]
struct Taker {
    name: String,
    texts: Vec<String>,
}

/// The public functions of a source, as far as they take text.
fn takers(source: &str) -> Vec<Taker> {
    let starts = source.match_indices("pub async fn ").chain(source.match_indices("pub fn "));
    let mut takers = Vec::new();
    for (start, keyword) in starts {
        let signature = &source[start + keyword.len()..];
        let signature = signature.split_once(['{', ';']).map_or(signature, |(signature, _)| signature);
        let signature = signature.split_once("->").map_or(signature, |(signature, _)| signature);
        let (name, parameters) = signature.split_once('(').unwrap();
        let name = name.split('<').next().unwrap().to_owned();
        let mut texts = Vec::new();
        for parameter in parameters.split(", ").flat_map(|line| line.split(",\n")) {
            let Some((name, kind)) = parameter.split_once(": ") else { continue };
            if ["str", "String", "impl Into"].iter().any(|text| kind.contains(text)) {
                texts.push(name.trim().to_owned());
            }
        }
        if !texts.is_empty() {
            takers.push(Taker { name, texts });
        }
    }
    takers
}

fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = fs::read_dir(root.join("verifier")).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = folder.chain([root.join("verifier.rs"), root.join("blocking.rs")]).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn p8_every_call_that_takes_a_code_is_tried_here() {
    let found: Vec<_> = sources().iter().flat_map(|source| takers(source)).collect();
    let mut taking: Vec<_> =
        found.iter().filter(|it| it.texts.iter().any(|text| text == "typed")).map(|it| &*it.name).collect();
    taking.sort_unstable();
    let mut listed: Vec<_> = ENTRIES.iter().filter(|name| !name.contains("::")).copied().collect();
    listed.sort_unstable();
    assert_eq!(taking, listed, "the calls with a parameter `typed`, and those that are tried");

    // A code under another name would be hidden: every other text is known to be none.
    const NO_CODES: [&str; 10] =
        ["issuer", "name", "device", "label", "trust_as", "account_label", "reason", "uri", "user", "tenant"];
    for taker in &found {
        let unknown = taker.texts.iter().find(|text| *text != "typed" && !NO_CODES.contains(&text.as_str()));
        assert_eq!(unknown, None, "what is that in `{}`? If it is a code, call it `typed`", taker.name);
    }
}

/// The only structure that carries what was typed into a call.
#[test]
fn p8_no_other_structure_carries_a_code() {
    let all = sources().concat();
    assert_eq!(all.matches("typed: &'a str").count(), 1, "`Authority::Ticket`");
    assert_eq!(ENTRIES.iter().filter(|name| name.contains("::")).count(), 1);
}

#[test]
fn the_scan_sees_what_it_should() {
    let source = "
        pub async fn check(&self, account: &Account, typed: &str) -> Result<()> {
        pub fn several(
            &self,
            id: DeviceId,
            secret: Option<&str>,
        ) -> u8 {
        pub(super) async fn inner(&self, typed: &str) {
        pub async fn none(&self, id: DeviceId) -> String {";
    let taker = |name: &str, text: &str| Taker { name: name.into(), texts: vec![text.into()] };
    assert_eq!(takers(source), [taker("check", "typed"), taker("several", "secret")]);
}
