use super::*;

impl Sends {
    /// As many as are kept.
    pub(in crate::record) fn fullest(end: UnixTime) -> Self {
        Self { email: vec![end; 5], sms: vec![end; MAX_SENDS - 5] }
    }
}
