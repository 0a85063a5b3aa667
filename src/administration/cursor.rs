//! Where a walk was.

use serde::{Deserialize, Serialize};

use crate::user::{TenantId, UserKey};

/// Where a [`Sweep`](crate::Sweep) or a [`Search`](crate::Search) was after a page: keep it, to resume after a restart. A plain value
/// with the last user's id in it, and no secret.
///
/// It names its walk. One of another tenant, of another kind of sweep, of another confirmation or of another primary key resumes
/// nothing: the walk then begins at the first user, which costs time and skips nobody.
///
/// ```
/// use second_factor::Cursor;
///
/// fn to_keep(cursor: &Cursor) -> serde_json::Result<String> {
///     serde_json::to_string(cursor)
/// }
///
/// fn kept(text: &str) -> serde_json::Result<Cursor> {
///     serde_json::from_str(text)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    walk: String,
    tenant: TenantId,
    after: String,
}

impl Cursor {
    pub(super) fn new(walk: String, last: &UserKey) -> Self {
        Self { walk, tenant: last.tenant().clone(), after: last.user().to_owned() }
    }

    /// The user after whom this walk goes on, if it is this walk's cursor.
    pub(super) fn place_in(self, walk: &str, tenant: &TenantId) -> Option<UserKey> {
        (self.walk == walk && self.tenant == *tenant).then(|| UserKey::new(tenant.as_str(), self.after))
    }
}
