//! Looks for secrets in whatever encoding a careless line of code could have given them.

use std::collections::{BTreeSet, HashMap};

use data_encoding::{BASE32, BASE64, BASE64URL, HEXLOWER, HEXUPPER};

/// So many bytes in a row are no chance any more: one in 2⁶⁴ a place.
const LEAST: usize = 8;

/// The secrets, in all encodings.
#[derive(Default)]
pub(super) struct Search {
    /// By their first bytes.
    needles: HashMap<[u8; LEAST], Vec<(String, Vec<u8>)>>,
    /// Too short to be looked for anywhere but as a word.
    words: BTreeSet<String>,
    kinds: BTreeSet<String>,
}

impl Search {
    /// Bytes that nobody may see, and texts, which are bytes as well.
    pub(super) fn secret(&mut self, what: &str, bytes: &[u8]) {
        assert!(bytes.len() >= 2 * LEAST, "{what} is too short to be told from chance");
        self.kinds.insert(what.to_owned());
        for (how, encoded) in encodings(bytes) {
            self.needle(&format!("{what} ({how})"), &encoded);
        }
    }

    /// A text in letters and digits: in either case, and as bytes.
    pub(super) fn text(&mut self, what: &str, text: &str) {
        self.secret(what, text.as_bytes());
        self.secret(what, text.to_lowercase().as_bytes());
        let close: String = text.chars().filter(|character| *character != '-' && *character != ' ').collect();
        self.secret(&format!("{what}, without hyphens"), close.as_bytes());
        self.secret(&format!("{what}, without hyphens"), close.to_lowercase().as_bytes());
    }

    /// Text that is the base64 of what is secret.
    pub(super) fn sealed(&mut self, what: &str, text: &str, skip: usize) {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        self.secret(what, &bytes[skip..]);
        self.secret(what, &text.as_bytes()[skip.div_ceil(3) * 4..]);
    }

    /// A code of a few digits.
    pub(super) fn digits(&mut self, code: &str) {
        self.kinds.insert("digits".into());
        self.words.insert(code.to_owned());
    }

    fn needle(&mut self, what: &str, encoded: &[u8]) {
        if let Some(first) = encoded.first_chunk::<LEAST>() {
            self.needles.entry(*first).or_default().push((what.to_owned(), encoded.to_vec()));
        }
    }

    /// What kinds of secrets are looked for.
    pub(super) const fn kinds(&self) -> &BTreeSet<String> {
        &self.kinds
    }

    /// What is in these bytes.
    pub(super) fn find(&self, hay: &[u8]) -> Vec<String> {
        let mut found = BTreeSet::new();
        for (place, window) in hay.windows(LEAST).enumerate() {
            let first: &[u8; LEAST] = window.try_into().unwrap();
            let at_place = self.needles.get(first).into_iter().flatten();
            found.extend(
                at_place.filter(|(_, needle)| hay[place..].starts_with(needle)).map(|(what, _)| what.clone()),
            );
        }
        found.into_iter().collect()
    }

    /// What is in this text, codes of digits included: as words of their own, so that no timestamp looks like one.
    pub(super) fn find_in_text(&self, hay: &str) -> Vec<String> {
        let mut found = self.find(hay.as_bytes());
        let mut words = hay.split(|character: char| !character.is_alphanumeric());
        found.extend(words.find(|word| self.words.contains(*word)).map(|word| format!("the digits {word}")));
        let as_numbers = |word: &&String| hay.contains(&format!("Code({})", word.trim_start_matches('0')));
        found.extend(self.words.iter().find(as_numbers).map(|word| format!("the number {word}")));
        found
    }
}

/// Each part of eight bytes or more, in each encoding and alignment. With or without padding makes no difference: only whole groups
/// are looked for.
pub(super) fn encodings(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for part in bytes.windows(LEAST) {
        all.push(("raw", part.to_vec()));
        all.push(("backwards", part.iter().rev().copied().collect()));
        all.push(("hex", HEXLOWER.encode(part).into_bytes()));
        all.push(("hex", HEXUPPER.encode(part).into_bytes()));
        all.push(("decimal", format!("{part:?}").replace(['[', ']'], "").into_bytes()));
        all.push(("decimal", format!("{part:?}").replace(['[', ']', ' '], "").into_bytes()));
        let chunk: [u8; 8] = part.try_into().unwrap();
        all.push(("integer", u64::from_be_bytes(chunk).to_string().into_bytes()));
        all.push(("integer", u64::from_le_bytes(chunk).to_string().into_bytes()));
    }
    for part in bytes.windows(16) {
        let chunk: [u8; 16] = part.try_into().unwrap();
        all.push(("integer", u128::from_be_bytes(chunk).to_string().into_bytes()));
        all.push(("integer", u128::from_le_bytes(chunk).to_string().into_bytes()));
    }
    for part in groups(bytes, 5, 10) {
        let encoded = BASE32.encode(part);
        all.push(("base32", encoded.to_lowercase().into_bytes()));
        all.push(("base32", encoded.into_bytes()));
    }
    for part in groups(bytes, 3, 9) {
        all.push(("base64", BASE64.encode(part).into_bytes()));
        all.push(("base64url", BASE64URL.encode(part).into_bytes()));
    }
    // What is only one character, or short, is no proof of anything.
    all.retain(|(_, encoded)| encoded.len() >= LEAST);
    all
}

/// All parts of this length: whatever stands before the secret, and wherever a group begins, one of them falls on a group.
fn groups(bytes: &[u8], group: usize, length: usize) -> impl Iterator<Item = &[u8]> {
    assert!(length.is_multiple_of(group));
    bytes.windows(length)
}

#[test]
fn the_search_finds_a_planted_secret_in_every_encoding_and_alignment() {
    let secret: Vec<u8> = (0..20_u8).map(|at| at.wrapping_mul(37).wrapping_add(200)).collect();
    let mut search = Search::default();
    search.secret("planted", &secret);
    for before in 0..16 {
        let hay = [vec![0xA5; before], secret.clone(), vec![0x5A; 3]].concat();
        let number: [u8; 16] = secret[..16].try_into().unwrap();
        let planted = [
            hay.clone(),
            hay.iter().rev().copied().collect(),
            HEXLOWER.encode(&hay).into(),
            HEXUPPER.encode(&hay).into(),
            BASE32.encode(&hay).into(),
            BASE32.encode(&hay).to_lowercase().into(),
            data_encoding::BASE32_NOPAD.encode(&hay).into(),
            BASE64.encode(&hay).into(),
            data_encoding::BASE64_NOPAD.encode(&hay).into(),
            BASE64URL.encode(&hay).into(),
            data_encoding::BASE64URL_NOPAD.encode(&hay).into(),
            format!("{hay:?}").into(),
            serde_json::to_vec(&hay).unwrap(),
            format!("id: {}", u128::from_be_bytes(number)).into(),
            format!("id: {}", u128::from_le_bytes(number)).into(),
        ];
        for (encoding, hay) in planted.iter().enumerate() {
            assert!(!search.find(hay).is_empty(), "encoding {encoding} after {before} bytes");
        }
    }
    assert!(search.find(&[0xA5; 400]).is_empty());
    assert!(search.find(&secret[..7]).is_empty(), "seven bytes are chance");
    assert!(!search.find(&secret[12..]).is_empty(), "any eight of them are not");
}

#[test]
fn the_search_finds_planted_texts_and_digits() {
    let mut search = Search::default();
    search.text("planted", "ABCDE-FGHJK-MNPQR-STVWX-YZ012");
    for hay in ["ABCDE-FGHJK-M", "abcdefghjkmnpqrs", "..ABCDEFGHJKMNPQRSTVWXYZ012..", "stvwx-yz0"] {
        assert!(!search.find_in_text(hay).is_empty(), "{hay}");
    }
    search.digits("042137");
    for hay in ["code: 042137.", "Zeroizing(\"042137\")", "042137", "Code(42137)"] {
        assert!(!search.find_in_text(hay).is_empty(), "{hay}");
    }
    for hay in ["UnixTime(1760421370)", "a042137", "042138"] {
        assert!(search.find_in_text(hay).is_empty(), "{hay}");
    }
}
