//! The examples do what they say, as programs: run from outside, spoken to through their terminal.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    env,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use second_factor::{
    Clock, SystemClock,
    primitives::{
        secret::Secret,
        totp::{Totp, TotpKey},
    },
};

/// Built by Cargo beside this test.
fn example(name: &str) -> Command {
    let path: PathBuf = env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not built: run the tests without --test", path.display());
    Command::new(path)
}

fn run(command: &mut Command, typed: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The program may end before it has read everything: then the pipe is closed, and that is fine.
    let _closed = child.stdin.take().unwrap().write_all(typed.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn quickstart_signs_in_once_and_refuses_the_replay() {
    let output = run(&mut example("quickstart"), "");
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("ann is signed in: SecondFactor"), "{said}");
    assert!(said.contains("Once more: the code was not accepted (for the log: Replayed)"), "{said}");
}

#[test]
fn the_readme_shows_quickstart_as_it_is() {
    let code = include_str!("../examples/quickstart.rs");
    let code = &code[code.find("use second_factor").unwrap()..];
    assert!(include_str!("../README.md").contains(code), "copy examples/quickstart.rs into the README");
}

#[test]
fn the_command_line_tool_enrolls_and_verifies_across_processes() {
    let dir = env::temp_dir().join(format!("second-factor-cli-{}", std::process::id()));
    let _absent = std::fs::remove_dir_all(&dir);
    let cli = |verb: &str| {
        let mut command = example("cli");
        command.env("SECOND_FACTOR_DIR", &dir).arg(verb);
        command
    };

    assert!(text(&run(&mut cli("verify"), "")).contains("Nothing is set up"));

    // The key is drawn after the process has started: talk to it line by line.
    let mut child = cli("enroll").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let phone = loop {
        let mut line = String::new();
        assert_ne!(std::io::BufRead::read_line(&mut out, &mut line).unwrap(), 0, "no key was shown");
        if let Some((_, key)) = line.split_once("type the key ") {
            break Totp::default().key(&Secret::from_base32(key).unwrap());
        }
    };
    let now = SystemClock.now();
    let code = |phone: &TotpKey, steps: u64| phone.code_at(now.plus(30 * steps)).unwrap().reveal();
    let first = code(&phone, 0);
    // Malformed, then right, typed as people type.
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("abc\n{} {}\n", &first[..3], &first[3..]).as_bytes())
        .unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("Notice: Enabled") && rest.contains("The second factor is on."), "{rest}");

    let replay = run(&mut cli("verify"), &format!("{first}\n"));
    assert!(!replay.status.success() && text(&replay).contains("not accepted"), "{}", text(&replay));
    let next = code(&phone, 1);
    assert!(text(&run(&mut cli("verify"), &format!("{next}\n"))).contains("Accepted."));
    assert!(!run(&mut cli("verify"), &format!("{next}\n")).status.success(), "once, in whatever process");
    assert!(text(&run(&mut cli("status"), "")).contains("The second factor is on."));

    // Without its key ring the state is an error, not a fresh start.
    std::fs::remove_file(dir.join("keys")).unwrap();
    let keyless = run(&mut cli("verify"), &format!("{next}\n"));
    assert!(text(&keyless).contains("its key ring is gone"), "{}", text(&keyless));
    std::fs::remove_dir_all(&dir).unwrap();
}
