//! Clause 5: exactly this tenant and user, whatever the ids look like.

use std::collections::BTreeSet;

use super::{
    Clause, fail,
    subject::{Subject, text_of},
};
use crate::{
    store::{StoredRecord, Swap, UserStore},
    user::UserKey,
};

/// Ids of which no two are the same, though databases, languages and people take some of them for each other.
#[rustfmt::skip]
pub(super) const HOSTILE: &[&str] = &[
    // Nothing, and what some trim to nothing.
    "", " ", "  ", "\t", "\n", "\r\n", "\0", "\0\0", "\u{a0}", "\u{3000}", "\u{200b}", "\u{feff}", "\u{ad}",
    // What is trimmed, cut at a zero, or not seen.
    "a", " a", "a ", "a  ", "a\t", "a\n", "a\r\n", "a\r", "a\u{b}", "a\u{85}", "a\u{2028}", "a\0", "a\0b", "a\0c", "\0a",
    "\u{feff}a", "a\u{feff}", "a\u{200b}", "a\u{200d}", "a\u{2060}", "a\u{ad}", "a\u{a0}", "a\u{fe0f}", "a\u{1}", "a\u{7f}", "a\u{80}",
    // Upper and lower case, in several languages' ways.
    "A", "aB", "Ab", "ß", "ss", "SS", "ẞ", "i", "I", "ı", "İ", "i\u{307}", "ﬁ", "fi", "σ", "ς", "Σ", "K", "k", "\u{212a}",
    "ſ", "s", "S", "ǆ", "ǅ", "Ǆ", "é", "É", "e", "E", "д", "Д", "Ꭰ", "\u{ab70}", "œ", "oe", "æ", "ae", "ŉ", "\u{2bc}n",
    // Composed and decomposed; marks in another order; letters made of others.
    "\u{e4}", "a\u{308}", "Ä", "A\u{308}", "å", "a\u{30a}", "\u{c5}", "A\u{30a}", "\u{212b}", "e\u{301}", "\u{1e69}",
    "s\u{323}\u{307}", "s\u{307}\u{323}", "\u{1e61}\u{323}", "한", "\u{1112}\u{1161}\u{11ab}", "が", "か\u{3099}", "か", "カ", "ｶ", "①", "²", "2",
    // Look-alikes, and what some read as a number, as a truth or as nothing.
    "ａ", "\u{430}", "𝐚", "@", "＠", "１", "1", "01", "001", "1.0", "1.", "1e0", "+1", "-1", "1 ", "0", "-0", "0x1", "1_0", "١",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e400", "inf", "NaN",
    "null", "NULL", "None", "nil", "true", "TRUE", "t", "f", "false", "undefined", "default", "__proto__",
    "550e8400-e29b-41d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000",
    "{550e8400-e29b-41d4-a716-446655440000}",
    // Patterns, paths, quotes, escapes, other ways to write bytes.
    "%", "%%", "_", "__", "*", "**", "?", "a%", "a_", "a*", "a?", "%a", "_a", "%a%", "[a]", "[^b]", "[a-z]", "^a", "a$", ".*", "a+", "(a)", "a{1}",
    "\\%", "\\_", "!%", "a.", ".", "..", "../a", "./a", "a/", "/a", "a/b", "a//b", "a\\b", "a\\", "a:b", "a|b", "a,b", "a;b", "a#b", "a&b", "a=b",
    "~", "$", "$a", "$1", "?1", ":1", "@p1",
    "'", "''", "a'", "'a'", "\"", "\"\"", "\"a\"", "`", "´", "’", "' OR '1'='1", "a'; DROP TABLE second_factor; --", "\\'; --", "--", "/*", "*/",
    "${a}", "{a}", "{{a}}", "b{a}", "<a>", "&amp;", "%00", "%61", "\\x61", "0x61", "61", "X'61'", "YQ==", "\\u0061", "\\0", "\u{1b}[0m",
    // The ends of planes, what stands for what cannot be read, joined, and from right to left.
    "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}", "\u{fffd}", "\u{fffe}", "\u{ffff}", "\u{10000}", "\u{10ffff}",
    "🦀", "👩\u{200d}💻", "👩", "👩🏽", "🇩🇪", "\u{202e}a", "\u{200f}a", "א", "日本", "日", "𠮷", "吉",
];

/// What stores put between a tenant and a user when they make one key of both.
#[rustfmt::skip]
const SEPARATORS: &[&str] = &[
    ":", "::", "/", "//", "\\", "|", "||", "-", "--", "_", ".", ",", ";", "#", "@", "+", "&", "=", "~", "!", "$", "%", "*", " ", "\t", "\n",
    "\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}", "\u{ff}", "\u{ffff}", "\0", "'", "\"", "\",\"", "}{", "){", ")(", "][",
];

/// The longest id, in bytes, that every store must hold. A longer one it may refuse with an error.
pub(super) const LONGEST: usize = 255;

/// Every hostile id, once as a user and once as a tenant, has a record of its own and gets exactly that.
pub(super) async fn exactness<S: UserStore>(store: &Subject<S>) {
    let (tenant, user) = (store.new_name(), store.new_name());
    let long = long();
    let too_long = ["xy", "xz"].map(|end| format!("{}{end}", "l".repeat(LONGEST)));
    let much_too_long = "l".repeat(70_000);
    let ids: BTreeSet<&str> = HOSTILE
        .iter()
        .copied()
        .chain(long.iter().chain(&too_long).map(String::as_str))
        .chain([much_too_long.as_str()])
        .collect();
    let as_users = ids.iter().map(|id| UserKey::new(&tenant, *id));
    let as_tenants = ids.iter().map(|id| UserKey::new(*id, &user));
    hold_apart(store, as_users.chain(as_tenants).collect()).await;
}

/// Ids up to the longest, in pairs that differ in nothing but their end: whoever cuts them takes them for each other.
pub(super) fn long() -> Vec<String> {
    let mut ids = vec!["l".repeat(LONGEST), "é".repeat(LONGEST / 2), "🦀".repeat(LONGEST / 4)];
    for cut in [16, 32, 36, 50, 63, 64, 100, 127, 128, 191, 250, 254] {
        ids.extend(["a", "b"].map(|end| format!("{}{end}", "c".repeat(cut))));
    }
    // As many letters of two and four bytes as have room, less one.
    ids.extend(["a", "b"].map(|end| format!("{}{end}", "é".repeat(LONGEST / 2))));
    ids.extend(["a", "b"].map(|end| format!("{}{end}", "🦀".repeat(LONGEST / 4))));
    ids
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
        match store.try_swap(&user, None, &record).await {
            Ok(Swap::Done) => held.push((user, record)),
            Ok(Swap::Conflict) => fail(
                Clause::OpaqueAndExact,
                format_args!("{}: was taken for another user, who has a record", shown(&user)),
            ),
            Err(_) if may_be_refused(&user) => refused.push(user),
            Err(error) => fail(
                Clause::OpaqueAndExact,
                format_args!("{}: could not be stored: {}", shown(&user), text_of(&error)),
            ),
        }
    }
    for user in &refused {
        if let Ok(Some(_)) = store.try_load(user).await {
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
