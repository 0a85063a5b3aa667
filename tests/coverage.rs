//! The chapter `guide::coverage` says in which files each promise is shown. This keeps it true: it reads the sources for the tests that
//! bear a number, and fails if a promise has none, or if the chapter says something else.
//!
//! `UPDATE_COVERAGE=1 cargo test --test coverage` writes the last column of its tables anew.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
};

/// S1 to S38, P1 to P44.
const PROMISES: [(char, u32); 2] = [('S', 38), ('P', 44)];
const CHAPTER: &str = "src/guide/coverage.md";
/// Where tests are. This file has made-up ones.
const SOURCES: [&str; 4] = ["src", "tests", "stores", "examples"];
const THIS_FILE: &str = "tests/coverage.rs";
/// What stands in the last column of a promise without a test.
const NOWHERE: &str = "**nowhere**";

/// The number of a promise: `S22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number(char, u32);

/// The files with tests of each number.
type Covered = BTreeMap<Number, BTreeSet<String>>;

/// A row of the chapter.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    number: Number,
    promise: &'a str,
    files: &'a str,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0, self.1)
    }
}

impl Number {
    /// `S22` of `S22`, `s22` or `s022`; `None` for everything else.
    fn read(text: &str) -> Option<Self> {
        let (letter, digits) = text.split_at_checked(1)?;
        let letter = letter.chars().next()?.to_ascii_uppercase();
        let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let known = PROMISES.iter().any(|(known, _)| *known == letter);
        (known && is_number).then(|| digits.parse().ok()).flatten().map(|number| Self(letter, number))
    }

    fn all() -> impl Iterator<Item = Self> {
        PROMISES.into_iter().flat_map(|(letter, last)| (1..=last).map(move |number| Self(letter, number)))
    }
}

/// The numbers that the name of a test begins with: S22 and S27 of `s22_s27_either_trust_dies`.
fn numbers(name: &str) -> Vec<Number> {
    name.split('_').map_while(Number::read).collect()
}

/// The names of the tests of a source file that are run: those under an attribute `test`, of whatever runtime, without `ignore`.
fn tests(source: &str) -> Vec<&str> {
    let (mut names, mut is_test, mut is_ignored, mut in_attribute) = (Vec::new(), false, false, false);
    for line in source.lines().map(str::trim) {
        if in_attribute || line.starts_with("#[") {
            is_test |= line.strip_prefix("#[").is_some_and(|attribute| {
                let path = attribute.split(['(', ']']).next().unwrap_or_default();
                path == "test" || path.ends_with("::test")
            });
            is_ignored |= line.contains("ignore");
            in_attribute = !line.ends_with(']');
        } else if !line.starts_with("//") {
            let name = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
            let name = name.and_then(|rest| rest.split(['(', '<']).next());
            names.extend(name.filter(|_| is_test && !is_ignored));
            (is_test, is_ignored) = (false, false);
        }
    }
    names
}

fn add(covered: &mut Covered, file: &str, source: &str) {
    for number in tests(source).into_iter().flat_map(numbers) {
        covered.entry(number).or_default().insert(file.to_owned());
    }
}

fn read_all(directory: &Path, root: &Path, covered: &mut Covered) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        if path.is_dir() && !path.ends_with("target") {
            read_all(&path, root, covered);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != THIS_FILE {
            add(covered, &name, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// What the last column has to say.
fn shown_in(number: Number, covered: &Covered) -> String {
    let Some(files) = covered.get(&number) else { return NOWHERE.into() };
    files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ")
}

fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<_> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    match cells[..] {
        [number, promise, files] => Some(Row { number: Number::read(number)?, promise, files }),
        _ => None,
    }
}

/// The chapter with its last column as it has to be.
fn written_anew(chapter: &str, covered: &Covered) -> String {
    let line = |line| match row(line) {
        Some(Row { number, promise, .. }) => {
            format!("| {number} | {promise} | {} |\n", shown_in(number, covered))
        }
        None => format!("{line}\n"),
    };
    chapter.lines().map(line).collect()
}

/// What is wrong with the chapter, or with the tests.
fn complaints(chapter: &str, covered: &Covered) -> Vec<String> {
    let mut complaints = Vec::new();
    let all: Vec<_> = Number::all().collect();
    let unknown = covered.iter().filter(|(number, _)| !all.contains(number));
    complaints.extend(unknown.map(|(number, files)| format!("there is no {number}, tested in {files:?}")));
    let rows: Vec<_> = chapter.lines().filter_map(row).collect();
    if !rows.iter().map(|row| row.number).eq(all.iter().copied()) {
        complaints.push("the rows are not S1 to S38 and P1 to P44, each once and in order".into());
    }
    for Row { number, promise, files } in rows {
        let expected = shown_in(number, covered);
        if expected == NOWHERE {
            complaints.push(format!("{number} has no test: {promise}"));
        } else if files != expected {
            complaints.push(format!("{number} is shown in {expected}; the chapter says {files:?}"));
        }
        if promise.is_empty() {
            complaints.push(format!("{number} promises nothing"));
        }
    }
    complaints
}

#[test]
fn every_promise_has_a_test_and_the_chapter_says_where() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut covered = Covered::new();
    for directory in SOURCES {
        read_all(&root.join(directory), root, &mut covered);
    }
    let chapter = fs::read_to_string(root.join(CHAPTER)).unwrap();
    let chapter = if std::env::var("UPDATE_COVERAGE").is_ok_and(|value| value == "1") {
        let anew = written_anew(&chapter, &covered);
        fs::write(root.join(CHAPTER), &anew).unwrap();
        anew
    } else {
        chapter
    };
    let complaints = complaints(&chapter, &covered);
    assert!(
        complaints.is_empty(),
        "\n{}\nUPDATE_COVERAGE=1 cargo test --test coverage writes {CHAPTER} anew.\n",
        complaints.join("\n")
    );
}

#[test]
fn a_name_bears_the_numbers_it_begins_with() {
    let read = |name| numbers(name).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(read("s22_s27_either_trust_dies"), "S22 S27");
    assert_eq!(read("p09_nothing_of_p8"), "P9");
    assert_eq!(read("p256_is_no_curve_here"), "P256", "of which there is none: a complaint");
    for none in ["sha1_s1", "s_1", "s1x_y", "p+1_x", "q1_x", "", "s"] {
        assert_eq!(read(none), "", "{none}");
    }
}

#[test]
fn a_test_is_a_function_under_a_test_attribute_that_is_run() {
    let source = "
        #[test]
        fn p1_plain() {}
        /// Says what.
        #[tokio::test(flavor = \"multi_thread\")]
        // Why.
        async fn p2_of_a_runtime() {}
        #[tokio::test(
            flavor = \"multi_thread\",
        )]
        #[should_panic]
        async fn p3_over_several_lines() {}
        fn p4_no_test() {}
        #[inline]
        fn p5_no_test_either() {}
        #[test]
        #[ignore = \"slow\"]
        fn p6_not_run() {}
        #[test]
        #[cfg_attr(miri, ignore)]
        fn p7_not_always_run() {}
        #[cfg(test)]
        fn p8_for_tests() {}
        #[test]
        struct Nothing;
        fn p9_after_another_item() {}
        // #[test]
        fn p10_commented() {}
    ";
    assert_eq!(tests(source), ["p1_plain", "p2_of_a_runtime", "p3_over_several_lines"]);
}

/// A chapter of all promises, each shown in `tests/a.rs`, and what the sources say.
fn sound() -> (String, Covered) {
    let mut covered = Covered::new();
    for number in Number::all() {
        covered.insert(number, ["tests/a.rs".to_owned()].into());
    }
    let rows = Number::all().map(|number| format!("| {number} | A promise. | `tests/a.rs` |\n"));
    (format!("# Title\n\n| | promise | shown in |\n|---|---|---|\n{}", rows.collect::<String>()), covered)
}

#[test]
fn a_chapter_that_is_not_true_is_found() {
    let (chapter, covered) = sound();
    assert!(complaints(&chapter, &covered).is_empty());
    assert_eq!(written_anew(&chapter, &covered), chapter, "nothing to write");

    let row = |number: &str| format!("| {number} | A promise. | `tests/a.rs` |\n");
    let wrong = [
        ("a row is missing", chapter.replace(&row("S7"), "")),
        ("the last row is missing", chapter.replace(&row("P44"), "")),
        ("a row is there twice", chapter.replace(&row("S7"), &row("S7").repeat(2))),
        ("two rows changed places", chapter.replace("| S7 |", "| S70 |").replace("| S8 |", "| S7 |")),
        ("a row too many", format!("{chapter}{}", row("P45"))),
        ("a promise without words", chapter.replacen("A promise.", "", 1)),
        ("a file that shows nothing", chapter.replacen("`tests/a.rs`", "`tests/a.rs`, `tests/b.rs`", 1)),
        ("a file left out", chapter.replacen("`tests/a.rs`", "", 1)),
    ];
    for (what, chapter) in wrong {
        assert!(!complaints(&chapter, &covered).is_empty(), "{what}");
    }
}

#[test]
fn a_change_of_the_tests_is_found_and_written() {
    let (chapter, sound) = sound();
    let changed = |source: &str| {
        let mut covered = sound.clone();
        add(&mut covered, "tests/b.rs", source);
        covered
    };
    let one_more = changed("#[test]\nfn s07_p44_more() {}");
    assert_eq!(complaints(&chapter, &one_more).len(), 2);
    let anew = written_anew(&chapter, &one_more);
    assert!(anew.contains("| P44 | A promise. | `tests/a.rs`, `tests/b.rs` |"), "{anew}");
    assert!(complaints(&anew, &one_more).is_empty());

    let mut one_less = changed("");
    one_less.remove(&Number('P', 44));
    let anew = written_anew(&chapter, &one_less);
    assert_eq!(
        complaints(&anew, &one_less),
        ["P44 has no test: A promise."],
        "writing it anew does not help"
    );
    assert_eq!(complaints(&anew, &sound).len(), 1, "and it does not stay when there is one");

    let out_of_range = changed("#[test]\nfn s39_more() {}");
    assert_eq!(complaints(&chapter, &out_of_range).len(), 1);
}
