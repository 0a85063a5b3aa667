use super::*;
use crate::record::tests::given::*;

impl Device {
    /// A browser that takes as many bytes as any.
    pub(in crate::record) fn fullest(id: u128, end: UnixTime) -> Self {
        Self {
            id: DeviceId::new(id),
            digest: Digest(u128::MAX),
            stamp: Digest(u128::MAX),
            label: "\u{10FFFF}".repeat(MAX_LABEL),
            known_until: end,
            last_used_at: end,
            trust: Some(Grant { verified_at: end, until: Some(end) }),
            throttle: Throttle::fullest(),
            sends: Sends::fullest(end),
        }
    }

    pub(in crate::record) const fn label_mut(&mut self) -> &mut String {
        &mut self.label
    }

    pub(in crate::record) const fn sends_mut(&mut self) -> &mut Sends {
        &mut self.sends
    }
}

impl Sends {
    /// As many as are kept.
    pub(in crate::record) fn fullest(end: UnixTime) -> Self {
        Self { email: vec![end; 5], sms: vec![end; one_time::MAX_SENDS - 5] }
    }
}
