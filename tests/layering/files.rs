//! Reads the sources.

use std::{collections::BTreeMap, fs, path::Path};

/// Source files by their paths below some folder, with their texts.
pub type Files = BTreeMap<String, String>;

/// Adds every source file of `directory`, named as seen from `below`.
pub fn read(directory: &Path, below: &Path, files: &mut Files) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            read(&path, below, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(below).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}
