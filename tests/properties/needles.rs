//! Secrets to be looked for where they must not turn up.

use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// Secrets, by what they are.
#[derive(Default)]
pub(crate) struct Needles(Vec<(&'static str, Vec<u8>)>);

impl Needles {
    /// Bytes, in every encoding that a careless line of code would use. Any 8 of them together count.
    pub(crate) fn bytes(&mut self, what: &'static str, bytes: &[u8]) {
        for part in bytes.windows(8) {
            self.0.push((what, part.to_vec()));
        }
        for shift in 0..3_usize {
            let Some(rest) = bytes.get(shift..) else { continue };
            self.text(what, &inner(&BASE64.encode(rest)));
            self.text(what, &inner(&BASE64URL_NOPAD.encode(rest)));
        }
        self.text(what, &inner(&BASE32.encode(bytes)));
        self.text(what, &inner(&BASE32.encode(bytes).to_lowercase()));
        for part in bytes.windows(6) {
            self.text(what, &HEXLOWER.encode(part));
            self.text(what, &HEXUPPER.encode(part));
            self.text(what, &format!("{part:?}").replace(['[', ']'], ""));
        }
    }

    pub(crate) fn text(&mut self, what: &'static str, text: &str) {
        self.0.push((what, text.as_bytes().to_vec()));
        let grouped: Vec<_> = text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect();
        self.0.push((what, grouped.join(" ").into_bytes()));
    }

    /// Symbols in groups, and without.
    pub(crate) fn backup_code(&mut self, what: &'static str, code: &str) {
        let symbols = code.replace('-', "");
        for text in [code, &symbols, &code.to_lowercase(), &symbols.to_lowercase()] {
            self.0.push((what, text.as_bytes()[..11].to_vec()));
        }
        self.bytes(what, symbols.as_bytes());
    }

    /// The secret of a browser's cookie: what follows its id, which is none.
    pub(crate) fn cookie(&mut self, value: &str) {
        self.bytes("a cookie", &BASE64URL_NOPAD.decode(value.as_bytes()).unwrap()[16..]);
    }

    pub(crate) fn code(&mut self, code: &str) {
        let value: u32 = code.parse().unwrap();
        self.0.push(("a code", code.as_bytes().to_vec()));
        if value > 0x1_0000 {
            self.0.push(("a code as a number", value.to_be_bytes().to_vec()));
            self.0.push(("a code as a number", value.to_le_bytes().to_vec()));
        }
    }

    pub(crate) fn assert_absent(&self, from: &str, hay: &[u8]) {
        for (what, needle) in &self.0 {
            assert!(needle.len() >= 4);
            assert!(!hay.windows(needle.len()).any(|part| part == needle), "{what} in {from}");
        }
    }
}

/// Twelve characters that depend on nothing but the bytes themselves.
fn inner(encoded: &str) -> String {
    encoded.chars().take(12).collect()
}
