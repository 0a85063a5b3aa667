//! Who has a record, and what a list may show of it: the second, optional thing a host may bring.

use std::future::Future;

use crate::{
    store::BoxError,
    summary::Summary,
    user::{TenantId, UserKey},
};

/// Finds records by tenant and shows their summaries: for member lists, and for walks over all records of a tenant.
///
/// It is usually the store itself, over the same rows; [`UserStore`](crate::UserStore) alone is enough to sign people in. It knows
/// nobody without a record. **It shows; it decides nothing**: a walk opens each record through the store before it does anything to it,
/// and whoever edits a summary changes what a page shows, and nothing else.
///
/// Each clause below says what breaks when it is broken.
///
/// 1. **As asked.** [`summaries`](Self::summaries) has one answer for each user asked, in the order asked; who is asked for twice is
///    answered twice. *Answers that shift by one show a member's state beside another's name, and an administrator resets the
///    wrong one.*
/// 2. **`None` only where there is no row.** A failure is an `Err`, for a page as for a user. *A failure that reads as "no record" shows
///    members with a second factor as members without; one that reads as an empty page ends a walk halfway.*
/// 3. **As last written.** Both methods show the summary of the record as last acknowledged, every field of it, and rows that were
///    created or removed before the call are there or gone: no replica, no cache, no index that follows later. A time of 0 is not "never".
///    Only a number above `i64::MAX` may be shown as `i64::MAX`. *A walk that does not see a row leaves it behind; a list that is late hides
///    that somebody has just turned the second factor off.*
/// 4. **Exactly this tenant and these ids.** Compared byte for byte, as the store does; no pattern, prefix, case folding or
///    normalizing; listed ids come back as they were written. *A walk that deletes the records of one tenant would delete another's.*
/// 5. **In the order of the bytes.** [`list`](Self::list) sorts by the user's id as UTF-8 bytes, in ascending order, as Rust compares strings;
///    not by a collation, and not by UTF-16 units. *Where order and cursor disagree, users fall between two pages: after a change of keys their
///    records were never sealed anew, and they are locked out when the old key goes.*
/// 6. **After a key, not after a count.** A page holds the first users whose id is greater than that of `after`, as of this call. The user
///    that `after` names need not be there any more. Who was added or removed in between neither repeats nor hides others. *An
///    offset (`OFFSET`, a page number) skips one user for each that was removed from an earlier page; a cursor that must be found again
///    ends a walk that removes what it visits.*
/// 7. **An empty page only at the end.** At most `limit` users, and at least one as long as there is any after `after`; a page may be shorter
///    than `limit`. *A walk ends at the first empty page; the users after it are never reached.*
///
/// `testing::directory_contract` (feature `testing`) checks them; [writing your own](crate::guide::own_store) says when to run it. There are no
/// default bodies: each method is a promise of its own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use second_factor::{MemoryStore, TenantId, UserDirectory};
///
/// let (directory, tenant) = (MemoryStore::new(), TenantId::new("acme"));
/// let mut after = None;
/// loop {
///     let page = directory.list(&tenant, after.as_ref(), 100).await?;
///     let Some((last, _)) = page.last() else { break };
///     after = Some(last.clone());
///     for (user, summary) in page {
///         println!("{}: {} backup codes left", user.user(), summary.backup_codes_left);
///     }
/// }
/// # Ok(()) }
/// ```
pub trait UserDirectory: Send + Sync + 'static {
    /// What can go wrong in this directory.
    type Error: Into<BoxError>;

    /// The summary of each of these users' records, in the order asked; `None` where there is no record.
    ///
    /// Meant for a page of the host's own members, who may be of several tenants.
    fn summaries(
        &self,
        users: &[UserKey],
    ) -> impl Future<Output = Result<Vec<Option<Summary>>, Self::Error>> + Send;

    /// The next users of `tenant` who have a record: from the first one, or those strictly after `after`, at most `limit` of them.
    ///
    /// Of `after` only the user's id counts, the last one of the page before; the tenant is always `tenant`. `limit` is at least 1.
    fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(UserKey, Summary)>, Self::Error>> + Send;
}
