//! What a member list may show of a record.

use crate::primitives::time::UnixTime;

/// Plain facts about a record, for member lists. **No decision ever reads them**: whoever edits these columns changes what a page
/// shows, and nothing else.
///
/// ```
/// use second_factor::Summary;
///
/// /// A line of the member list; `None` is a member without a record.
/// fn line(name: &str, summary: Option<&Summary>) -> String {
///     match summary.and_then(|summary| summary.enrolled_at) {
///         Some(since) => format!("{name}: on since {}", since.seconds()),
///         None => format!("{name}: off"),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Since when a second factor is set up; `None` while there is none.
    pub enrolled_at: Option<UnixTime>,
    /// When a sign-in last passed the second factor, or an authenticator was confirmed. A step-up does not count.
    pub last_verified_at: Option<UnixTime>,
    /// Unused backup codes.
    pub backup_codes_left: u8,
    /// Trusted browsers.
    pub trusted_devices: u8,
    /// Until when attempts from unknown browsers are held back, as of the last write and for the default window.
    pub locked_until: Option<UnixTime>,
    /// Notices not yet accepted by the notifier.
    pub pending_notices: u8,
    /// Counts the writes of this record. A host that keeps the highest one elsewhere notices a row that was rolled back.
    pub generation: u64,
}
