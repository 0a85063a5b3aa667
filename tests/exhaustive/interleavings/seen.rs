//! What can be seen of an end from the outside.

use second_factor::{Error, FirstFactor, Result, SignIn};

use super::{
    ceremony::{Ceremony, Hand},
    schedule::alone,
    stage::Stage,
};

/// Who succeeded, what was told, and what stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    answers: (String, String),
    status: String,
    summary: Option<String>,
    /// For the audit log, in any order.
    events: Vec<String>,
    /// To the user, without second deliveries, in any order.
    notices: Vec<String>,
    /// What becomes of the tokens, proofs, codes and cookies that were brought, if they are brought once more.
    afterwards: Vec<String>,
    /// What two calls both got for the same thing: a violation.
    twice: Vec<String>,
}

impl Seen {
    pub(super) fn of(stage: &Stage, answers: (String, String), made: [(Ceremony, &Hand); 2]) -> Self {
        let events = sorted(stage.events.lock().unwrap().iter().map(|event| format!("{:?}", event.kind())));
        let mut notices = stage.mailer.notices.lock().unwrap().clone();
        notices.sort_by_key(second_factor::Notice::id);
        notices.dedup_by_key(|notice| notice.id());
        let notices = sorted(notices.iter().map(|notice| format!("{:?}", notice.event().kind())));
        let status = alone(stage.verifier.status(&stage.account, None)).unwrap();
        let summary = stage.row.get().map(|row| {
            let mut summary = *row.summary();
            summary.generation = 0;
            format!("{summary:?}")
        });
        let mut twice = Vec::new();
        let [(one, first), (two, second)] = made;
        if answers.0.starts_with("ok") && answers.1.starts_with("ok") {
            let both = two.spends(second);
            twice.extend(one.spends(first).into_iter().filter(|it| both.contains(it)));
        }
        let mut afterwards = Vec::new();
        for (ceremony, hand) in made {
            if !ceremony.spends(hand).is_empty() {
                let answer = alone(ceremony.run(stage, hand));
                if answer.starts_with("ok") && succeeded(&answers, made, (ceremony, hand)) {
                    twice.push(format!("{ceremony:?} once more"));
                }
                afterwards.push(answer);
            }
            afterwards.extend(probe(stage, hand));
        }
        afterwards.extend(stage.cookies.iter().map(|cookie| begin(stage, cookie)));
        let status = without_ids(&format!("{status:?}"));
        Self { answers, status, summary, events, notices, afterwards, twice }
    }

    /// To be refused although either order alone would have allowed it is no harm where nothing is lost by asking again: an erasure that
    /// waits for notices finds one that the other's commit has left and its delivery not yet taken out.
    pub(super) fn is_refused_in_doubt(&self, forwards: &Self, backwards: &Self) -> bool {
        let spared = [forwards, backwards].map(|order| (&order.answers, order));
        let doubt = |answer: &str| answer == "NoticesPending";
        let (one, two) = (&self.answers.0, &self.answers.1);
        let other_as_alone = |pick: fn(&(String, String)) -> &String| {
            spared.iter().any(|(answers, _)| pick(answers) == pick(&self.answers))
        };
        doubt(one) && other_as_alone(|answers| &answers.1)
            || doubt(two) && other_as_alone(|answers| &answers.0)
    }

    /// Whether something was accepted a second time.
    pub(super) const fn accepts_twice(&self) -> bool {
        !self.twice.is_empty()
    }
}

fn succeeded(answers: &(String, String), made: [(Ceremony, &Hand); 2], once_more: (Ceremony, &Hand)) -> bool {
    let used = once_more.0.spends(once_more.1);
    let answers = [&answers.0, &answers.1];
    made.iter().zip(answers).any(|((ceremony, hand), answer)| {
        answer.starts_with("ok") && ceremony.spends(hand).iter().any(|it| used.contains(it))
    })
}

/// What a token is still good for.
fn probe(stage: &Stage, hand: &Hand) -> Vec<String> {
    let Some(token) = &hand.token else { return Vec::new() };
    let (verifier, account) = (&stage.verifier, &stage.account);
    let shown =
        alone(verifier.challenge(account, token)).map(|it| format!("{:?}", (it.factors(), it.sent())));
    let enrollment = alone(verifier.enrollment(account, token)).map(|_| "pending".to_owned());
    vec![told(shown), told(enrollment)]
}

fn begin(stage: &Stage, cookie: &str) -> String {
    told(alone(stage.verifier.begin(&stage.account, FirstFactor::Password, Some(cookie))).map(
        |it| match it {
            SignIn::Open(open) => format!("{:?}", open.assurance()),
            SignIn::Challenge(_) => "challenge".into(),
            SignIn::Enroll(_) => "enroll".into(),
        },
    ))
}

fn told(result: Result<String>) -> String {
    match result {
        Ok(text) => text,
        Err(Error::Rejected(rejection)) => format!("{:?}", rejection.reason()),
        Err(Error::NotAllowed(rule)) => format!("{rule:?}"),
        Err(Error::Unavailable(unavailable)) => panic!("unavailable: {unavailable:?}"),
    }
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}

/// Ids are drawn at random for each run.
fn without_ids(text: &str) -> String {
    let mut parts = text.split("DeviceId(");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept.push_str("DeviceId");
        kept.push_str(part.split_once(')').unwrap().1);
    }
    kept
}
