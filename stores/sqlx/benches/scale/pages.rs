//! Pages of 50 of the largest tenant's member list: the first, one in the middle, the last.

use std::time::{Duration, Instant};

use second_factor::{Summary, TenantId, UnixTime, UserDirectory, UserKey};
use second_factor_sqlx::Standing;
use second_factor_testbed::population::Population;
use sqlx::{AssertSqlSafe, Row};

use crate::{
    fill::Filled,
    sign_ins::{median, ms, quantile},
};

const LIMIT: u32 = 50;
const TIMES: usize = 50;

pub async fn measure(now: UnixTime, tables: &[Filled]) {
    println!("\nPages of {LIMIT} of the largest tenant: milliseconds (median; p99 of {TIMES})");
    println!("{:>9} {:<14} {:>9} {:>16} {:>16} {:>16}", "users", "page", "listed", "first", "middle", "last");
    for filled in tables {
        let lists = [
            ("everybody", None),
            ("enrolled", Some(Standing::Enrolled)),
            ("not enrolled", Some(Standing::NotEnrolled)),
            ("locked", Some(Standing::LockedAt(now))),
        ];
        for (name, standing) in lists {
            let list = List { filled, standing, tenant: TenantId::new(Population::largest_tenant()), now };
            let listed = list.count().await;
            let mut columns = Vec::new();
            for skipped in [None, Some(listed / 2), Some(listed - i64::from(LIMIT).min(listed - 1) - 1)] {
                columns.push(list.page(skipped).await);
            }
            let size = filled.population.size();
            println!(
                "{size:>9} {name:<14} {listed:>9} {:>16} {:>16} {:>16}",
                columns[0], columns[1], columns[2]
            );
        }
        let taken = summaries(filled).await;
        println!("{:>9} {:<14} {:>9} {taken:>16}", filled.population.size(), "summaries", "");
    }
}

struct List<'a> {
    filled: &'a Filled,
    standing: Option<Standing>,
    tenant: TenantId,
    now: UnixTime,
}

impl List<'_> {
    fn order(&self) -> (String, &'static str) {
        match self.standing {
            Some(Standing::Enrolled) => ("enrolled_at IS NOT NULL".into(), "user_id"),
            Some(Standing::NotEnrolled) => ("enrolled_at IS NULL".into(), "user_id"),
            Some(_) => (format!("locked_until > {}", self.now.seconds()), "locked_until, user_id"),
            None => ("true".into(), "user_id"),
        }
    }

    async fn count(&self) -> i64 {
        let sql =
            format!("SELECT count(*) FROM {} WHERE tenant = $1 AND {}", self.filled.table, self.order().0);
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(self.tenant.as_str().as_bytes());
        query.fetch_one(self.filled.store.pool()).await.unwrap()
    }

    /// The page behind so many, of whom the last one is looked up beforehand.
    async fn page(&self, skipped: Option<i64>) -> String {
        let last = match skipped {
            Some(skipped) => Some(self.user(skipped).await),
            None => None,
        };
        let mut taken = Vec::new();
        for _ in 0..TIMES {
            let (store, started) = (&self.filled.store, Instant::now());
            let page = match self.standing {
                Some(standing) => {
                    store.list_by_standing(&self.tenant, standing, last.as_ref(), LIMIT).await.unwrap()
                }
                None => {
                    let after = last.as_ref().map(|(user, _)| user);
                    store.list(&self.tenant, after, LIMIT).await.unwrap()
                }
            };
            taken.push(started.elapsed());
            assert!(!page.is_empty());
        }
        shown(&taken)
    }

    async fn user(&self, skipped: i64) -> (UserKey, Summary) {
        let (condition, order) = self.order();
        let sql = format!(
            "SELECT user_id, locked_until FROM {} WHERE tenant = $1 AND {condition} ORDER BY {order} OFFSET $2 LIMIT 1",
            self.filled.table
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(self.tenant.as_str().as_bytes()).bind(skipped);
        let row = query.fetch_one(self.filled.store.pool()).await.unwrap();
        let user = String::from_utf8(row.get::<Vec<u8>, _>(0)).unwrap();
        let mut summary = Summary::default();
        let until: Option<i64> = row.get(1);
        summary.locked_until = until.map(|until| UnixTime::from_seconds(until.try_into().unwrap()));
        (UserKey::new(self.tenant.as_str(), user), summary)
    }
}

/// The summaries of 50 members of all tenants, others each time.
async fn summaries(filled: &Filled) -> String {
    let (count, size) = (u64::from(LIMIT), filled.population.size());
    let mut taken = Vec::new();
    for time in 0..TIMES as u64 {
        let numbers = (0..count).map(|place| (time * count + place) * (size / 7 * 3 + 1) % size);
        let users: Vec<_> = numbers.map(|number| filled.population.user(number)).collect();
        let started = Instant::now();
        let found = filled.store.summaries(&users).await.unwrap();
        taken.push(started.elapsed());
        assert!(found.iter().all(Option::is_some));
    }
    shown(&taken)
}

fn shown(taken: &[Duration]) -> String {
    format!("{:.2}; {:.2}", ms(median(taken)), ms(quantile(taken, 0.99)))
}
