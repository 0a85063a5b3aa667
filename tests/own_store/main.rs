//! The chapter `guide::own_store` shows a store in under 50 lines and a test file to copy. These are the two; the chapter may not show others.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]

#[rustfmt::skip] // As wide as the chapter is.
mod folder;
mod kit;

use std::fs;

use second_factor::{UserKey, UserStore, blocking::Blocking};

const CHAPTER: &str = include_str!("../../src/guide/own_store.md");

/// What a reader sees of the code blocks of a chapter.
fn shown(chapter: &str) -> Vec<String> {
    let blocks = chapter.split("```").skip(1).step_by(2);
    let visible = |line: &&str| *line != "#" && !line.starts_with("# ");
    blocks
        .map(|block| {
            let code = block.lines().skip(1).filter(visible);
            code.map(|line| format!("{line}\n")).collect()
        })
        .collect()
}

#[test]
fn the_chapter_shows_the_store_that_is_tested_and_its_tests() {
    let shown = shown(CHAPTER);
    assert!(shown.contains(&include_str!("folder.rs").to_owned()), "copy tests/own_store/folder.rs");
    assert!(shown.contains(&include_str!("kit.rs").to_owned()), "copy tests/own_store/kit.rs");
}

#[test]
fn the_store_has_less_than_50_lines() {
    let lines = include_str!("folder.rs").lines().count();
    assert!(lines < 50, "the chapter promises less than 50 lines, and it has {lines}");
}

#[test]
fn hidden_lines_of_the_chapter_are_not_shown() {
    let chapter = "a\n```rust\n#[test]\n# hidden\n#\ncode\n```\nb\n```text\nmore\n```\n";
    assert_eq!(shown(chapter), ["#[test]\ncode\n", "more\n"]);
}

/// As when its disk is not mounted.
#[tokio::test]
async fn p42_a_folder_that_is_gone_is_an_error_and_not_an_absence() {
    let place = std::env::temp_dir().join(format!("second-factor-gone-{}", std::process::id()));
    fs::create_dir(&place).unwrap();
    let (store, user) = (Blocking(folder::Folder(place.clone())), UserKey::new("acme", "ann"));
    assert!(store.load(&user).await.is_err(), "an empty folder is not the one that was installed");
    fs::File::create(place.join("lock")).unwrap();
    assert!(store.load(&user).await.unwrap().is_none());
    fs::remove_dir_all(place).unwrap();
    assert!(store.load(&user).await.is_err());
}
