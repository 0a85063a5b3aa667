use super::*;
use crate::record::tests::given::*;

impl BackupCodes {
    /// A set that takes as many bytes as any: long codes that can be shown again, all used.
    pub(in crate::record) fn fullest(end: UnixTime) -> Self {
        Self {
            scheme: Scheme::HmacSha256,
            slots: (0..CODES).map(|_| Slot { digest: Digest(u128::MAX), used_at: Some(end) }).collect(),
            issued_at: end,
            saved_at: Some(end),
            texts: (1..).take(CODES).map(|number| long(number).to_text()).collect(),
        }
    }

    /// One slot, and one text, more.
    pub(in crate::record) fn overfill(&mut self) {
        self.slots.push(Slot { digest: Digest(0), used_at: None });
        self.texts.push(long(0).to_text());
    }

    pub(in crate::record) fn texts(&mut self) -> &mut Vec<Zeroizing<String>> {
        &mut self.texts
    }
}

impl Rate {
    pub(in crate::record) const fn fullest() -> Self {
        Self { minute: u64::MAX, count: u8::MAX }
    }
}
