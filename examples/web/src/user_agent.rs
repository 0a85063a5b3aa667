//! What a browser is called in the list of trusted ones.

/// A few words for a `User-Agent`: "Firefox on Linux". It is what the browser says of itself, and no more than a reminder.
pub(crate) fn label(agent: &str) -> String {
    // In this order: Edge and Opera call themselves Chrome as well, and Chrome calls itself Safari.
    const BROWSERS: [(&str, &str); 6] = [
        ("Firefox/", "Firefox"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    // Android calls itself Linux as well, and iPhones call themselves like Macs.
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let first = |names: &[(&str, &'static str)], unknown| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map_or(unknown, |(_, name)| *name)
    };
    format!("{} on {}", first(&BROWSERS, "A browser"), first(&SYSTEMS, "some device"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_few_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("<script>", "A browser on some device"),
            ("", "A browser on some device"),
        ] {
            assert_eq!(label(agent), words);
        }
    }
}
