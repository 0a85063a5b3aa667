//! Many rows in few statements, into a table whose indexes are there: they grow as they would over the years, in no order.

use second_factor::{Clock, Summary, Verifier, testing::ManualClock};
use second_factor_sqlx::{PostgresStore, Table};
use second_factor_testbed::population::{People, Population};
use sqlx::AssertSqlSafe;

use crate::place::Place;

/// Up to so many can sign in; all others have a copy of somebody's record, which does not open.
const PEOPLE: u64 = 5_000;
const ROWS_AT_ONCE: usize = 2_000;

/// A table with its users.
pub struct Filled {
    pub table: Table,
    pub store: PostgresStore,
    pub population: Population,
    pub people: People,
    pub verifier: Verifier,
}

impl Filled {
    /// One user in twenty has a record and no second factor, one in a hundred is locked for some time of the next day.
    pub async fn new(place: &Place, clock: &ManualClock, size: u64) -> Self {
        let (table, population) = (place.table(size), Population::new(size));
        let store = place.store(&table).await;
        let people = People::enroll(clock, population.spread(PEOPLE.min(size / 2))).await;
        let records = people.records().await;
        let now = clock.now().seconds();
        let mut rows = Rows::default();
        for settled in population.settled(&records) {
            let mut summary = *settled.record.summary();
            if !settled.opens && settled.number % 20 == 7 {
                summary = Summary::default();
            }
            let locked = !settled.opens && settled.number % 100 == 3;
            let until = locked.then(|| i64::try_from(now + 1 + settled.number % 86_400).unwrap());
            rows.tenants.push(settled.user.tenant().as_str().into());
            rows.users.push(settled.user.user().into());
            rows.revisions.push(settled.record.revision().as_bytes().into());
            rows.records.push(settled.record.sealed().into());
            rows.push_summary(&summary, until);
            if rows.users.len() == ROWS_AT_ONCE {
                std::mem::take(&mut rows).insert(&store, &table).await;
            }
        }
        rows.insert(&store, &table).await;
        place.run(&format!("VACUUM (ANALYZE) {table}")).await;
        let verifier = people.verifier(store.clone());
        Self { table, store, population, people, verifier }
    }
}

/// Rows of the table, column by column.
#[derive(Default)]
struct Rows {
    tenants: Vec<Vec<u8>>,
    users: Vec<Vec<u8>>,
    revisions: Vec<Vec<u8>>,
    records: Vec<Vec<u8>>,
    generations: Vec<i64>,
    enrolled: Vec<Option<i64>>,
    verified: Vec<Option<i64>>,
    codes: Vec<i16>,
    devices: Vec<i16>,
    locked: Vec<Option<i64>>,
    notices: Vec<i16>,
}

impl Rows {
    fn push_summary(&mut self, summary: &Summary, locked_until: Option<i64>) {
        let number = |number: u64| i64::try_from(number).unwrap();
        self.generations.push(number(summary.generation));
        self.enrolled.push(summary.enrolled_at.map(|time| number(time.seconds())));
        self.verified.push(summary.last_verified_at.map(|time| number(time.seconds())));
        self.codes.push(summary.backup_codes_left.into());
        self.devices.push(summary.trusted_devices.into());
        self.locked.push(locked_until);
        self.notices.push(summary.pending_notices.into());
    }

    async fn insert(self, store: &PostgresStore, table: &Table) {
        let sql = format!(
            "INSERT INTO {table} (tenant, user_id, revision, record, generation, enrolled_at, last_verified_at, \
             backup_codes_left, trusted_devices, locked_until, pending_notices) \
             SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[], \
             $7::bigint[], $8::smallint[], $9::smallint[], $10::bigint[], $11::smallint[])"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(self.tenants).bind(self.users).bind(self.revisions);
        let query = query.bind(self.records).bind(self.generations).bind(self.enrolled).bind(self.verified);
        let query = query.bind(self.codes).bind(self.devices).bind(self.locked).bind(self.notices);
        query.execute(store.pool()).await.unwrap();
    }
}
