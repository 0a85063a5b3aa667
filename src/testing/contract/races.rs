//! Clause 1 while others write: of all who start from one revision, exactly one is done.

use super::{Clause, fail, subject::Subject};
use crate::{
    store::{StoredRecord, Swap, UserStore},
    testing::drive::{self, Call},
    user::UserKey,
};

/// How many calls run against each other.
const CONTESTANTS: usize = 8;
/// How often, where the calls overlap by being polled in turn: that they do is certain.
const ROUNDS: usize = 12;
/// How often, where they overlap by running on threads: that they do is likely.
const ROUNDS_ON_THREADS: usize = 150;

/// What the contestants of a round try.
#[derive(Clone, Copy)]
enum Contest {
    /// All create a record where there is none.
    Create,
    /// All swap from the same revision.
    Swap,
    /// Half of them swap, half remove.
    SwapAndRemove,
}

impl Contest {
    const ALL: [Self; 3] = [Self::Create, Self::Swap, Self::SwapAndRemove];

    const fn name(self) -> &'static str {
        match self {
            Self::Create => "callers that create the same record at once",
            Self::Swap => "callers that swap from the same revision at once",
            Self::SwapAndRemove => "callers that swap and remove from the same revision at once",
        }
    }
}

/// Races within one handle; on threads if the store never waits.
pub(super) async fn one_handle<S: UserStore>(store: &Subject<S>) {
    run(&[store, store], "").await;
}

/// Races between two handles, as between two processes.
pub(super) async fn two_handles<S: UserStore>(one: &Subject<S>, other: &Subject<S>) {
    run(&[one, other], ", through two handles").await;
}

async fn run<S: UserStore>(handles: &[&Subject<S>; 2], how: &str) {
    let mut waited = false;
    for contest in Contest::ALL {
        for _ in 0..ROUNDS {
            let round = Round::start(handles, contest).await;
            let raced = drive::interleaved(round.calls(handles)).await;
            waited |= raced.waited;
            round.judge(handles, &raced.results, how).await;
        }
    }
    if waited {
        return;
    }
    for contest in Contest::ALL {
        for _ in 0..ROUNDS_ON_THREADS {
            let round = Round::start(handles, contest).await;
            let results = drive::on_threads(round.calls(handles));
            round.judge(handles, &results, how).await;
        }
    }
}

struct Round {
    contest: Contest,
    user: UserKey,
    before: Option<StoredRecord>,
    /// What each contestant wants to leave behind; nothing if it removes.
    wanted: Vec<Option<StoredRecord>>,
}

impl Round {
    async fn start<S: UserStore>([store, _]: &[&Subject<S>; 2], contest: Contest) -> Self {
        let user = store.new_user();
        let before = match contest {
            Contest::Create => None,
            Contest::Swap | Contest::SwapAndRemove => Some(store.new_record()),
        };
        if let Some(before) = &before {
            store.expect_done(&user, None, before, "creating a record").await;
        }
        let removes = |number: usize| matches!(contest, Contest::SwapAndRemove) && number % 4 >= 2;
        let wanted = (0..CONTESTANTS).map(|number| (!removes(number)).then(|| store.new_record())).collect();
        Self { contest, user, before, wanted }
    }

    /// One call for each contestant, in turn through one and the other handle.
    fn calls<'s, S: UserStore>(&self, handles: &[&'s Subject<S>; 2]) -> Vec<Call<'s, Swap>> {
        let expected = self.before.as_ref().map(StoredRecord::revision);
        self.wanted
            .iter()
            .zip(handles.iter().cycle())
            .map(|(wanted, store)| match (wanted, expected) {
                (Some(next), _) => store.swap_call(self.user.clone(), expected, next.clone()),
                (None, Some(expected)) => store.remove_call(self.user.clone(), expected),
                // Nobody removes what is not there.
                (None, None) => Box::pin(async { Swap::Conflict }),
            })
            .collect()
    }

    async fn judge<S: UserStore>(&self, [store, _]: &[&Subject<S>; 2], results: &[Swap], how: &str) {
        let winners: Vec<&Option<StoredRecord>> = self
            .wanted
            .iter()
            .zip(results)
            .filter_map(|(wanted, result)| (*result == Swap::Done).then_some(wanted))
            .collect();
        let contest = self.contest.name();
        let [winner] = winners.as_slice() else {
            let (done, all) = (winners.len(), results.len());
            fail(
                Clause::CompareAndSwap,
                format_args!("{done} of {all} {contest}{how} were done, must be exactly one"),
            )
        };
        let what = format!("after {contest}{how}");
        match winner {
            Some(record) => store.expect_stored(Clause::CompareAndSwap, &self.user, record, &what).await,
            None => store.expect_absent(Clause::CompareAndSwap, &self.user, &what).await,
        }
    }
}
