//! Who a record belongs to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::primitives::{digest, stored::stored};

/// A tenant of the host: the company, workspace or realm whose policy applies. A host without tenants uses one name for all.
///
/// Compared byte for byte: bring ids into their canonical form before they come here.
///
/// ```
/// use second_factor::{Administration, Result, TenantId, Totals, UserKey};
///
/// /// The front page of the administration: how many of the administrator's company have it on.
/// async fn front_page(administration: &Administration, administrator: &UserKey) -> Result<Totals> {
///     let company: &TenantId = administrator.tenant();
///     administration.totals(company).await
/// }
///
/// /// In front of each page on a member: nobody administers another company.
/// fn may_administer(administrator: &UserKey, member: &UserKey) -> bool {
///     administrator.tenant() == member.tenant()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);
stored!(TenantId(String));

impl TenantId {
    /// The tenant that the host knows by `id`.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The host's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user of a tenant: the key of every record, counter and seal.
///
/// Use the id that never changes (a primary key), never what a person types to sign in: counters must not depend on the spelling
/// of a name. Tenant and user have at most 1024 bytes each. Compared byte for byte; the pair (`"a"`, `"bc"`) shares nothing with (`"ab"`, `"c"`).
///
/// ```
/// use second_factor::UserKey;
///
/// /// Of a row of the host's user table: the primary key, not the address.
/// fn key(tenant: &str, id: u64) -> UserKey {
///     UserKey::new(tenant, id.to_string())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserKey {
    tenant: TenantId,
    user: String,
}
stored!(UserKey { 0: tenant, 1: user });

impl UserKey {
    /// The user that the host knows by `user` within `tenant`.
    #[must_use]
    pub fn new(tenant: impl Into<String>, user: impl Into<String>) -> Self {
        Self { tenant: TenantId::new(tenant), user: user.into() }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The user's id within the tenant.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// 128 bits that name this user for one purpose, without showing who it is. The key is public, so it is no secret: whoever knows the ids
    /// can make it.
    pub(crate) fn public_digest(&self, purpose: &[u8]) -> u128 {
        let (tenant, user) = (self.tenant.as_str().as_bytes(), self.user.as_bytes());
        // Each behind its length, so that a border that moves makes another name.
        let [tenant_length, user_length] = [tenant, user].map(|part| (part.len() as u64).to_be_bytes());
        digest::keyed(b"second-factor", purpose, &[&tenant_length, tenant, &user_length, user])
    }
}
