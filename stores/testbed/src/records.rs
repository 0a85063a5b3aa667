//! Records that are told apart by a number, and writers that count with them.

use second_factor::{Revision, StoredRecord, Swap, UserKey, UserStore};

/// Whose they are.
#[must_use]
pub fn user() -> UserKey {
    UserKey::new("acme", "42")
}

/// The n-th record of a user: what is sealed in it is the number.
#[must_use]
pub fn record(number: u64) -> StoredRecord {
    StoredRecord::new(Revision::from_bytes(u128::from(number).to_be_bytes()), number.to_be_bytes().to_vec())
}

/// Which record it is.
///
/// # Panics
///
/// If it is none of ours.
#[must_use]
pub fn number(record: &StoredRecord) -> u64 {
    u64::from_be_bytes(record.sealed().try_into().unwrap())
}

/// Lets six writers count on through two handles, which are as two processes, until each of them has made so many writes: what each
/// was told is done was counted once.
///
/// # Panics
///
/// If a write is lost.
pub async fn no_write_is_lost<S: UserStore + Clone>(stores: [S; 2], writes: u64) {
    assert_eq!(ok(stores[0].compare_and_swap(&user(), None, &record(0)).await), Swap::Done);
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let store = stores[writer % 2].clone();
            tokio::spawn(async move {
                let mut done = 0;
                while done < writes {
                    let found = ok(store.load(&user()).await).unwrap();
                    let next = record(number(&found) + 1);
                    match ok(store.compare_and_swap(&user(), Some(found.revision()), &next).await) {
                        Swap::Done => done += 1,
                        Swap::Conflict => {}
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(number(&ok(stores[0].load(&user()).await).unwrap()), 6 * writes);
}

pub(crate) fn ok<T, E: Into<second_factor::BoxError>>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.into()))
}
