//! The page of each public type shows it in the hands of a host: its own documentation has code in it, which `cargo test --doc` compiles.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "layering/files.rs"]
mod files;
#[allow(dead_code, reason = "what the layers are resolved with is not needed here")]
#[path = "layering/scan.rs"]
mod scan;

use std::{collections::BTreeSet, fs, path::Path};

use files::{Files, read};
use scan::scan;

/// The sources, and the fewest public types in them that are believed: with fewer the scan has gone blind.
const CRATES: [(&str, usize); 3] = [("src", 100), ("stores/sqlx/src", 6), ("stores/redis/src", 3)];

/// A type with `pub` in front of it. The compiler denies every one that nobody outside can name, so these are the public ones.
#[derive(Debug, PartialEq, Eq)]
struct PublicType {
    name: String,
    has_example: bool,
}

/// The public types of a source file.
fn public_types(source: &str) -> Vec<PublicType> {
    let (mut types, mut docs, mut in_attribute) = (Vec::new(), Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim());
        } else if in_attribute || line.starts_with("#[") {
            in_attribute = !line.ends_with(']');
        } else if !line.starts_with("//") {
            let name = type_name(line);
            types.extend(name.map(|name| PublicType { name, has_example: has_example(&docs) }));
            docs.clear();
        }
    }
    types
}

/// The name of the public type that begins on this line, if one does.
fn type_name(line: &str) -> Option<String> {
    let item = line.strip_prefix("pub ")?;
    let item = item.strip_prefix("unsafe ").unwrap_or(item);
    let kinds = ["struct ", "enum ", "union ", "trait ", "type "];
    let rest = kinds.iter().find_map(|kind| item.strip_prefix(kind))?;
    Some(rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
}

/// Whether these docs have a block of code that is compiled, and shows a line of it.
fn has_example(docs: &[&str]) -> bool {
    const COMPILED: [&str; 3] = ["", "rust", "no_run"];
    let mut blocks = docs.split(|line| line.starts_with("```"));
    let fences = docs.iter().filter_map(|line| line.strip_prefix("```"));
    // Text and code take turns: behind the first fence begins the first block of code.
    let behind = blocks.by_ref().skip(1).zip(fences);
    behind.step_by(2).any(|(code, tags)| {
        let is_compiled = tags.split(',').all(|tag| COMPILED.contains(&tag.trim()));
        is_compiled && code.iter().any(|line| !line.is_empty() && *line != "#" && !line.starts_with("# "))
    })
}

/// The types without an example, with their files, and what else is wrong. `root` is the text of the crate's root.
fn complaints(files: &Files, root: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, source) in files {
        for PublicType { name, has_example } in public_types(source) {
            if !has_example {
                complaints.push(format!("{file}: the docs of `{name}` have no example that is compiled"));
            }
            seen.insert(name);
        }
    }
    // All that the root exports and begins with a capital is a type.
    let exported = scan(root).paths.into_iter().filter_map(|path| path.segments.last().cloned());
    for name in exported.filter(|name| name.starts_with(char::is_uppercase)) {
        if !seen.contains(&name) {
            complaints.push(format!("lib.rs: `{name}` is exported, and its definition was not seen"));
        }
    }
    complaints
}

#[test]
fn every_public_type_shows_how_it_is_used() {
    for (folder, fewest) in CRATES {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files = Files::new();
        read(&sources, &sources, &mut files);
        let found: usize = files.values().map(|source| public_types(source).len()).sum();
        assert!(found >= fewest, "only {found} public types were seen in {folder}");

        let complaints = complaints(&files, &files["lib.rs"]);
        assert!(complaints.is_empty(), "in {folder}\n{}\n", complaints.join("\n"));
    }
}

/// What `pub` means here rests on these.
#[test]
fn the_compiler_denies_what_is_public_and_cannot_be_named() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    for lint in ["unreachable_pub", "unnameable_types"] {
        assert!(manifest.contains(&format!("{lint} = \"deny\"")), "{lint}");
    }
}

fn has(docs: &str) -> bool {
    let [public] = &public_types(&format!("{docs}\npub struct Thing;"))[..] else { panic!("one type") };
    public.has_example
}

#[test]
fn an_example_is_code_that_is_compiled_and_shown() {
    for docs in [
        "/// A thing.\n///\n/// ```\n/// let thing = 1;\n/// ```",
        "/// ```rust\n/// f();\n/// ```",
        "/// ```no_run\n/// # let a = 1;\n/// f();\n/// ```",
        "/// ```\n/// #[derive(Debug)]\n/// struct S;\n/// ```",
        "/// ```text\n/// a | b\n/// ```\n/// And:\n/// ```\n/// f();\n/// ```",
        "/// ```\n/// f();\n/// ```\n#[derive(Debug)]\n// Why.\n#[serde(\n    rename = \"x\",\n)]",
    ] {
        assert!(has(docs), "{docs}");
    }
    for docs in [
        "",
        "/// A thing. See [`Other`], which shows it.",
        "/// ```text\n/// f();\n/// ```",
        "/// ```ignore\n/// f();\n/// ```",
        "/// ```rust,ignore\n/// f();\n/// ```",
        "/// ```compile_fail\n/// f();\n/// ```",
        "/// ```\n/// ```",
        "/// ```\n/// # let a = 1;\n/// #\n///\n/// ```",
        "/// ```text\n/// a\n/// ```\n/// The words between two tables.\n/// ```text\n/// b\n/// ```",
        "//! ```\n//! f();\n//! ```",
        "// ```\n// f();\n// ```",
        "/// ```\n/// f();\n/// ```\nstruct Before;",
        "/// ```\n/// f();\n/// ```\npub fn before() {}\n\n/// A thing.",
    ] {
        assert!(!has(docs), "{docs}");
    }
}

#[test]
fn each_kind_of_public_type_is_seen() {
    let source = "
        pub struct A(u8);
        pub enum B<T> {
            Variant,
        }
        pub trait C: Send {
            type NotThis;
            /// ```
            /// f();
            /// ```
            fn nor_this();
        }
        pub type D<T> = Vec<T>;
        pub unsafe trait E {}
        pub struct F where u8: Copy;
        pub(crate) struct NotPublic;
        struct NorThis;
        // pub struct Commented;
        impl A {
            pub fn structure() {}
        }";
    let names: Vec<_> = public_types(source).into_iter().map(|public| public.name).collect();
    assert_eq!(names, ["A", "B", "C", "D", "E", "F"]);
    assert!(public_types(source).iter().all(|public| !public.has_example), "an example of a method is none");
}

#[test]
fn a_type_without_an_example_and_one_that_is_not_seen_are_named() {
    let shown = "/// ```\n/// f();\n/// ```\npub struct Shown;";
    let files = |more: &str| Files::from([("a.rs".to_owned(), format!("{shown}\n{more}"))]);
    let root = "mod a; pub use a::{Shown, function, inner::Other as Renamed};";
    let other = "/// ```\n/// f();\n/// ```\npub enum Other {}";
    assert_eq!(complaints(&files(other), root), [""; 0]);
    assert_eq!(
        complaints(&files("/// See [`Shown`].\npub enum Other {}"), root),
        ["a.rs: the docs of `Other` have no example that is compiled"]
    );
    assert_eq!(
        complaints(&files("made_by_a_macro!(Other);"), root),
        ["lib.rs: `Other` is exported, and its definition was not seen"]
    );
}
