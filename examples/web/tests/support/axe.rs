//! axe-core, which looks for what keeps people with disabilities out. It runs inside the page, by WebDriver, whatever the page's own
//! policy for scripts.

use std::fs;

use serde_json::Value;

use super::{browser::Browser, node};

pub struct Axe(String);

impl Axe {
    pub fn find() -> Option<Self> {
        let file = node::package("axe-core/axe.min.js")?;
        Some(Self(fs::read_to_string(file).unwrap()))
    }

    /// Takes a picture of the page and expects no serious or critical finding on it.
    pub async fn look(&self, browser: &Browser, name: &str) {
        browser.picture(name).await;
        browser.page.execute(&self.0, Vec::new()).await.unwrap();
        let run = "const done = arguments[0]; \
                   axe.run(document, {resultTypes: ['violations']}).then((found) => done(found), (e) => done(String(e)))";
        let found = browser.page.execute_async(run, Vec::new()).await.unwrap();
        let violations = found["violations"].as_array().unwrap_or_else(|| panic!("{name}: {found}"));
        assert!(!found["url"].as_str().unwrap().is_empty() && found["testEngine"]["name"] == "axe-core");
        let grave: Vec<_> = violations.iter().filter(|it| is_grave(it)).map(in_words).collect();
        assert!(grave.is_empty(), "{name}: {grave:#?}");
    }
}

fn is_grave(violation: &Value) -> bool {
    matches!(violation["impact"].as_str(), Some("serious" | "critical"))
}

fn in_words(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().unwrap();
    let nodes: Vec<_> =
        nodes.iter().map(|node| format!("{} {}", node["html"], node["failureSummary"])).collect();
    format!("{}: {}", violation["id"], nodes.join("\n"))
}
