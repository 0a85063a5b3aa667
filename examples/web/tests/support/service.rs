//! The real binary, on a free port, with a folder of its own.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use mail_parser::MessageParser;

/// Beside its data, for whoever looks into a test that failed.
const LOG: &str = "log.txt";

/// What whoever runs the tests may have set, and no test should see.
const SETTINGS: [&str; 12] = [
    "SMTP_URL",
    "MAIL_FROM",
    "SMS_SPOOL",
    "SECURE_COOKIES",
    "REQUIRE_SECOND_FACTOR",
    "DATABASE_URL",
    "RECORDS_NAME",
    "ACCEPT_LOSS_ON_CRASH",
    "PUBLIC_URL",
    "DELIVER_EVERY",
    "LOG_LEVEL",
    "LOG_FORMAT",
];

/// A running service; it ends with the value.
pub struct Service {
    child: Child,
    /// What it prints after its address.
    printed: Arc<Mutex<String>>,
    pub address: String,
    pub data: PathBuf,
}

impl Service {
    /// Starts on an empty folder named after the test.
    pub fn start(name: &str, settings: &[(&str, &str)]) -> Self {
        let data = fresh_folder(name);
        Self::start_in(&data, settings)
    }

    /// Starts on a folder that may have been used before.
    pub fn start_in(data: &Path, settings: &[(&str, &str)]) -> Self {
        let log = OpenOptions::new().create(true).append(true).open(data.join(LOG)).unwrap();
        let mut child = command(data, settings).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("second-factor example: ").unwrap_or_else(|| panic!("printed {line:?}"));
        let printed = Arc::<Mutex<String>>::default();
        let more = Arc::clone(&printed);
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                *more.lock().unwrap() += &format!("{line}\n");
            }
        });
        Self { child, printed, address: address.to_owned(), data: data.to_owned() }
    }

    /// What it printed after its address.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// Asks it to end, as service managers do.
    pub fn terminate(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end: how it was, and what it logged.
    pub fn ended(mut self) -> (ExitStatus, String) {
        (self.child.wait().unwrap(), self.log())
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data.join(LOG)).unwrap()
    }

    /// The text of all mails so far.
    pub fn mails(&self) -> String {
        let files = fs::read_dir(self.data.join("outbox")).unwrap();
        let text = |file: io::Result<fs::DirEntry>| {
            let mail = fs::read(file.unwrap().path()).unwrap();
            MessageParser::new().parse(&mail).unwrap().body_text(0).unwrap().into_owned()
        };
        files.map(text).collect()
    }

    /// The path of the link that was mailed last to this address.
    pub fn link_mailed_to(&self, address: &str) -> String {
        let mut links = Vec::new();
        for file in fs::read_dir(self.data.join("outbox")).unwrap() {
            let file = file.unwrap().path();
            let mail = fs::read(&file).unwrap();
            let mail = MessageParser::new().parse(&mail).unwrap();
            if mail.to().and_then(|to| to.first()?.address()) == Some(address) {
                let text = mail.body_text(0).unwrap();
                let link =
                    text.split_once(&self.address).and_then(|(_, rest)| rest.split_whitespace().next());
                links.extend(
                    link.map(|link| (fs::metadata(&file).unwrap().modified().unwrap(), link.to_owned())),
                );
            }
        }
        links.into_iter().max().expect("no link was mailed to that address").1
    }

    /// Asks it to stop, as Ctrl-C does, and waits until it has; keeping the folder.
    pub fn interrupt(mut self) -> PathBuf {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.data.clone()
    }

    /// Stops it, keeping the folder.
    pub fn stop(self) -> PathBuf {
        self.data.clone()
    }

    /// Expects that it does not start on this folder; what it says to that.
    pub fn refuses(data: &Path, settings: &[(&str, &str)]) -> String {
        let mut child = command(data, settings).stderr(Stdio::piped()).spawn().unwrap();
        let (mut announced, mut said) = (String::new(), String::new());
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut announced).unwrap();
        if !announced.is_empty() {
            child.kill().unwrap();
            panic!("it started: {announced}");
        }
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!child.wait().unwrap().success());
        said
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

fn command(data: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program());
    for setting in SETTINGS {
        command.env_remove(setting);
    }
    command.env("BIND", "127.0.0.1:0").env("DATA_DIR", data).env("DEMO", "0").stdout(Stdio::piped());
    command.envs(settings.iter().copied());
    command
}

/// Cargo tells tests where the binary is; from an example it is one folder up.
fn program() -> PathBuf {
    match option_env!("CARGO_BIN_EXE_second-factor-web") {
        Some(program) => program.into(),
        None => env::current_exe().unwrap().with_file_name("../second-factor-web"),
    }
}

/// An empty folder in the target directory, or, for an example, in that of the system.
pub fn fresh_folder(name: &str) -> PathBuf {
    let folder = match option_env!("CARGO_TARGET_TMPDIR") {
        Some(target) => Path::new(target).join(name),
        None => env::temp_dir().join(name),
    };
    let _was_not_there = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Builds the service beside an example, as it is now: `cargo run --example` builds the example alone. That is asked for, too, so that
/// both are built with the same features and share what they are built from.
pub fn build(example: &str) -> bool {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--bin", "second-factor-web", "--example", example, "--manifest-path"]);
    build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    build.status().is_ok_and(|status| status.success())
}
