//! The members of a company as its administrators look for them.

use sqlx::{AssertSqlSafe, Row};

use super::{
    Db,
    users::{USERS, User, user},
};

/// Who is looked for.
#[derive(Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Which {
    #[default]
    All,
    /// Those who have a second factor, as the host remembers it.
    On,
    Off,
    Administrators,
}

impl Which {
    pub(crate) const ALL: [Self; 4] = [Self::All, Self::On, Self::Off, Self::Administrators];

    const fn condition(self) -> &'static str {
        match self {
            Self::All => "1",
            Self::On => "has_second_factor = 1",
            Self::Off => "has_second_factor = 0",
            Self::Administrators => "is_administrator = 1",
        }
    }
}

/// A page of members, and how many there are on all of them.
pub(crate) struct Members {
    pub(crate) page: Vec<User>,
    pub(crate) found: u64,
}

impl Db {
    /// Those whose address has this in it, by address; so many, after so many others.
    pub(crate) async fn members(
        &self,
        company: &str,
        address: &str,
        which: Which,
        most: u32,
        after: u32,
    ) -> sqlx::Result<Members> {
        let matching =
            format!("WHERE company_id = ? AND instr(lower(email), lower(?)) > 0 AND {}", which.condition());
        let count = format!("SELECT count(*) FROM users {matching}");
        let found =
            sqlx::query(AssertSqlSafe(count)).bind(company).bind(address).fetch_one(&self.pool).await?;
        let page = format!("{USERS} {matching} ORDER BY email LIMIT ? OFFSET ?");
        let page = sqlx::query(AssertSqlSafe(page))
            .bind(company)
            .bind(address)
            .bind(most)
            .bind(after)
            .fetch_all(&self.pool)
            .await?;
        let found: i64 = found.try_get(0)?;
        Ok(Members {
            page: page.into_iter().map(user).collect::<Result<_, _>>()?,
            found: found.cast_unsigned(),
        })
    }
}
