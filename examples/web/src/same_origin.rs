//! The first wall against forged forms (CSRF): a request that may change something must come from this site's own pages.
//!
//! Browsers say where a request comes from, in `Sec-Fetch-Site` and, for every form that is posted, in `Origin`; a page cannot
//! set either. It needs neither JavaScript nor a session (the sign-in form is protected too), and unlike `SameSite` cookies it also
//! refuses sibling subdomains. What names no origin at all is no browser's form, and is refused.

use axum::http::{HeaderMap, header};

/// Whether one of our own pages sent this.
pub(crate) fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str()), text(header::HOST.as_str())) {
        // `none` is the person's own doing, such as reloading the answer to a form; no page can cause it.
        (Some(site), _, _) => matches!(site, "same-origin" | "none"),
        // Plain HTTP beyond localhost has no Sec-Fetch-Site.
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(headers: &[(&'static str, &'static str)]) -> bool {
        is_ours(&headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect())
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(from(&[("origin", "http://our.example:3000"), ("host", "our.example:3000")]));
        assert!(from(&[("sec-fetch-site", "none")]));
        for foreign in ["cross-site", "same-site", ""] {
            assert!(!from(&[("sec-fetch-site", foreign), ("host", "our.example")]), "{foreign}");
        }
        // The browser's word on the site outranks an origin that looks like ours.
        assert!(!from(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "http://our.example"),
            ("host", "our.example")
        ]));
        assert!(!from(&[("origin", "http://their.example"), ("host", "our.example")]));
        assert!(!from(&[("origin", "http://our.example:81"), ("host", "our.example")]));
        assert!(!from(&[("origin", "null"), ("host", "our.example")]));
        assert!(!from(&[("host", "our.example")]));
        assert!(!from(&[]));
    }
}
