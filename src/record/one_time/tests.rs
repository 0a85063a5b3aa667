use super::*;
use crate::record::tests::given::*;

impl SentCode {
    /// One that takes as many bytes as any.
    pub(in crate::record) const fn fullest(challenge: u128, end: UnixTime) -> Self {
        Self {
            challenge,
            channel: Channel::Email,
            digest: Digest(u128::MAX),
            expires_at: end,
            until: end,
            tries_left: TRIES,
        }
    }
}
