//! How contestants are spoken to: over the pipes of a process, or over channels of a thread.

use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// Sends a contestant off, and on where it halts.
pub(super) const GO: &str = "go";

/// The contestant's end. Both directions block.
pub(super) trait Line: Send + Sync {
    fn say(&self, text: &str);

    /// The next line; `None` if there will be none.
    fn hear(&self) -> Option<String>;

    /// Says something, and waits to be sent on.
    #[allow(clippy::panic, reason = "a test kit fails by panicking")]
    fn pause(&self, text: &str) {
        self.say(text);
        match self.hear() {
            Some(heard) if heard == GO => {}
            heard => panic!("a contestant waits to be sent on, and hears {heard:?}"),
        }
    }
}

/// What the answers of a process begin with, for test harnesses print lines of their own.
const MARK: &str = "race: ";

/// The standard streams of this process.
pub(super) struct StandardStreams;

impl Line for StandardStreams {
    fn say(&self, text: &str) {
        let mut output = io::stdout().lock();
        // Who is no longer heard is about to be ended.
        let _unheard = writeln!(output, "{MARK}{text}").and_then(|()| output.flush());
    }

    fn hear(&self) -> Option<String> {
        io::stdin().lines().next()?.ok()
    }
}

/// Two channels.
pub(super) struct Channels {
    heard: Mutex<Receiver<String>>,
    said: Sender<String>,
}

impl Line for Channels {
    fn say(&self, text: &str) {
        let _unheard = self.said.send(text.to_owned());
    }

    fn hear(&self) -> Option<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

/// How long an answer may take. Whoever holds a lock for ever is found by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The other end: one who tries codes when told to. Ended when it is dropped.
pub(super) struct Contestant {
    say: Box<dyn FnMut(&str) + Send>,
    heard: Receiver<String>,
    process: Option<Child>,
}

impl Contestant {
    #[allow(clippy::panic, reason = "a test kit fails by panicking")]
    pub(super) fn process(mut command: Command) -> Self {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let (Some(mut input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            panic!("{command:?} was started without pipes")
        };
        let (said, heard) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // The harness writes the beginning of a line before it runs a test.
                if let Some((_, text)) = line.split_once(MARK) {
                    let _unheard = said.send(text.to_owned());
                }
            }
        });
        // Who has ended is noticed at the next answer that does not come.
        let say = move |text: &str| drop(writeln!(input, "{text}"));
        Self { say: Box::new(say), heard, process: Some(process) }
    }

    /// `run` gets the other end of the line, in a thread of its own.
    pub(super) fn thread(run: impl FnOnce(Arc<dyn Line>) + Send + 'static) -> Self {
        let (said, heard) = channel();
        let (tell, told) = channel();
        let line = Arc::new(Channels { heard: Mutex::new(told), said });
        thread::spawn(move || run(line));
        let say = move |text: &str| drop(tell.send(text.to_owned()));
        Self { say: Box::new(say), heard, process: None }
    }

    pub(super) fn say(&mut self, text: &str) {
        (self.say)(text);
    }

    /// Its next answer.
    #[allow(clippy::panic, reason = "a test kit fails by panicking")]
    pub(super) fn hear(&mut self) -> String {
        match self.heard.recv_timeout(PATIENCE) {
            Ok(text) => text,
            Err(RecvTimeoutError::Timeout) => {
                panic!("one of the contestants has not answered for {} seconds", PATIENCE.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => panic!(
                "one of the contestants has ended: what it wrote says why; if it wrote nothing, its entrance is \
                 another test than the one that was named"
            ),
        }
    }

    /// Ends a process as a power failure would (`SIGKILL`). What it had said that was not heard yet, the last of it.
    pub(super) fn kill(mut self) -> Option<String> {
        self.end();
        self.heard.iter().last()
    }

    fn end(&mut self) {
        if let Some(process) = &mut self.process {
            let _gone_already = process.kill();
            let _reaped_already = process.wait();
        }
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        self.end();
    }
}
