//! Under which names a tenant's records and its directory are kept.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use second_factor::{TenantId, UserKey};

use crate::error::Error;

/// Everything else is written as `%` and two digits, `%` itself too: so no two ids have one name, and none can end the braces or the tag.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@');

/// What every key begins with, after the brace.
#[derive(Debug, Clone)]
pub(crate) struct Prefix(String);

/// The two keys of a user: the record, and the directory of its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) record: String,
    pub(crate) directory: String,
}

impl Prefix {
    const MAX_BYTES: usize = 64;

    /// Takes letters, digits and `-`, `_`, `.`, `:`; not a brace, which would move the tag by which Redis Cluster chooses the slot.
    pub(crate) fn new(prefix: String) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if prefix.is_empty() || prefix.len() > Self::MAX_BYTES || !prefix.bytes().all(plain) {
            return Err(Error::Prefix(prefix));
        }
        Ok(Self(prefix))
    }

    pub(crate) fn directory(&self, tenant: &TenantId) -> String {
        format!("{}:users", self.tag(tenant))
    }

    pub(crate) fn of(&self, user: &UserKey) -> Keys {
        let tag = self.tag(user.tenant());
        let record = format!("{tag}:user:{}", utf8_percent_encode(user.user(), ENCODED));
        Keys { record, directory: format!("{tag}:users") }
    }

    /// What stands between the braces decides on the slot, so a tenant's keys are all in one. It is never empty: then the whole key would.
    fn tag(&self, tenant: &TenantId) -> String {
        format!("{{{}:{}}}", self.0, utf8_percent_encode(tenant.as_str(), ENCODED))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const HOSTILE: [&str; 24] = [
        "",
        "acme",
        "Acme",
        "acme ",
        " acme",
        "a}:user:b",
        "{",
        "}",
        "{}",
        "}{",
        "a:b",
        "a",
        "a:",
        ":b",
        "%7D",
        "%257D",
        "\0",
        "a\0b",
        "users",
        "*",
        "[a]",
        "é",
        "e\u{301}",
        "\r\n",
    ];

    fn prefix(prefix: &str) -> Prefix {
        Prefix::new(prefix.to_owned()).unwrap()
    }

    /// Of Redis Cluster: CRC-16/XMODEM of the tag, if there is one that is not empty, else of the whole key, modulo 16384.
    fn slot(key: &str) -> u16 {
        let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
        let hashed = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
        hashed.bytes().fold(0_u16, |crc, byte| {
            (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
                (crc << 1) ^ if crc >> 15 == 1 { 0x1021 } else { 0 }
            })
        }) % 16384
    }

    #[test]
    fn keys_can_be_read() {
        let keys = prefix("second-factor").of(&UserKey::new("acme", "ann@example.com"));
        assert_eq!(keys.record, "{second-factor:acme}:user:ann@example.com");
        assert_eq!(keys.directory, "{second-factor:acme}:users");
        assert_eq!(prefix("p").of(&UserKey::new("", "{a}:\0")).record, "{p:}:user:%7Ba%7D%3A%00");
    }

    #[test]
    fn no_two_users_and_no_two_prefixes_share_a_key() {
        let mut owners = HashMap::new();
        for prefix in ["a", "a:", "a:b", "b", "a:user"].map(prefix) {
            for tenant in HOSTILE {
                let directory = prefix.directory(&TenantId::new(tenant));
                assert_eq!(owners.insert(directory, (prefix.0.clone(), tenant, None)), None);
                for user in HOSTILE {
                    let keys = prefix.of(&UserKey::new(tenant, user));
                    assert_eq!(keys.directory, prefix.directory(&TenantId::new(tenant)));
                    assert_eq!(owners.insert(keys.record, (prefix.0.clone(), tenant, Some(user))), None);
                }
            }
        }
    }

    #[test]
    fn all_keys_of_a_tenant_are_in_one_slot() {
        assert_eq!(slot("123456789"), 0x31c3, "the check value of the specification");
        assert_eq!(slot("{user1000}.following"), slot("{user1000}.followers"));
        assert_ne!(slot("foo{}{bar}"), slot("bar"), "an empty tag is none");
        for tenant in HOSTILE {
            let expected = slot(&prefix("p").directory(&TenantId::new(tenant)));
            for user in HOSTILE {
                assert_eq!(
                    slot(&prefix("p").of(&UserKey::new(tenant, user)).record),
                    expected,
                    "{tenant:?} {user:?}"
                );
            }
        }
    }

    #[test]
    fn a_prefix_that_would_move_the_tag_is_refused() {
        let longest = "x".repeat(64);
        for good in ["a", "second-factor", "acme:2fa", "v1.2_b", &longest] {
            Prefix::new(good.to_owned()).unwrap();
        }
        for bad in ["", "{", "a}", "a b", "a*", "é", "a\0", "a%", &"x".repeat(65)] {
            assert!(matches!(Prefix::new(bad.to_owned()), Err(Error::Prefix(_))), "{bad:?}");
        }
    }
}
