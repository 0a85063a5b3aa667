//! What a policy asks of a user who has no second factor.

use super::{Decision, Record};
use crate::{event::EventKind, primitives::time::UnixTime};

/// Tells a user who has not set up a second factor that one is required. Who never had a record has one from here on: the notice waits in
/// it. Yields whether there was somebody to tell.
pub(crate) fn require(
    record: Option<Record>,
    root: &[u8; 32],
    required: EventKind,
    now: UnixTime,
) -> Decision<bool> {
    let record = Record::or_new(record, root);
    if record.is_enrolled() {
        return Decision::keep(false);
    }
    Decision::write(record, now, [required], true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::given::*;

    const TOMORROW: UnixTime = UnixTime::from_seconds(NOW.seconds() + DAY);

    fn required(from: Option<UnixTime>) -> EventKind {
        EventKind::RequiredByPolicy { by: operator(), from }
    }

    fn told(record: Option<Record>, from: Option<UnixTime>, at: UnixTime) -> Record {
        let (record, events, told) = written(require(record, &[7; 32], required(from), at));
        assert_eq!((events, told), (vec![required(from)], true));
        record
    }

    /// The id of the notice that waits, and no other.
    fn id(record: &Record) -> u128 {
        let [notice] = record.pending_notices() else { panic!("one") };
        notice.id
    }

    #[test]
    fn who_has_a_second_factor_is_not_told_and_nothing_is_written() {
        let decision = require(Some(enrolled()), &[7; 32], required(None), NOW);
        assert!(decision.change.is_none() && !decision.outcome);
        let mut disabled = enrolled();
        disabled.authenticators[0].disabled = true;
        assert!(!require(Some(disabled), &[7; 32], required(None), NOW).outcome, "it counts as set up");
    }

    #[test]
    fn p30_who_has_none_is_told_through_the_outbox_of_the_record() {
        let record = told(None, Some(TOMORROW), NOW);
        assert!(!record.is_enrolled() && record.enrolled_at.is_none());
        assert_eq!(record.pending_notices()[0].kind, required(Some(TOMORROW)));
    }

    #[test]
    fn the_same_deadline_told_twice_in_a_day_is_one_notice_and_a_later_one_takes_its_place() {
        let morning = UnixTime::from_seconds(NOW.seconds() / DAY * DAY);
        let (evening, next) = (morning.plus(DAY - 1), morning.plus(DAY));
        let first = told(None, Some(TOMORROW), morning);
        let again = told(Some(copy(&first)), Some(TOMORROW), evening);
        assert_eq!(id(&again), id(&first), "a repetition");
        let reminder = told(Some(again), Some(TOMORROW), next);
        assert_ne!(id(&reminder), id(&first), "a reminder");
        for other in [None, Some(UnixTime::EPOCH), Some(TOMORROW.plus(1))] {
            let changed = told(Some(copy(&first)), other, morning);
            assert_ne!(id(&changed), id(&first), "{other:?}");
            assert_eq!(changed.pending_notices()[0].kind, required(other));
        }
        let of_another = require(None, &[8; 32], required(Some(TOMORROW)), morning);
        assert_ne!(id(&written(of_another).0), id(&first), "another user's");
    }
}
