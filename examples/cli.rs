//! A second factor for a command-line tool: no async, no server, the state sealed in a file.
//!
//! ```text
//! cargo run --example cli -- enroll     shows a QR code in the terminal and asks for the first code
//! cargo run --example cli -- verify     asks for codes, the app's or a backup code, until one is accepted
//! cargo run --example cli -- status
//! ```
//!
//! `SECOND_FACTOR_DIR` names the folder for the state and the key ring, by default `./second-factor-state`.

#![allow(clippy::print_stdout, reason = "it talks to the terminal")]

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use second_factor::{
    Account, Authority, Channel, Error, FirstFactor, KeyRing, NewAuthenticator, Notice, OneTimeCode, Policy,
    Requirement, Revision, SignIn, StoredRecord, Swap, UserKey, Verifier,
    blocking::{self, Blocking},
    primitives::qr::QrCode,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(env::var_os("SECOND_FACTOR_DIR").unwrap_or_else(|| "second-factor-state".into()));
    fs::create_dir_all(&dir)?;
    let user = UserKey::new("local", "me");
    let store = FileStore { user: user.clone(), dir: dir.clone() };
    let keys = key_ring(&dir)?;
    let verifier =
        Verifier::builder(Blocking(store), Blocking(Terminal), keys).issuer("second-factor CLI").build()?;
    let verifier = blocking::Verifier::new(verifier);
    // There is no password here that could change, so the stamp never does.
    let me = Account::new(user, b"no password", &Policy::new(Requirement::Optional));
    match env::args().nth(1).as_deref() {
        Some("enroll") => enroll(&verifier, &me),
        Some("verify") => verify(&verifier, &me),
        Some("status") => status(&verifier, &me),
        _ => Err("usage: cli enroll | verify | status".into()),
    }
}

fn enroll(verifier: &blocking::Verifier, me: &Account) -> Result<(), Box<dyn std::error::Error>> {
    let new = NewAuthenticator::new("me");
    let enrollment = verifier.run(|v| v.enroll(me, Authority::OpenSession, &new))?;
    println!("{}", QrCode::new(enrollment.uri())?.to_terminal());
    println!("Scan this with an authenticator app, or type the key {}", enrollment.key_to_type());
    let enrolled = ask_until_accepted(|typed| verifier.run(|v| v.confirm(me, enrollment.token(), typed)))?;
    println!("The second factor is on.");
    if let Some(codes) = &enrolled.backup_codes {
        println!("Keep these; each replaces the app's code once:\n{}", *codes.to_text());
    }
    Ok(())
}

fn verify(verifier: &blocking::Verifier, me: &Account) -> Result<(), Box<dyn std::error::Error>> {
    match verifier.run(|v| v.begin(me, FirstFactor::Password, None))? {
        SignIn::Open(_) => println!("Nothing is set up: run `enroll` first."),
        SignIn::Enroll(_) => println!("A second factor is required: run `enroll` first."),
        SignIn::Challenge(challenge) => {
            let signed_in =
                ask_until_accepted(|typed| verifier.run(|v| v.verify(me, challenge.token(), typed, None)))?;
            println!("Accepted. Unused backup codes: {}.", signed_in.backup_codes_left());
        }
    }
    Ok(())
}

fn status(verifier: &blocking::Verifier, me: &Account) -> Result<(), Box<dyn std::error::Error>> {
    let status = verifier.run(|v| v.status(me, None))?;
    println!("The second factor is {}.", if status.is_on() { "on" } else { "off" });
    for authenticator in status.authenticators() {
        println!("{}: last used at Unix time {}", authenticator.name, authenticator.last_used_at.seconds());
    }
    println!("Unused backup codes: {}.", status.backup_codes_left());
    Ok(())
}

/// Asks for codes until one is accepted. Ends with the input, and with every error that another code cannot mend.
fn ask_until_accepted<T>(
    mut attempt: impl FnMut(&str) -> second_factor::Result<T>,
) -> Result<T, Box<dyn std::error::Error>> {
    loop {
        print!("Code: ");
        io::stdout().flush()?;
        let mut typed = String::new();
        if io::stdin().read_line(&mut typed)? == 0 {
            return Err("no code was accepted".into());
        }
        match attempt(&typed) {
            Ok(done) => return Ok(done),
            Err(Error::Rejected(refused)) => match refused.retry_at() {
                Some(at) => {
                    println!("{refused}; the next one is looked at from Unix time {} on", at.seconds())
                }
                None => println!("{refused}"),
            },
            Err(other) => return Err(other.into()),
        }
    }
}

/// The key ring, made on the first run and kept in a file that only its owner can read.
fn key_ring(dir: &Path) -> Result<KeyRing, Box<dyn std::error::Error>> {
    let path = dir.join("keys");
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(KeyRing::from_text(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    if dir.join("record").exists() {
        return Err("there is a record, but its key ring is gone".into());
    }
    let keys = KeyRing::generate()?;
    // Written beside and then put in place whole; one that is there by now is not written over.
    let beside = dir.join("keys.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(keys.to_text().as_bytes())?;
    file.sync_all()?;
    fs::hard_link(&beside, path)?;
    fs::remove_file(beside)?;
    Ok(keys)
}

/// One user's record in a file: 16 bytes of revision, then the sealed bytes.
struct FileStore {
    user: UserKey,
    dir: PathBuf,
}

impl FileStore {
    /// Runs `change` while no other process changes the record: the comparison and the write are one step.
    fn locked<T>(&self, change: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut lock = fd_lock::RwLock::new(File::create(self.dir.join("lock"))?);
        let _guard = lock.write()?;
        change()
    }

    fn revision(&self) -> io::Result<Option<Revision>> {
        Ok(blocking::UserStore::load(self, &self.user)?.map(|stored| stored.revision()))
    }
}

impl blocking::UserStore for FileStore {
    type Error = io::Error;

    fn load(&self, user: &UserKey) -> io::Result<Option<StoredRecord>> {
        if *user != self.user {
            return Err(io::Error::other("this file belongs to another user"));
        }
        let bytes = match fs::read(self.dir.join("record")) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let (revision, sealed) =
            bytes.split_first_chunk().ok_or_else(|| io::Error::other("the file is cut off"))?;
        Ok(Some(StoredRecord::new(Revision::from_bytes(*revision), sealed.to_vec())))
    }

    fn compare_and_swap(
        &self,
        _: &UserKey,
        expected: Option<Revision>,
        next: &StoredRecord,
    ) -> io::Result<Swap> {
        self.locked(|| {
            if self.revision()? != expected {
                return Ok(Swap::Conflict);
            }
            // Written beside, made durable, then put in place in one step: a crash leaves the old record or the new one.
            let beside = self.dir.join("record.new");
            let mut file = File::create(&beside)?;
            file.write_all(next.revision().as_bytes())?;
            file.write_all(next.sealed())?;
            file.sync_all()?;
            fs::rename(beside, self.dir.join("record"))?;
            File::open(&self.dir)?.sync_all()?;
            Ok(Swap::Done)
        })
    }

    fn remove(&self, _: &UserKey, expected: Revision) -> io::Result<Swap> {
        self.locked(|| {
            if self.revision()? != Some(expected) {
                return Ok(Swap::Conflict);
            }
            fs::remove_file(self.dir.join("record"))?;
            File::open(&self.dir)?.sync_all()?;
            Ok(Swap::Done)
        })
    }
}

/// Notices go to the terminal.
struct Terminal;

impl blocking::Notifier for Terminal {
    type Error = io::Error;

    fn send_code(&self, _: &UserKey, channel: Channel, _: &OneTimeCode) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("a terminal has no {channel:?}")))
    }

    fn notify(&self, notice: &Notice) -> io::Result<()> {
        writeln!(io::stdout(), "Notice: {:?}", notice.event().kind())
    }
}
