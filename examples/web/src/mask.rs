//! Addresses as a page shows them to somebody who has given no more than the password.

/// Enough of an address for its owner to know it again: `a•••@example.com`.
pub(crate) fn mail(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{}•••@{domain}", local.chars().take(1).collect::<String>())
}

/// The last two digits of a number: `••• 42`. Of one that is very short, nothing.
pub(crate) fn phone(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let shown =
        digits.len().checked_sub(2).filter(|hidden| *hidden >= 4).and_then(|hidden| digits.get(hidden..));
    format!("••• {}", shown.unwrap_or_default()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_shown() {
        assert_eq!(mail("ann.smith@example.com"), "a•••@example.com");
        assert_eq!(mail("\"a@b\"@example.com"), "\"•••@example.com");
        assert_eq!(mail("愛@example.jp"), "愛•••@example.jp");
        assert_eq!(mail(""), "•••@");
        assert_eq!(phone("+81 90-1234-5642"), "••• 42");
        assert_eq!(phone("12345"), "•••");
        assert_eq!(phone(""), "•••");
    }
}
