//! What people call their things, and why they did something: data, of a bounded length.

use crate::refusal::NotAllowed;

/// The longest name of an authenticator, in characters.
pub(super) const MAX_NAME: usize = 64;
/// The longest label of a browser, in characters.
pub(super) const MAX_LABEL: usize = 40;
/// The longest reason of a reset, in characters.
pub(super) const MAX_REASON: usize = 200;

/// The name of an authenticator, as its owner gave it.
///
/// # Errors
///
/// [`NotAllowed::InvalidName`] if it is empty, longer than [`MAX_NAME`], or has a control character.
pub(crate) fn checked_name(name: &str) -> Result<&str, NotAllowed> {
    one_line(name, MAX_NAME)
}

/// The label of a browser, as its owner gave it.
///
/// # Errors
///
/// [`NotAllowed::InvalidName`] if it is empty, longer than [`MAX_LABEL`], or has a control character.
pub(crate) fn checked_label(label: &str) -> Result<&str, NotAllowed> {
    one_line(label, MAX_LABEL)
}

/// The label of a browser, as it says of itself: no sign-in fails over it, so what does not fit is cut.
pub(super) fn fitting_label(label: &str) -> String {
    label.trim().chars().filter(|c| !c.is_control()).take(MAX_LABEL).collect()
}

/// The reason of a reset. It may have several lines.
///
/// # Errors
///
/// [`NotAllowed::InvalidReason`] if there is none, or more than [`MAX_REASON`] characters.
pub(crate) fn checked_reason(reason: &str) -> Result<&str, NotAllowed> {
    bounded(reason, MAX_REASON).ok_or(NotAllowed::InvalidReason)
}

fn one_line(text: &str, most: usize) -> Result<&str, NotAllowed> {
    bounded(text, most).filter(|text| !text.chars().any(char::is_control)).ok_or(NotAllowed::InvalidName)
}

/// Without the white space around it, if there is anything then, and no more than `most` characters.
fn bounded(text: &str, most: usize) -> Option<&str> {
    let text = text.trim();
    let length = text.chars().take(most.saturating_add(1)).count();
    (1..=most).contains(&length).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(characters: usize) -> String {
        "\u{10FFFF}".repeat(characters)
    }

    #[test]
    fn names_and_labels_have_a_bounded_line() {
        type Check = fn(&str) -> Result<&str, NotAllowed>;
        for (checked, most) in [(checked_name as Check, 64), (checked_label as Check, 40)] {
            assert_eq!(checked(&format!("  {} ", longest(most))), Ok(longest(most).as_str()));
            assert_eq!(checked("x"), Ok("x"));
            for bad in [String::new(), "  ".into(), longest(most + 1), "a\nb".into(), "a\0b".into()] {
                assert_eq!(checked(&bad), Err(NotAllowed::InvalidName), "{bad:?}");
            }
        }
    }

    #[test]
    fn what_a_browser_says_of_itself_is_cut() {
        assert_eq!(fitting_label(&format!(" {}x", longest(40))), longest(40));
        assert_eq!(fitting_label("Fire\r\nfox\u{7f}"), "Firefox");
        assert_eq!(fitting_label(" \n "), "");
    }

    #[test]
    fn a_reason_has_one_to_two_hundred_characters() {
        assert_eq!(checked_reason(&format!(" {}\n", longest(200))), Ok(longest(200).as_str()));
        assert_eq!(checked_reason("x\ny"), Ok("x\ny"));
        for bad in [String::new(), " \n".into(), longest(201)] {
            assert_eq!(checked_reason(&bad), Err(NotAllowed::InvalidReason), "{bad:?}");
        }
    }
}
