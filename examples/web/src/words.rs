//! What the pages and messages say, in the language of whoever reads it.
//!
//! The words stand in `locales`, a folder for each language and a file for each part of the site, in the format of
//! [Fluent](https://projectfluent.org). A key begins with the name of its file: `settings-title` is in `settings.ftl`. A test fails where a
//! key is missing in one of the languages, or used nowhere.

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::{LanguageIdentifier, langid};

#[cfg(test)]
mod tests;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    #[default]
    English,
    Japanese,
}

/// The files of a language, one for each part of the site.
macro_rules! locale {
    ($($file:literal),* $(,)?) => { &[$(include_str!(concat!("../locales/", $file, ".ftl"))),*] };
}
const ENGLISH: &[&str] =
    locale!("en/common", "en/sign-in", "en/settings", "en/admin", "en/people", "en/mail", "en/audit");
const JAPANESE: &[&str] =
    locale!("ja/common", "ja/sign-in", "ja/settings", "ja/admin", "ja/people", "ja/mail", "ja/audit");

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Japanese];

    /// As in HTML's `lang`, in the cookie and in the database.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }

    /// What those who speak it call it.
    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Japanese => "日本語",
        }
    }

    /// By its tag, or that of one of its regions (`en-GB`).
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.trim();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The one that a browser likes best of those there are, by its `Accept-Language` (RFC 9110 §12.5.4).
    pub(crate) fn preferred(accept_language: &str) -> Option<Self> {
        let weighed = accept_language.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let weight: f32 = weight.trim().parse().ok().filter(|weight| *weight > 0.0)?;
            Some((Self::from_tag(tag.trim())?, weight))
        });
        // The first of those with equal weights.
        let best = weighed.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(language, _)| language)
    }

    const fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::English => langid!("en"),
            Self::Japanese => langid!("ja"),
        }
    }

    fn bundle(self) -> &'static Bundle {
        static BUNDLES: LazyLock<[Bundle; 2]> =
            LazyLock::new(|| [bundle(Language::English, ENGLISH), bundle(Language::Japanese, JAPANESE)]);
        let [english, japanese] = &*BUNDLES;
        match self {
            Self::English => english,
            Self::Japanese => japanese,
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

/// A line that cannot be read is left out; a test shows that there is none.
fn bundle(language: Language, files: &[&str]) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
    // Both are written from left to right: no invisible marks around what is filled in.
    bundle.set_use_isolating(false);
    for file in files {
        let read = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(partly, errors)| {
            tracing::error!(?errors, "a file of words has errors");
            partly
        });
        if let Err(errors) = bundle.add_resource(read) {
            tracing::error!(?errors, "a key stands in two places");
        }
    }
    bundle
}

/// The words of one language.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Words(Language);

impl Words {
    pub(crate) const fn of(language: Language) -> Self {
        Self(language)
    }

    pub(crate) const fn language(self) -> Language {
        self.0
    }

    /// The words under this key.
    pub(crate) fn say(self, key: &str) -> String {
        self.format(key, None)
    }

    /// Fills something in: `words.with("seconds", 30).say("common-in-seconds")`.
    pub(crate) fn with<'a>(self, name: &'static str, value: impl Into<FluentValue<'a>>) -> Filled<'a> {
        Filled { words: self, arguments: FluentArgs::new() }.with(name, value)
    }

    /// A missing key shows as itself.
    fn format(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.0.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "no words for this");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, arguments, &mut errors);
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "words that lack something");
        }
        text.into_owned()
    }
}

/// Words with something to fill in.
pub(crate) struct Filled<'a> {
    words: Words,
    arguments: FluentArgs<'a>,
}

impl<'a> Filled<'a> {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<FluentValue<'a>>) -> Self {
        self.arguments.set(Cow::Borrowed(name), value);
        self
    }

    pub(crate) fn say(&self, key: &str) -> String {
        self.words.format(key, Some(&self.arguments))
    }
}
