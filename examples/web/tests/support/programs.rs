//! The programs of the test bed. Each can be named by an environment variable.

use std::{
    env,
    process::{Command, Stdio},
};

use second_factor_testbed::skip;

/// Where the programs are.
pub struct Programs {
    pub chromedriver: String,
    pub chromium: String,
    pub zbarimg: String,
    pub oathtool: String,
}

impl Programs {
    /// All of them; or `None`, said aloud, so that the test can be skipped. With `REQUIRE_SERVERS=1` that is a failure.
    pub fn find() -> Option<Self> {
        let found = (|| {
            Ok(Self {
                chromedriver: program("CHROMEDRIVER", "chromedriver")?,
                chromium: program("CHROMIUM", "/usr/bin/chromium")?,
                zbarimg: program("ZBARIMG", "zbarimg")?,
                oathtool: program("OATHTOOL", "oathtool")?,
            })
        })();
        match found {
            Ok(programs) => Some(programs),
            Err::<_, String>(missing) => {
                skip(missing);
                None
            }
        }
    }

    /// Reads the QR code in a picture.
    pub fn scan(&self, picture: &std::path::Path) -> String {
        run(Command::new(&self.zbarimg)
            .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
            .arg(picture))
    }

    /// The code that an authenticator with this set-up URI shows so many seconds from now.
    pub fn code(&self, uri: &str, seconds: u64) -> String {
        let (_, rest) = uri.split_once("secret=").unwrap();
        let secret = rest.split('&').next().unwrap();
        let at = format!("now + {seconds} seconds");
        run(Command::new(&self.oathtool).args(["--totp", "-b", "-N", &at, secret]))
    }
}

fn program(variable: &str, default: &str) -> Result<String, String> {
    let name = env::var(variable).unwrap_or_else(|_| default.to_owned());
    match Command::new(&name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(name),
        _ => Err(format!("{name} does not run (name another with {variable})")),
    }
}

fn run(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
