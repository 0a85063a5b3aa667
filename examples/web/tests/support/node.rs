//! Programs of the npm registry, which `.ci/run` installs into the target directory. `NODE_MODULES` names another folder.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use second_factor_testbed::skip;

/// A file of one of the packages; or `None`, said aloud, so that the test can be skipped. With `REQUIRE_SERVERS=1` that is a failure.
pub fn package(file: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/node/node_modules");
    let found = env::var_os("NODE_MODULES").map_or(default, PathBuf::from).join(file);
    if found.exists() {
        return Some(found);
    }
    skip(format!(
        "there is no {} (.ci/run installs it; name another folder with NODE_MODULES)",
        found.display()
    ));
    None
}

/// What html-validate finds wrong with the files in this folder; empty if nothing.
pub fn html_errors(html_validate: &Path, folder: &Path) -> String {
    let checked = Command::new(html_validate)
        // A button in a form submits it: the standard's own default.
        .args(["--preset", "standard,a11y", "--rule", "no-implicit-button-type:off"])
        .args(["--formatter", "text", "--ext", "html"])
        .arg(folder)
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(
        checked.status.success(),
        said.trim().is_empty(),
        "{said}{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    said
}
