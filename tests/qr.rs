//! An app's camera is the judge of a QR code: here it is zbar.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::explicit_write)]
#![cfg(feature = "qr")]

use std::{
    env, fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{self, Command},
};

use second_factor::primitives::{otpauth::OtpauthUri, qr::QrCode, secret::Secret};

#[test]
fn s02_a_camera_reads_the_very_uri() {
    let secret = |length| Secret::from_bytes(&vec![0xa5; length]).unwrap();
    for uri in [
        OtpauthUri::new("Example", "alice@example.com", secret(20)),
        OtpauthUri::new("株式会社例", "花子 & \"co\" 100%", secret(32)),
        OtpauthUri::new(&"🦀".repeat(32), &"/".repeat(320), secret(128)),
    ] {
        let uri = uri.unwrap().to_uri();
        let png = QrCode::new(&uri).unwrap().to_png(4).unwrap();
        let Some(read) = zbarimg(&png) else { return };
        assert_eq!(read, *uri);
    }
}

/// What zbar reads, or `None` without the program, which only a machine that promised it may not lack.
fn zbarimg(png: &[u8]) -> Option<String> {
    let program = env::var("ZBARIMG").unwrap_or_else(|_| "zbarimg".to_owned());
    let image = Image::new(png);
    let run = Command::new(&program)
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(image.path())
        .output();
    match run {
        Ok(output) => {
            let read = String::from_utf8(output.stdout).unwrap();
            Some(read.strip_suffix('\n').expect("no QR code was found").to_owned())
        }
        Err(error)
            if error.kind() == ErrorKind::NotFound && env::var("REQUIRE_SERVERS").as_deref() != Ok("1") =>
        {
            // Straight to the stream: the test harness swallows what `eprintln!` says in a test that passes.
            writeln!(std::io::stderr(), "SKIPPED: `{program}` is not there, so no QR code was read back")
                .unwrap();
            None
        }
        Err(error) => panic!("`{program}` does not run: {error}"),
    }
}

/// A file that goes away with the test.
struct Image(PathBuf);

impl Image {
    fn new(png: &[u8]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("qr-{}.png", process::id()));
        fs::write(&path, png).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _gone_already = fs::remove_file(&self.0);
    }
}
