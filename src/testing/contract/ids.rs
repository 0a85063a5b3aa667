//! Clause 5: exactly this tenant and user, whatever the ids look like.

use std::collections::BTreeSet;

use super::{Clause, fail, subject::Subject};
use crate::{
    store::{StoredRecord, Swap, UserStore},
    user::UserKey,
};

/// Ids of which no two are the same, though databases, languages and people take some of them for each other.
#[rustfmt::skip]
pub(super) const HOSTILE: &[&str] = &[
    // Nothing, and what some trim to nothing.
    "", " ", "  ", "\t", "\n", "\0",
    // What is trimmed, cut at a zero, or not seen.
    "a", " a", "a ", "a  ", "a\t", "a\n", "a\r\n", "a\0", "a\0b", "\0a", "\u{feff}a", "a\u{200b}", "a\u{a0}",
    // Upper and lower case, in several languages' ways.
    "A", "ß", "ss", "SS", "ẞ", "i", "I", "ı", "İ", "i\u{307}", "ﬁ", "fi", "σ", "ς", "Σ", "K", "\u{212a}",
    // Composed and decomposed.
    "\u{e4}", "a\u{308}", "Ä", "å", "\u{212b}",
    // Look-alikes, and what some read as a number or as nothing.
    "ａ", "\u{430}", "𝐚", "１", "1", "01", "1.0", "1e0", "+1", "-1", "١", "null", "NULL", "None", "true", "undefined",
    // Patterns, paths, quotes, escapes.
    "%", "_", "*", "?", "a%", "a_", "a.", ".", "..", "../a", "a/b", "a\\b", "a\\", "a:b", "a|b", "a,b", "a;b", "a#b",
    "'", "''", "\"", "`", "' OR '1'='1", "a'; DROP TABLE second_factor; --", "\\'; --", "${a}", "{a}", "%00", "%61",
    // Beyond the basic plane, joined, and from right to left.
    "🦀", "👩\u{200d}💻", "👩", "\u{202e}a", "日本", "𠮷", "\u{10ffff}",
];

/// What stores put between a tenant and a user when they make one key of both.
const SEPARATORS: &[&str] = &[":", "::", "/", "|", "-", "_", ".", ",", "#", "@", " ", "\n", "\u{1f}", "\0"];

/// The longest id, in bytes, that every store must hold. A longer one it may refuse with an error.
pub(super) const LONGEST: usize = 255;

/// Every hostile id, once as a user and once as a tenant, has a record of its own and gets exactly that.
pub(super) async fn exactness<S: UserStore>(store: &Subject<S>) {
    let (tenant, user) = (store.new_name(), store.new_name());
    let longest = "l".repeat(LONGEST);
    let too_long = [format!("{longest}xy"), format!("{longest}xz"), "l".repeat(70_000)];
    let ids: BTreeSet<&str> = HOSTILE
        .iter()
        .copied()
        .chain([longest.as_str()])
        .chain(too_long.iter().map(String::as_str))
        .collect();
    let as_users = ids.iter().map(|id| UserKey::new(&tenant, *id));
    let as_tenants = ids.iter().map(|id| UserKey::new(*id, &user));
    hold_apart(store, as_users.chain(as_tenants).collect()).await;
}

/// Tenant and user are two things: no separator makes one pair look like another.
pub(super) async fn no_joined_keys<S: UserStore>(store: &Subject<S>) {
    let start = store.new_name();
    let mut users = vec![
        UserKey::new(format!("{start}a"), "bc"),
        UserKey::new(format!("{start}ab"), "c"),
        UserKey::new(format!("{start}abc"), ""),
        UserKey::new("bc", format!("{start}a")),
        UserKey::new("", format!("{start}abc")),
    ];
    for separator in SEPARATORS {
        users.push(UserKey::new(format!("{start}a{separator}b"), "c"));
        users.push(UserKey::new(format!("{start}a"), format!("b{separator}c")));
        users.push(UserKey::new(format!("{start}a{separator}"), "b"));
        users.push(UserKey::new(format!("{start}a"), format!("{separator}b")));
    }
    hold_apart(store, users).await;
}

async fn hold_apart<S: UserStore>(store: &Subject<S>, users: Vec<UserKey>) {
    let mut held: Vec<(UserKey, StoredRecord)> = Vec::new();
    let mut refused = Vec::new();
    for user in users {
        let record = store.new_record();
        match store.try_swap(&user, &record).await {
            Some(Swap::Done) => held.push((user, record)),
            Some(Swap::Conflict) => fail(
                Clause::OpaqueAndExact,
                format_args!("{}: was taken for another user, who has a record", shown(&user)),
            ),
            None if may_be_refused(&user) => refused.push(user),
            None => fail(Clause::OpaqueAndExact, format_args!("{}: could not be stored", shown(&user))),
        }
    }
    for user in &refused {
        if store.try_load(user).await.is_some() {
            fail(Clause::OpaqueAndExact, format_args!("{}: reads another user's record", shown(user)));
        }
    }
    for (user, record) in &held {
        store.expect_stored(Clause::OpaqueAndExact, user, record, &shown(user)).await;
    }
    while let Some((user, record)) = held.pop() {
        store.expect_removed(&user, record.revision(), &shown(&user)).await;
        store.expect_absent(Clause::Absent, &user, &shown(&user)).await;
        if let Some((neighbor, beside)) = held.last() {
            let what = format!("{} after the removal of {}", shown(neighbor), shown(&user));
            store.expect_stored(Clause::OpaqueAndExact, neighbor, beside, &what).await;
        }
    }
}

pub(super) fn may_be_refused(user: &UserKey) -> bool {
    [user.tenant().as_str(), user.user()].iter().any(|id| id.len() > LONGEST || id.contains('\0'))
}

/// Both ids with everything invisible escaped, shortened.
pub(super) fn shown(user: &UserKey) -> String {
    let short = |id: &str| {
        let start: String = id.chars().take(60).flat_map(char::escape_default).collect();
        if id.chars().nth(60).is_some() { format!("{start}… ({} bytes)", id.len()) } else { start }
    };
    format!("tenant \"{}\", user \"{}\"", short(user.tenant().as_str()), short(user.user()))
}
