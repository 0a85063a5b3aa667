//! The world of the matrix, and what is asked of every case.

use second_factor::{Error, Requirement, StoredRecord, UnixTime, UserKey};

use super::{
    door::Door,
    person::{CHANGES, Item, Kind, Person},
};
use crate::common::{START, World};

/// Runs to the end: nothing waits here.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the memory store waited"),
    }
}

/// One user with everything, one before the set-up after a reset, one before the first, and for each of them one of another
/// name, one of another tenant, and one whose ids read the same one after the other.
pub(super) struct Matrix {
    pub(super) world: World,
    /// The first is the holder of what is tried.
    pub(super) enrolled: Vec<Person>,
    reset: Vec<Person>,
    new: Vec<Person>,
    rows: Vec<(UserKey, Option<StoredRecord>)>,
    at: UnixTime,
}

const KEYS: [(&str, &str); 4] = [("a", "bc"), ("a", "bd"), ("x", "bc"), ("ab", "c")];
const RESET_KEYS: [(&str, &str); 4] = [("r", "es"), ("r", "et"), ("s", "es"), ("re", "s")];
const NEW_KEYS: [(&str, &str); 4] = [("n", "ew"), ("n", "ex"), ("m", "ew"), ("ne", "w")];

/// Everybody who is in the matrix.
pub(super) fn everybody() -> impl Iterator<Item = UserKey> {
    let all = [KEYS, RESET_KEYS, NEW_KEYS].into_iter().flatten();
    all.map(|(tenant, user)| UserKey::new(tenant, user))
}

impl Matrix {
    pub(super) fn new() -> Self {
        loop {
            let matrix = Self::try_new();
            if matrix.has_no_code_twice(&[]) {
                return matrix;
            }
        }
    }

    pub(super) fn try_new() -> Self {
        let world = World::new();
        let key = |&(tenant, user): &(&str, &str)| UserKey::new(tenant, user);
        let enroll = |ids| {
            world.clock.set(START);
            now(Person::enrolled(&world, &key(ids)))
        };
        let mut enrolled: Vec<_> = KEYS.iter().map(enroll).collect();
        let mut new: Vec<_> = NEW_KEYS.iter().map(|ids| now(Person::new(&world, &key(ids)))).collect();
        let mut reset: Vec<_> = RESET_KEYS.iter().map(|ids| now(Person::reset(&world, &key(ids)))).collect();
        for person in &mut enrolled {
            now(person.draw_the_rest(&world));
            for requirement in CHANGES {
                now(person.preview(&world, requirement));
            }
        }
        for person in reset.iter_mut().chain(&mut new) {
            now(person.preview(&world, Requirement::Off));
        }
        let rows = everybody().map(|key| (key.clone(), world.store.row(&key))).collect();
        let at = world.now();
        Self { world, enrolled, reset, new, rows, at }
    }

    /// All codes of digits that somebody could be asked for about now.
    pub(super) fn digits(&self) -> Vec<String> {
        let phones = self.enrolled.iter().flat_map(|person| person.phones.iter().chain(&person.pending));
        let shown = phones.flat_map(|phone| (-2..25).map(|steps| self.world.code(phone, steps)));
        let sent =
            self.enrolled.iter().flat_map(|it| [it.text(&Kind::SentCode), it.text(&Kind::OlderSentCode)]);
        shown.chain(sent).collect()
    }

    /// Whether no code is right, or nearly right, by chance: such a world is drawn again.
    pub(super) fn has_no_code_twice(&self, others: &[String]) -> bool {
        let mut all = self.digits();
        let near = all.iter().flat_map(|code| changed(code)).map(|(_, text)| text);
        let near: std::collections::BTreeSet<_> = near.chain(["123456".to_owned()]).collect();
        all.extend_from_slice(others);
        all.sort();
        all.windows(2).all(|pair| pair[0] != pair[1]) && all.iter().all(|code| !near.contains(code))
    }

    /// Everything as it was.
    pub(super) fn again(&self) {
        for (key, row) in &self.rows {
            self.world.store.force(key, row.clone());
        }
        self.world.clock.set(self.at);
    }

    /// The holders, each with those who must not be taken for them.
    pub(super) fn holders(&self) -> [(&Person, &[Person]); 3] {
        [&self.enrolled, &self.reset, &self.new].map(|group| (&group[0], &group[1..]))
    }

    /// All of them.
    pub(super) fn persons(&self) -> impl Iterator<Item = &Person> {
        self.enrolled.iter().chain(&self.reset).chain(&self.new)
    }

    /// Everything with its holder.
    pub(super) fn items(&self) -> Vec<(&Person, &Item)> {
        self.holders()
            .iter()
            .flat_map(|(holder, _)| holder.items.iter().map(move |it| (*holder, it)))
            .collect()
    }

    /// Where it is good.
    pub(super) fn right_doors(kind: &Kind) -> Vec<Door> {
        Door::ALL.into_iter().filter(|door| door.takes(kind)).collect()
    }

    pub(super) fn passes(&self, door: Door, person: &Person, text: &str) -> bool {
        match now(door.try_with(&self.world, person, text)) {
            Ok(()) => true,
            Err(Error::Rejected(rejection)) => {
                assert_eq!(rejection.to_string(), "the code was not accepted", "P28: whatever the reason");
                false
            }
            Err(Error::NotAllowed(_)) => false,
            Err(Error::Unavailable(error)) => panic!("{door:?}: {error:?}"),
        }
    }

    /// What stands of everybody.
    pub(super) fn standing(&self) -> Vec<String> {
        self.persons()
            .map(|person| {
                let cookie = person.text(&Kind::Cookie);
                format!("{:?}", now(self.world.verifier.status(&person.account, Some(&cookie))).unwrap())
            })
            .collect()
    }

    /// It is refused here, and nothing else changed; where `still_good`, it is accepted afterwards in its right place.
    pub(super) fn refused(
        &self,
        why: &str,
        door: Door,
        person: &Person,
        text: &str,
        still_good: Option<(&Person, &Item)>,
    ) {
        let before = self.standing();
        let (whose, name) = (person.key(), still_good.map(|(_, item)| &item.kind));
        assert!(!self.passes(door, person, text), "{why}: {name:?} at {door:?} of {whose:?}");
        assert_eq!(self.standing(), before, "{why}: {name:?} at {door:?} of {whose:?} changed something");
        let right_doors = still_good.map(|(_, item)| Self::right_doors(&item.kind)).unwrap_or_default();
        if let (Some((holder, item)), Some(right)) = (still_good, right_doors.first()) {
            let accepted = self.passes(*right, holder, &item.text);
            assert!(accepted, "{why}: {name:?} is no longer good at {right:?}");
        }
    }
}

/// Each character changed, the last one lost, the first one lost, nothing at all.
pub(super) fn changed(text: &str) -> Vec<(String, String)> {
    let mut changed = vec![("empty".to_owned(), String::new())];
    changed.push(("truncated".into(), text[..text.len() - 1].into()));
    changed.push(("beheaded".into(), text[1..].into()));
    let places = text.char_indices().filter(|(_, character)| character.is_ascii_alphanumeric());
    // All of a short text; of a sealed one enough to meet the header, the nonce, the text and the tag.
    let stride = text.len() / 40 + 1;
    for (place, character) in places.filter(|(place, _)| place % stride == 0 || *place == text.len() - 1) {
        // Six digits stay six digits, and look like none that a phone shows near this moment.
        let other = match character {
            '0'..='8' => char::from(character as u8 + 1),
            '9' => '0',
            'A' => 'B',
            _ => 'A',
        };
        let text = format!("{}{other}{}", &text[..place], &text[place + 1..]);
        changed.push((format!("character {place} changed"), text));
    }
    changed
}
