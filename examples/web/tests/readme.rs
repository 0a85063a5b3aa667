//! The README counts right, and nothing has grown too long.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Lines of code in a file: no comments, no blank ones, none of its tests.
fn lines(file: &Path) -> usize {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") && path.file_name().unwrap() != "tests.rs" {
            found.push(path);
        }
    }
}

fn all() -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut found);
    found
}

/// A row of the table as it should be; any other line as it is.
fn counted(line: &str) -> String {
    let Some((rest, _)) = line.strip_suffix(" |").and_then(|line| line.rsplit_once("| ")) else {
        return line.to_owned();
    };
    let files: Vec<_> = rest.split("](src/").skip(1).map(|link| link.split(')').next().unwrap()).collect();
    let sum: usize = if rest.starts_with("| All of `src`") {
        all().iter().map(|file| lines(file)).sum()
    } else if rest.starts_with('|') && !files.is_empty() {
        files.iter().map(|file| lines(&Path::new(ROOT).join("src").join(file))).sum()
    } else {
        return line.to_owned();
    };
    format!("{rest}| {sum} |")
}

#[test]
fn the_readme_says_how_many_lines_each_part_took() {
    let file = Path::new(ROOT).join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let right: String = readme.lines().map(|line| counted(line) + "\n").collect();
    assert!(right.matches("](src/").count() > 30, "the table is there");
    if env::var_os("UPDATE_LINES").is_some() {
        fs::write(&file, &right).unwrap();
    } else {
        for (line, right) in readme.lines().zip(right.lines()) {
            assert_eq!(line, right, "UPDATE_LINES=1 writes it anew");
        }
    }
}

#[test]
fn no_file_is_long() {
    assert!(lines(&Path::new(ROOT).join("src/main.rs")) <= 60);
    let main = fs::read_to_string(Path::new(ROOT).join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 60, "main.rs with its comments");
    let files = all();
    assert!(files.len() > 40);
    for file in files {
        let long = fs::read_to_string(&file).unwrap().lines().count();
        assert!(long <= 300, "{}: {long}", file.display());
    }
}
