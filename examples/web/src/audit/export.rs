//! The audit log as CSV (RFC 4180), for a spreadsheet.

use csv::Writer;
use second_factor::BoxError;

use super::search::Entry;
use crate::words::Words;

/// The first line, as keys of words.
pub(crate) const COLUMNS: [&str; 5] =
    ["audit-when", "audit-member", "audit-by", "audit-what", "audit-details"];

/// Some lines of it, with the names of the columns above if they are the first ones.
pub(crate) fn to_csv(words: Words, entries: &[Entry], first: bool) -> Result<Vec<u8>, BoxError> {
    let mut csv = Writer::from_writer(Vec::new());
    if first {
        csv.write_record(COLUMNS.map(|key| cell(words.say(key))))?;
    }
    for entry in entries {
        let member = entry.member.clone().unwrap_or_default();
        let line =
            [entry.moment(), member, entry.by_in_words(words), entry.title(words), entry.details(words)];
        csv.write_record(line.map(cell))?;
    }
    Ok(csv.into_inner().map_err(|e| e.into_error())?)
}

/// A spreadsheet takes a cell that begins so for a formula, and runs it: somebody's name for their phone would run on the administrator's
/// machine. An apostrophe makes it text again.
fn cell(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for typed in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(typed.to_owned()), format!("'{typed}"));
        }
        for typed in ["Phone", "1-2", "a=b", "'x", ""] {
            assert_eq!(cell(typed.to_owned()), typed);
        }
    }
}
