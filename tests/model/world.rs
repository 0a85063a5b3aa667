//! The world that a sequence runs in: two servers on one store, a clock, a mail server, the users and what they hold.

use second_factor::{
    Account, Assurance, Channel, Clock, KeyRing, Policy, UnixTime, UserKey, Verifier, testing::ManualClock,
};

use crate::{
    ledger::Ledger,
    mail::Mail,
    person::{Handed, Person},
    policies::policy,
    steps::{self, Random, USERS},
    store::Store,
};

/// Two users in each of two tenants; one name in both.
const NAMES: [(&str, &str); USERS] = [("acme", "ann"), ("acme", "bob"), ("globex", "ann"), ("globex", "cat")];
const START: u64 = 1_760_000_010;

pub(crate) struct User {
    pub(crate) key: UserKey,
    pub(crate) stamp: u32,
    pub(crate) person: Person,
    /// So many notices may be missing: nobody could deliver them, or the record was erased with them.
    pub(crate) lost: bool,
}

/// How often something was seen, by name.
pub(crate) type Seen = std::collections::BTreeMap<String, u64>;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) mail: Mail,
    pub(crate) ring: String,
    /// How many keys there have been, and the oldest that still opens.
    pub(crate) keys: (u32, u32),
    pub(crate) servers: [Verifier; 2],
    pub(crate) users: Vec<User>,
    pub(crate) policies: [Policy; 2],
    pub(crate) handed: Vec<Option<Handed>>,
    pub(crate) cookies: Vec<(usize, String)>,
    pub(crate) sessions: Vec<(usize, Assurance)>,
    pub(crate) accepted: Vec<String>,
    pub(crate) tickets: Vec<(usize, String)>,
    pub(crate) ledger: Ledger,
    pub(crate) elapsed: u64,
    pub(crate) latest: u64,
    /// How often which call said what.
    pub(crate) seen: Seen,
    pub(crate) random: Random,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let (store, mail) = (Store::default(), Mail::default());
        let clock = ManualClock::new(UnixTime::from_seconds(START));
        let ring = KeyRing::generate().unwrap().to_text().to_string();
        let servers = [(); 2].map(|()| server(&store, &clock, &mail, &ring));
        let users = NAMES.map(|(tenant, name)| User {
            key: UserKey::new(tenant, name),
            stamp: 0,
            person: Person::default(),
            lost: false,
        });
        let mut random = Random(seed);
        let policies = [(); 2].map(|()| policy(random.below(steps::POLICIES)));
        Self {
            store,
            clock,
            mail,
            ring,
            keys: (0, 0),
            servers,
            users: users.into(),
            policies,
            handed: vec![None],
            cookies: Vec::new(),
            sessions: Vec::new(),
            accepted: Vec::new(),
            tickets: Vec::new(),
            ledger: Ledger::default(),
            elapsed: 0,
            latest: START,
            seen: Seen::new(),
            random,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now().seconds()
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.elapsed += seconds;
        self.clock.set(UnixTime::from_seconds(self.now() + seconds));
        self.latest = self.latest.max(self.now());
    }

    /// New servers under other keys.
    pub(crate) fn restart(&mut self, ring: &KeyRing) {
        self.ring = ring.to_text().to_string();
        self.servers = [(); 2].map(|()| server(&self.store, &self.clock, &self.mail, &self.ring));
    }

    pub(crate) fn account(&self, who: usize) -> Account {
        let user = &self.users[who];
        Account::new(
            user.key.clone(),
            user.stamp.to_be_bytes().map(|byte| byte | 0x40),
            &self.policies[who / 2],
        )
        .administrator(who.is_multiple_of(2))
        .reachable_by(Channel::Email)
        .reachable_by(Channel::Sms)
    }
}

fn server(store: &Store, clock: &ManualClock, mail: &Mail, ring: &str) -> Verifier {
    let keys = KeyRing::from_text(ring).unwrap();
    Verifier::builder(store.clone(), mail.clone(), keys).issuer("Acme").clock(clock.clone()).build().unwrap()
}
