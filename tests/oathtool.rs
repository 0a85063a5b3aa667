//! The codes are those of `oathtool`, which many people have at hand to check them with.
//!
//! `OATHTOOL` names another program than the one on the path. Without one the test is skipped, unless `REQUIRE_SERVERS=1`.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{ErrorKind, Write};
use std::process::Command;

use second_factor::primitives::algorithm::Algorithm;
use second_factor::primitives::code::Digits;
use second_factor::primitives::secret::Secret;
use second_factor::primitives::time::{StepSize, UnixTime};
use second_factor::primitives::totp::Totp;

#[test]
fn agrees_with_oathtool() {
    let program = std::env::var("OATHTOOL").unwrap_or_else(|_| "oathtool".to_owned());
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for number in 0..300 {
        let case = Case::draw(&mut random);
        let Some(expected) = case.ask(&program) else {
            assert!(std::env::var("REQUIRE_SERVERS").as_deref() != Ok("1"), "{program} is not installed");
            // Straight to the stream: the test harness swallows what `eprintln!` says in a test that passes.
            writeln!(std::io::stderr(), "SKIPPED: {program} is not installed; no code was compared with it")
                .unwrap();
            return;
        };
        assert_eq!(case.ours(), expected, "case {number}: {case:?}");
    }
}

#[derive(Debug)]
struct Case {
    algorithm: Algorithm,
    digits: u8,
    period: u16,
    time: u64,
    secret: Vec<u8>,
}

impl Case {
    fn draw(random: &mut Random) -> Self {
        let algorithms = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
        let length = 16 + random.below(113);
        Self {
            algorithm: algorithms[random.below(3) as usize],
            digits: 6 + random.below(3) as u8,
            period: [30, 60, 1, 3600, 1 + random.below(3600) as u16][random.below(5) as usize],
            time: random.below(20_000_000_001),
            secret: (0..length).map(|_| random.below(256) as u8).collect(),
        }
    }

    fn ours(&self) -> String {
        let totp = Totp::new()
            .with_algorithm(self.algorithm)
            .with_digits(Digits::new(self.digits).unwrap())
            .with_step(StepSize::from_seconds(self.period).unwrap());
        let key = totp.key(&Secret::from_bytes(&self.secret).unwrap());
        key.code_at(UnixTime::from_seconds(self.time)).unwrap().reveal()
    }

    /// What `program` says, or `None` if there is no such program.
    fn ask(&self, program: &str) -> Option<String> {
        let output = Command::new(program)
            .arg(match self.algorithm {
                Algorithm::Sha1 => "--totp=SHA1",
                Algorithm::Sha256 => "--totp=SHA256",
                Algorithm::Sha512 => "--totp=SHA512",
            })
            .args(["-d", &self.digits.to_string()])
            .args(["-s", &format!("{}s", self.period)])
            .args(["-N", &format!("@{}", self.time)])
            .arg(self.secret.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            .output();
        let output = match output {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            output => output.unwrap(),
        };
        assert!(
            output.status.success(),
            "{program} refused {self:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }
}

/// Marsaglia's xorshift: the same cases on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
