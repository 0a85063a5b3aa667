//! Backup codes: reading what was typed, and comparing its digest with the ten of a record, whichever it is.

use std::rc::Rc;

use second_factor::{Clock, UserStore, testing::Stages};
use second_factor_benches::{Ann, at_once};

use crate::case::Case;

pub fn cases() -> Vec<Case> {
    let ann = Ann::enrolled();
    let now = ann.clock.now();
    let stored = at_once(ann.store.load(ann.account.user())).unwrap().unwrap();
    let stages = Rc::new(Stages::new(Ann::keys(), ann.account.clone(), stored));
    let places = [
        ("first", ann.backup_codes[0].clone()),
        ("last", ann.backup_codes[9].clone()),
        ("none of them", "00000-00000-00000-00000-00000".to_owned()),
    ];
    let decide = |(place, code): (&str, String)| {
        let (open, decide) = (stages.clone(), stages.clone());
        Case::using(
            format!("read, digest, ten compared/{place}"),
            move || open.open(),
            move |record| decide.decide(record, &code, now),
        )
    };
    places.into_iter().map(decide).collect()
}
