//! A headless Chromium with a profile of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::TimeoutConfiguration};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::{programs::Programs, service::fresh_folder};

/// How this browser differs from an ordinary one.
#[derive(Default)]
pub struct Look {
    pub no_javascript: bool,
    pub phone: bool,
    pub dark: bool,
}

/// A browser; it ends with the value.
pub struct Browser {
    pub page: Client,
    address: String,
    _driver: Driver,
}

impl Browser {
    pub async fn open(programs: &Programs, address: &str, look: Look) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let profile = fresh_folder(&format!(
            "profile-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        let driver = Driver::start(&programs.chromedriver, profile.clone());
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--disable-dev-shm-usage".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--window-size=1000,900".into(),
            format!("--user-data-dir={}", profile.display()),
        ];
        if look.dark {
            args.extend(["--force-dark-mode".into(), "--blink-settings=preferredColorScheme=0".into()]);
        }
        let mut options = json!({ "binary": programs.chromium, "args": args });
        if look.no_javascript {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        if look.phone {
            options["mobileEmulation"] = json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "mobile": true } });
        }
        let mut wanted = serde_json::Map::new();
        wanted.insert("goog:chromeOptions".to_owned(), options);
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&driver.address)
            .await
            .unwrap();
        let patience = Some(Duration::from_secs(30));
        page.update_timeouts(TimeoutConfiguration::new(patience, patience, None)).await.unwrap();
        Self { page, address: address.to_owned(), _driver: driver }
    }

    pub async fn go(&self, path: &str) {
        self.page.goto(&format!("{}{path}", self.address)).await.unwrap();
    }

    pub async fn path(&self) -> String {
        self.page.current_url().await.unwrap().path().to_owned()
    }

    pub async fn find(&self, css: &str) -> Element {
        match self.page.find(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.page.source().await.unwrap()),
        }
    }

    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Types into the fields of the form in the page's middle and presses its button.
    pub async fn submit(&self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let field = self.find(&format!("main [name={name}]")).await;
            field.clear().await.unwrap();
            field.send_keys(value).await.unwrap();
        }
        self.follow("main form button").await;
    }

    /// Presses what leads to another page, and waits for that.
    pub async fn follow(&self, css: &str) {
        let page = self.find("html").await;
        self.press(css).await;
        for _ in 0..200 {
            if page.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{css} leads nowhere");
    }

    pub async fn press(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Whether the page has to be moved sideways to be read.
    pub async fn sideways(&self) -> bool {
        let wider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.page.execute(wider, Vec::new()).await.unwrap() == true
    }

    /// Puts a picture of the page into the target directory, for people to look at.
    pub async fn picture(&self, name: &str) {
        let png = self.page.screenshot().await.unwrap();
        fs::write(pictures().join(format!("{name}.png")), png).unwrap();
    }

    /// A picture of one element.
    pub async fn picture_of(&self, css: &str, name: &str) -> PathBuf {
        let file = pictures().join(format!("{name}.png"));
        fs::write(&file, self.find(css).await.screenshot().await.unwrap()).unwrap();
        file
    }
}

fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// chromedriver, in a process group of its own: killed alone, it would leave Chromium behind.
struct Driver {
    process: Child,
    address: String,
    profile: PathBuf,
}

impl Driver {
    fn start(program: &str, profile: PathBuf) -> Self {
        let mut process =
            Command::new(program).arg("--port=0").stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // Whatever else it says is read and dropped, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: format!("http://127.0.0.1:{}", port.unwrap()), profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _gone_already = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _gone_already = self.process.wait();
        let _left_behind = fs::remove_dir_all(&self.profile);
    }
}
