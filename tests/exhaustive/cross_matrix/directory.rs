//! The list of those whom the matrix knows, over the rows that they have.

use second_factor::{Administration, Summary, TenantId, UserDirectory, UserKey};

use super::matrix::everybody;
use crate::common::{World, store::Watched};

/// The tenants' administration, as it is with the keys of now.
pub(super) fn administration(world: &World) -> Administration {
    Administration::new(&world.verifier, Everybody(world.store.clone()))
}

struct Everybody(Watched);

impl Everybody {
    fn summary(&self, user: &UserKey) -> Option<Summary> {
        self.0.row(user).map(|row| *row.summary())
    }
}

impl UserDirectory for Everybody {
    type Error = std::convert::Infallible;

    async fn summaries(&self, users: &[UserKey]) -> Result<Vec<Option<Summary>>, Self::Error> {
        Ok(users.iter().map(|user| self.summary(user)).collect())
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&UserKey>,
        limit: u32,
    ) -> Result<Vec<(UserKey, Summary)>, Self::Error> {
        let mut users: Vec<_> = everybody().filter(|user| user.tenant() == tenant).collect();
        users.sort_by(|one, two| one.user().cmp(two.user()));
        let is_next = |user: &UserKey| after.is_none_or(|after| after.user() < user.user());
        let next = users.into_iter().filter(is_next);
        let listed = next.filter_map(|user| Some((user.clone(), self.summary(&user)?)));
        Ok(listed.take(limit as usize).collect())
    }
}
