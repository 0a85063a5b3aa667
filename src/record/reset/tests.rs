use super::*;
use crate::record::tests::given::*;

impl Ticket {
    /// One that takes as many bytes as any.
    pub(in crate::record) const fn fullest(end: UnixTime) -> Self {
        Self { digest: Digest(u128::MAX), expires_at: end }
    }
}
