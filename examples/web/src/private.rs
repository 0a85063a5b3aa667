//! Files and folders that nobody else on the machine may read.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

/// Makes a folder, unless it is there. A new one is private; one that somebody else made stays as it is.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Makes an empty file, unless it is there, and sees to it that nobody else may read it.
pub(crate) fn make_file(file: &Path) -> io::Result<()> {
    let made = writing(OpenOptions::new().append(true).create(true)).open(file)?;
    #[cfg(unix)]
    made.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(made);
    Ok(())
}

/// What it opens is private from the moment it exists.
pub(crate) fn writing(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
