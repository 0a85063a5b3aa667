//! Users as a large service has them, in tenants of every size.
//!
//! A record opens only for the user and the revision that it was sealed for. So there are people, who can sign in, and a population, in which
//! everybody has a key and most have a copy of some person's record: as many bytes, as random as any, but nobody can open them.

use std::time::Duration;

use second_factor::{
    Account, Authority, Clock, DeviceCookie, FirstFactor, KeyRing, MemoryStore, NewAuthenticator, Outbox,
    Policy, Requirement, SignIn, StoredRecord, Token, Trust, UnixTime, UserKey, UserStore, Verifier,
    testing::{ManualClock, Phone},
};

/// What one sign-in waits until the next step of the clock.
const STEP: Duration = Duration::from_secs(30);

/// Who belongs to which tenant, up to a number of users. Half are in one tenant, a quarter in tenants of about 1,000, a quarter in
/// tenants of about 10. Ids are UUIDs in text, of 36 bytes, in no order.
#[derive(Debug, Clone, Copy)]
pub struct Population {
    size: u64,
}

impl Population {
    /// So many users.
    #[must_use]
    pub const fn new(size: u64) -> Self {
        Self { size }
    }

    /// How many users.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.size
    }

    /// The user of this number, from 0.
    #[must_use]
    pub fn user(self, number: u64) -> UserKey {
        let drawn = mixed(number);
        let (kind, place) = (drawn % 4, drawn >> 8);
        let tenant = match kind {
            0 | 1 => Self::largest_tenant(),
            2 => uuid((1 << 40) + place % (self.size / 4 / 1_000).max(1)),
            _ => uuid((2 << 40) + place % (self.size / 4 / 10).max(1)),
        };
        UserKey::new(tenant, uuid(number))
    }

    /// The users who are to be people, if there shall be so many: spread evenly.
    pub fn spread(self, people: u64) -> impl Iterator<Item = UserKey> {
        let every = self.size / people;
        (0..people).map(move |place| self.user(place * every))
    }

    /// Everybody with a record: their own for the people, of whom there are as many as `records`; somebody's for the others.
    pub fn settled(self, records: &[StoredRecord]) -> impl Iterator<Item = Settled<'_>> {
        let count = records.len() as u64;
        let every = self.size / count;
        (0..self.size).map(move |number| {
            let opens = number % every == 0 && number / every < count;
            let place = if opens { number / every } else { mixed(number) % count };
            let record = &records[usize::try_from(place).unwrap()];
            Settled { number, user: self.user(number), record, opens }
        })
    }

    /// The tenant of half of the users.
    #[must_use]
    pub fn largest_tenant() -> String {
        uuid(3 << 40)
    }
}

/// A user and what to write for them.
#[derive(Debug)]
pub struct Settled<'a> {
    /// Counted from 0.
    pub number: u64,
    /// Who.
    pub user: UserKey,
    /// Theirs, or somebody else's.
    pub record: &'a StoredRecord,
    /// Whether it is theirs.
    pub opens: bool,
}

/// People who can sign in: each with an authenticator, ten backup codes, the browser of the set-up, and two trusted ones.
#[derive(Debug)]
pub struct People {
    clock: ManualClock,
    keys: KeyRing,
    people: Vec<Person>,
    records: MemoryStore,
}

/// One of them.
#[derive(Debug)]
pub struct Person {
    account: Account,
    phone: Phone,
    /// The value that the browser of the set-up sends.
    cookie: String,
}

/// A sign-in that waits for its code.
#[derive(Debug)]
pub struct Asked {
    token: Token,
    code: String,
}

impl People {
    /// Sets them up, in memory. Their clock moves on by 90 seconds.
    pub async fn enroll(clock: &ManualClock, users: impl IntoIterator<Item = UserKey>) -> Self {
        let (keys, records) = (KeyRing::generate().unwrap(), MemoryStore::new());
        let verifier = verifier(records.clone(), copy(&keys), clock);
        let mut people = Vec::new();
        for user in users {
            people.push(Person::set_up(&verifier, user, clock.now()).await);
        }
        for label in ["Laptop", "Phone"] {
            clock.advance(STEP);
            for person in &people {
                person.trust(&verifier, label, clock.now()).await;
            }
        }
        clock.advance(STEP);
        Self { clock: clock.clone(), keys, people, records }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Person] {
        &self.people
    }

    /// Their records, in the same order, to be put into a store.
    pub async fn records(&self) -> Vec<StoredRecord> {
        let mut records = Vec::with_capacity(self.people.len());
        for person in &self.people {
            records.push(self.records.load(person.user()).await.unwrap().unwrap());
        }
        records
    }

    /// What signs them in, on a store that has their records.
    #[must_use]
    pub fn verifier(&self, store: impl UserStore) -> Verifier {
        verifier(store, copy(&self.keys), &self.clock)
    }
}

impl Person {
    async fn set_up(verifier: &Verifier, user: UserKey, now: UnixTime) -> Self {
        let policy = Policy::new(Requirement::Optional).trusted_devices(Trust::UntilSignOut);
        let account = Account::new(user, b"stamp", &policy);
        let new = NewAuthenticator::new("ann@example.com");
        let enrollment = verifier.enroll(&account, Authority::OpenSession, &new).await.unwrap();
        let phone = Phone::scan(enrollment.uri());
        let code = phone.code_at(now);
        let enrolled = verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
        let cookie = enrolled.signed_in.cookie().map(value).unwrap();
        Self { account, phone, cookie }
    }

    /// Trusts a further browser. Now and then the code is that of the step before, which is spent: then there is one browser less.
    async fn trust(&self, verifier: &Verifier, label: &str, now: UnixTime) {
        let next = verifier.begin(&self.account, FirstFactor::Password, None).await.unwrap();
        let SignIn::Challenge(challenge) = next else { panic!("an enrolled user is asked") };
        let code = self.phone.code_at(now);
        let _rarely_refused = verifier.verify(&self.account, challenge.token(), &code, Some(label)).await;
    }

    /// Whose record.
    #[must_use]
    pub fn user(&self) -> &UserKey {
        self.account.user()
    }

    /// The first half of a sign-in, in the browser of the set-up, which is known and asked: one read.
    pub async fn begin(&self, verifier: &Verifier, now: UnixTime) -> Asked {
        let next = verifier.begin(&self.account, FirstFactor::Password, Some(&self.cookie)).await.unwrap();
        let SignIn::Challenge(challenge) = next else { panic!("this browser is not trusted") };
        Asked { token: challenge.token().clone(), code: self.phone.code_at(now) }
    }

    /// The second half: one read, one write. Whether the code was good: two neighboring steps may have the same one.
    pub async fn verify(&self, verifier: &Verifier, asked: &Asked) -> bool {
        match verifier.verify(&self.account, &asked.token, &asked.code, None).await {
            Ok(signed_in) => signed_in.assurance().is_second_factor(),
            Err(second_factor::Error::Rejected(_)) => false,
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn verifier(store: impl UserStore, keys: KeyRing, clock: &ManualClock) -> Verifier {
    Verifier::builder(store, Outbox::new(), keys).issuer("Acme").clock(clock.clone()).build().unwrap()
}

fn copy(keys: &KeyRing) -> KeyRing {
    KeyRing::from_text(&keys.to_text()).unwrap()
}

/// What the browser sends back.
fn value(cookie: &DeviceCookie) -> String {
    let (_, value) = cookie.header().split_once('=').unwrap();
    value.split(';').next().unwrap_or_default().to_owned()
}

/// A number in no order, but the same each time (`splitmix64`).
const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn uuid(number: u64) -> String {
    let (high, low) = (mixed(number), mixed(!number));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    format!(
        "{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}",
        ((low >> 48) & 0x3fff) | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_population_has_one_tenant_of_half_of_it_and_many_small_ones() {
        let population = Population::new(10_000);
        let users: BTreeSet<_> = (0..population.size()).map(|number| population.user(number)).collect();
        assert_eq!(users.len(), 10_000);
        let mut tenants = BTreeMap::<_, u64>::new();
        for user in &users {
            assert_eq!((user.user().len(), user.tenant().as_str().len()), (36, 36));
            *tenants.entry(user.tenant().as_str()).or_default() += 1;
        }
        let largest = tenants[Population::largest_tenant().as_str()];
        assert!((4_500..5_500).contains(&largest), "{largest}");
        assert!(tenants.len() > 200, "{}", tenants.len());
    }
}
