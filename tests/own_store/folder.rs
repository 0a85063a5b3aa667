use std::{fs, fs::File, io, io::ErrorKind::*, io::Write, path::Path, path::PathBuf};
use second_factor::{Revision, StoredRecord, Swap, UserKey, blocking::UserStore};
use sha2::{Digest, Sha256};

/// A folder with a file for each user, and beside them an empty file `lock`, made when the service is installed.
pub struct Folder(pub PathBuf);

impl Folder {
    fn path(&self, user: &UserKey) -> PathBuf {
        let digest = |id: &str| data_encoding::HEXLOWER.encode(&Sha256::digest(id));
        self.0.join(format!("{}-{}", digest(user.tenant().as_str()), digest(user.user()))) // 5
    }

    fn change(&self, user: &UserKey, expected: Option<Revision>, to: impl Fn(&Path) -> io::Result<()>) -> io::Result<Swap> {
        let mut lock = fd_lock::RwLock::new(File::open(self.0.join("lock"))?);
        let _held = lock.write()?; // 1
        if self.load(user)?.map(|stored| stored.revision()) != expected {
            return Ok(Swap::Conflict);
        }
        to(&self.path(user))?;
        File::open(&self.0)?.sync_all().map(|()| Swap::Done) // 2
    }
}

impl UserStore for Folder {
    type Error = io::Error;

    fn load(&self, user: &UserKey) -> io::Result<Option<StoredRecord>> {
        let bytes = match fs::read(self.path(user)) {
            Err(error) if error.kind() == NotFound => return File::open(self.0.join("lock")).map(|_| None), // 6
            outcome => outcome?,
        };
        let (revision, sealed) = bytes.split_first_chunk().ok_or(UnexpectedEof)?; // 6
        Ok(Some(StoredRecord::new(Revision::from_bytes(*revision), sealed.to_vec())))
    }

    fn compare_and_swap(&self, user: &UserKey, expected: Option<Revision>, next: &StoredRecord) -> io::Result<Swap> {
        self.change(user, expected, |path| {
            let mut new = File::create(self.0.join("new"))?;
            new.write_all(&[next.revision().as_bytes(), next.sealed()].concat())?;
            new.sync_all()?; // 2
            fs::rename(self.0.join("new"), path)
        })
    }

    fn remove(&self, user: &UserKey, expected: Revision) -> io::Result<Swap> {
        self.change(user, Some(expected), |path| fs::remove_file(path))
    }
}
