//! Reads a source file as tokens, and finds in them the modules it declares and the paths it names. Comments (and so links in docs),
//! strings and items under `#[cfg(test)]` do not count.

/// What a file says about modules.
#[derive(Debug, Default)]
pub struct Scan {
    pub modules: Vec<Module>,
    pub paths: Vec<Path>,
    /// What this scanner does not follow, and so does not allow.
    pub oddities: Vec<(usize, String)>,
}

/// A declaration `mod name;` or `mod name { .. }`.
#[derive(Debug)]
pub struct Module {
    /// The modules of this file it stands in.
    pub within: Vec<String>,
    pub name: String,
    pub test_only: bool,
    pub inline: bool,
}

/// A path that starts at `crate`, `self` or `super`, or any path in a `use`.
#[derive(Debug)]
pub struct Path {
    /// The modules of this file it stands in.
    pub within: Vec<String>,
    pub segments: Vec<String>,
    pub line: usize,
    /// The name that a `use` gives it here; `*` for all names.
    pub bound_as: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Join,
    Mark(char),
}

type Tokens = [(usize, Token)];

pub fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    read(&tokens(text), &[], &mut scan);
    scan
}

fn word(token: Option<&(usize, Token)>) -> Option<&str> {
    match token {
        Some((_, Token::Word(word))) => Some(word),
        _ => None,
    }
}

fn is(token: Option<&(usize, Token)>, mark: char) -> bool {
    matches!(token, Some((_, Token::Mark(found))) if *found == mark)
}

fn joins(token: Option<&(usize, Token)>) -> bool {
    matches!(token, Some((_, Token::Join)))
}

fn read(tokens: &Tokens, within: &[String], scan: &mut Scan) {
    let mut at = 0;
    while at < tokens.len() {
        let line = tokens[at].0;
        match word(tokens.get(at)) {
            None if is(tokens.get(at), '#') => at = attribute(tokens, at, within, scan),
            Some("use") if !is(tokens.get(at + 1), '<') => {
                let end = past(tokens, at, |mark| mark == ';');
                let start = if joins(tokens.get(at + 1)) { at + 2 } else { at + 1 };
                use_tree(&tokens[start..end - 1], &[], within, scan);
                at = end;
            }
            Some("mod") if word(tokens.get(at + 1)).is_some() => {
                let name = word(tokens.get(at + 1)).unwrap().to_owned();
                let inline = is(tokens.get(at + 2), '{');
                let end = if inline { group_end(tokens, at + 2) } else { at + 3 };
                if inline {
                    let inner = [within, std::slice::from_ref(&name)].concat();
                    read(&tokens[at + 3..end - 1], &inner, scan);
                }
                scan.modules.push(Module { within: within.to_vec(), name, test_only: false, inline });
                at = end;
            }
            Some("extern") if word(tokens.get(at + 1)) == Some("crate") => {
                scan.oddities.push((line, "`extern crate`".to_owned()));
                at += 2;
            }
            Some("include") if is(tokens.get(at + 1), '!') => {
                scan.oddities.push((line, "`include!`".to_owned()));
                at += 2;
            }
            Some(first @ ("crate" | "super" | "self")) if joins(tokens.get(at + 1)) => {
                let mut segments = vec![first.to_owned()];
                at += 1;
                while let (true, Some(next)) = (joins(tokens.get(at)), word(tokens.get(at + 1))) {
                    segments.push(next.to_owned());
                    at += 2;
                }
                scan.paths.push(Path { within: within.to_vec(), segments, line, bound_as: None });
            }
            _ => at += 1,
        }
    }
}

/// Reads the attribute at `at` and returns where to go on: behind its item if that exists for tests only.
fn attribute(tokens: &Tokens, at: usize, within: &[String], scan: &mut Scan) -> usize {
    let open = if is(tokens.get(at + 1), '!') { at + 2 } else { at + 1 };
    if !is(tokens.get(open), '[') {
        return at + 1;
    }
    let end = group_end(tokens, open);
    let content = &tokens[open + 1..end - 1];
    let is_test = content.len() == 4
        && word(content.first()) == Some("cfg")
        && is(content.get(1), '(')
        && word(content.get(2)) == Some("test");
    if is_test && open == at + 1 {
        let item_end = item_end(tokens, end);
        let item = &tokens[end..item_end];
        if let Some(place) = item.iter().position(|(_, token)| *token == Token::Word("mod".to_owned()))
            && is(item.get(place + 2), ';')
        {
            let name = word(item.get(place + 1)).unwrap().to_owned();
            scan.modules.push(Module { within: within.to_vec(), name, test_only: true, inline: false });
        }
        return item_end;
    }
    if word(content.first()) == Some("path") {
        scan.oddities.push((tokens[at].0, "`#[path]`".to_owned()));
    }
    // `#[serde(with = "crate::a::b")]` is a path in a string.
    for (line, token) in content {
        if let Token::Text(text) = token
            && ["crate::", "super::", "self::"].iter().any(|start| text.starts_with(start))
        {
            let segments = text.split("::").map(str::to_owned).collect();
            scan.paths.push(Path { within: within.to_vec(), segments, line: *line, bound_as: None });
        }
    }
    open + 1
}

/// Where the item that begins at `at` ends, its further attributes included.
fn item_end(tokens: &Tokens, mut at: usize) -> usize {
    while is(tokens.get(at), '#') {
        at = group_end(tokens, at + 1);
    }
    const ITEMS: &[&str] = &[
        "pub",
        "mod",
        "use",
        "fn",
        "impl",
        "struct",
        "enum",
        "const",
        "static",
        "type",
        "trait",
        "async",
        "unsafe",
        "extern",
        "macro_rules",
    ];
    let is_item = word(tokens.get(at)).is_some_and(|first| ITEMS.contains(&first));
    // `pub use`, `pub(crate) use`: the braces of a `use` do not end it.
    let visible = match (word(tokens.get(at)), is(tokens.get(at + 1), '(')) {
        (Some("pub"), true) => group_end(tokens, at + 1),
        (Some("pub"), false) => at + 1,
        _ => at,
    };
    let is_use = word(tokens.get(visible)) == Some("use");
    while at < tokens.len() {
        match tokens[at].1 {
            Token::Mark(';') => return at + 1,
            Token::Mark(',') if !is_item => return at + 1,
            Token::Mark('{') if !is_use => return group_end(tokens, at),
            Token::Mark('(' | '[' | '{') => at = group_end(tokens, at),
            Token::Mark(')' | ']' | '}') => return at,
            _ => at += 1,
        }
    }
    at
}

/// Behind the first mark outside of groups that fits.
fn past(tokens: &Tokens, mut at: usize, fits: impl Fn(char) -> bool) -> usize {
    while at < tokens.len() {
        match tokens[at].1 {
            Token::Mark(mark) if fits(mark) => return at + 1,
            Token::Mark('(' | '[' | '{') => at = group_end(tokens, at),
            _ => at += 1,
        }
    }
    at + 1
}

/// Behind the bracket that closes the one at `open`.
fn group_end(tokens: &Tokens, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, (_, token)) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len() + 1
}

fn use_tree(tokens: &Tokens, before: &[String], within: &[String], scan: &mut Scan) {
    let mut segments = before.to_vec();
    let mut at = 0;
    let line = tokens.first().map_or(0, |(line, _)| *line);
    while at < tokens.len() {
        match &tokens[at].1 {
            Token::Word(alias) if alias == "as" => {
                let bound_as = word(tokens.get(at + 1)).map(str::to_owned);
                scan.paths.push(Path { within: within.to_vec(), segments, line, bound_as });
                return;
            }
            Token::Word(name) => segments.push(name.clone()),
            Token::Mark('*') => {
                scan.paths.push(Path { within: within.to_vec(), segments, line, bound_as: Some("*".into()) });
                return;
            }
            Token::Mark('{') => {
                let mut inner = &tokens[at + 1..group_end(tokens, at) - 1];
                while !inner.is_empty() {
                    let end = past(inner, 0, |mark| mark == ',');
                    use_tree(&inner[..(end - 1).min(inner.len())], &segments, within, scan);
                    inner = &inner[end.min(inner.len())..];
                }
                return;
            }
            _ => {}
        }
        at += 1;
    }
    // `a::{self}` names `a`.
    if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
        segments.pop();
    }
    let bound_as = segments.last().cloned();
    scan.paths.push(Path { within: within.to_vec(), segments, line, bound_as });
}

fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut found = Vec::new();
    let (mut line, mut rest) = (1, text);
    while !rest.is_empty() {
        let (token, length) = token(rest);
        found.extend(token.map(|token| (line, token)));
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The first token, nothing for what does not count, and its length in bytes.
fn token(rest: &str) -> (Option<Token>, usize) {
    let first = rest.chars().next().unwrap();
    if rest.starts_with("//") {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (None, comment_length(rest));
    }
    if let Some((text, length)) = string(rest) {
        return (Some(Token::Text(text.to_owned())), length);
    }
    if first == '\'' {
        return (None, quote_length(rest));
    }
    if first.is_alphanumeric() || first == '_' {
        let name = rest.strip_prefix("r#").unwrap_or(rest);
        let length = word_length(name);
        return (Some(Token::Word(name[..length].to_owned())), rest.len() - name.len() + length);
    }
    if rest.starts_with("::") {
        return (Some(Token::Join), 2);
    }
    ((!first.is_whitespace()).then_some(Token::Mark(first)), first.len_utf8())
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Comments nest.
fn comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &text[at..];
        if rest.is_empty() {
            return at;
        } else if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().unwrap().len_utf8();
        }
    }
}

/// The content and the whole length of the string literal of any kind that the text begins with.
fn string(text: &str) -> Option<(&str, usize)> {
    let letters =
        ["br", "cr", "b", "c", "r"].iter().find(|letters| text.starts_with(**letters)).map_or(0, |l| l.len());
    let raw = text[..letters].ends_with('r');
    let hashes = text[letters..].bytes().take_while(|byte| raw && *byte == b'#').count();
    let start = letters + hashes + 1;
    if text.as_bytes().get(start - 1) != Some(&b'"') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let mut at = start;
    while at < text.len() && !text[at..].starts_with(&close) {
        let escaped = !raw && text[at..].starts_with('\\');
        at += text[at..].chars().take(if escaped { 2 } else { 1 }).map(char::len_utf8).sum::<usize>();
    }
    Some((&text[start..at], (at + close.len()).min(text.len())))
}

/// A character in quotes, or a lifetime.
fn quote_length(text: &str) -> usize {
    let inner = &text[1..];
    let mut chars = inner.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), Some(escaped)) => {
            let behind = 1 + escaped.len_utf8();
            inner[behind..].find('\'').map_or(text.len(), |close| 1 + behind + close + 1)
        }
        (Some(single), Some('\'')) => 1 + single.len_utf8() + 1,
        _ => 1 + word_length(inner),
    }
}
