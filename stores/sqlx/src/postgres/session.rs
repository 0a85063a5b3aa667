//! Asking the database: each question on a connection of its own, in bounded time, in one round trip.

use std::{fmt::Write as _, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection as _, Row as _, SqlStr,
    postgres::{PgPool, PgRow},
};
use tokio::time::timeout;

use super::{
    lease::{AtHand, Lease},
    statements::Statement,
};
use crate::error::Error;

/// A value of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Bytes(&'a [u8]),
    Number(Option<i64>),
    Many(&'a [&'a [u8]]),
}

/// How questions reach the database.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) pool: PgPool,
    pub(super) at_hand: AtHand,
    /// Each statement whole in one message, instead of prepared once for a connection and then called by its name.
    pub(super) simple: bool,
    /// How long an answer may take.
    pub(super) patience: Duration,
}

/// Whether a write was made, as far as the database says.
#[derive(Debug)]
pub(super) enum Written {
    Answered(Vec<PgRow>),
    /// The database took it back, because others wrote at the same time.
    Conflict,
    /// An earlier attempt may have been made, or not, before its connection broke. This one was answered.
    AnsweredAgain(Vec<PgRow>, Error),
}

impl Written {
    /// What was answered, and what became of an earlier attempt of which that is not known. `None` if it was taken back.
    pub(super) fn answer(self) -> Option<(Vec<PgRow>, Option<Error>)> {
        match self {
            Self::Conflict => None,
            Self::Answered(rows) => Some((rows, None)),
            Self::AnsweredAgain(rows, earlier) => Some((rows, Some(earlier))),
        }
    }
}

impl Session {
    /// The rows that answer a question, of which there is at least one. It may be asked again: if the connection turns out to be dead, on one
    /// that is known to live, and if the host's isolation level takes the answer back.
    pub(super) async fn read(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<PgRow>, Error> {
        const ATTEMPTS: usize = 5;
        let mut outcome = self.ask(self.lease().await?, statement, values).await;
        for _ in 1..ATTEMPTS {
            outcome = match outcome {
                Err(Failure { kind: Kind::Dead, .. }) => {
                    self.ask(self.living().await?, statement, values).await
                }
                Err(Failure { kind: Kind::Conflict, .. }) => {
                    self.ask(self.lease().await?, statement, values).await
                }
                outcome => return outcome.map_err(|failure| failure.error),
            }
        }
        outcome.map_err(|failure| failure.error)
    }

    /// What answers a conditional write. Because of its condition it can be made once only, so it may be tried again where it is not known whether
    /// the first attempt was made.
    pub(super) async fn write(&self, statement: &Statement, values: &[Value<'_>]) -> Result<Written, Error> {
        let first = match self.ask(self.lease().await?, statement, values).await {
            Err(failure) if failure.kind == Kind::Dead => failure.error,
            outcome => return settled(outcome),
        };
        let Ok(lease) = self.living().await else { return Err(first) };
        match settled(self.ask(lease, statement, values).await) {
            Ok(Written::Answered(rows)) => Ok(Written::AnsweredAgain(rows, first)),
            _ => Err(first),
        }
    }

    /// Several statements in one message, which are one transaction.
    pub(super) async fn run(&self, script: &SqlStr) -> Result<(), Error> {
        let mut lease = self.lease().await?;
        let answer = sqlx::raw_sql(script.clone()).execute(&mut *lease.connection);
        let answer = timeout(self.patience, answer).await.map_err(|_| Error::TimedOut(self.patience))?;
        lease.is_over = true;
        answer?;
        Ok(())
    }

    async fn ask(
        &self,
        mut lease: Lease,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<PgRow>, Failure> {
        let answer = async {
            if self.simple {
                let whole = AssertSqlSafe(inline(statement.sql.as_str(), values));
                return sqlx::raw_sql(whole).fetch_all(&mut *lease.connection).await;
            }
            let mut query = sqlx::query(statement.sql.clone());
            for value in values {
                query = match *value {
                    Value::Bytes(bytes) => query.bind(bytes),
                    Value::Number(number) => query.bind(number),
                    Value::Many(many) => query.bind(many),
                };
            }
            query.fetch_all(&mut *lease.connection).await
        };
        let answer = timeout(self.patience, answer).await;
        let Ok(answer) = answer else {
            return Err(Failure { kind: Kind::Other, error: Error::TimedOut(self.patience) });
        };
        let rows = answer
            .map_err(|error| Failure { kind: kind(&error), error: error.into() })
            .inspect_err(|failure| lease.is_over = failure.kind != Kind::Dead)?;
        self.at_hand.keep(lease);
        match rows.first().map(|row| row.try_get::<&str, _>(0)) {
            Some(Ok(label)) if label == statement.label => Ok(rows),
            None if !statement.answers_always => Ok(rows),
            _ => Err(Failure { kind: Kind::Other, error: Error::Misunderstood }),
        }
    }

    async fn lease(&self) -> Result<Lease, Error> {
        Ok(self.at_hand.lease(&self.pool).await?)
    }

    /// A connection that has just answered. All that rested in the pool when the server went are found out on the way.
    async fn living(&self) -> Result<Lease, Error> {
        let mut outcome = Err(Error::TimedOut(self.patience));
        for _ in 0..=self.pool.options().get_max_connections() {
            let mut lease = self.lease().await?;
            outcome = match timeout(self.patience, lease.connection.ping()).await {
                Ok(Ok(())) => return Ok(lease),
                Ok(Err(error)) => Err(error.into()),
                Err(_) => return Err(Error::TimedOut(self.patience)),
            }
        }
        outcome
    }
}

#[derive(Debug)]
struct Failure {
    kind: Kind,
    error: Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The connection is gone, perhaps for long; nobody knows what became of the question.
    Dead,
    /// Nothing was written, because others wrote at the same time (`serialization_failure`).
    Conflict,
    Other,
}

fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_) => Kind::Dead,
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("40001") => Kind::Conflict,
            // `connection_exception`, as poolers say it, and `operator_intervention` that ends connections. 57014 is a time-out, 57000 the class.
            Some(code) if code.starts_with("08") || code.starts_with("57P") => Kind::Dead,
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

fn settled(outcome: Result<Vec<PgRow>, Failure>) -> Result<Written, Error> {
    match outcome {
        Ok(rows) => Ok(Written::Answered(rows)),
        Err(failure) if failure.kind == Kind::Conflict => Ok(Written::Conflict),
        Err(failure) => Err(failure.error),
    }
}

/// The statement with its values in it. They are written in digits and as hexadecimal digits, so there is nothing to escape.
pub(super) fn inline(sql: &str, values: &[Value<'_>]) -> String {
    let mut pieces = sql.split('$');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = piece.split_at(digits);
        let value = number.parse::<usize>().ok().and_then(|number| values.get(number.checked_sub(1)?));
        match value {
            Some(Value::Bytes(bytes)) => push_bytes(&mut whole, bytes),
            Some(Value::Number(Some(number))) => push(&mut whole, format_args!("({number})")),
            Some(Value::Number(None)) => whole.push_str("NULL"),
            Some(Value::Many(many)) => {
                whole.push_str("ARRAY[");
                for (place, bytes) in many.iter().enumerate() {
                    whole.push_str(if place == 0 { "" } else { "," });
                    push_bytes(&mut whole, bytes);
                }
                whole.push(']');
            }
            // The database says that there is no such parameter.
            None => push(&mut whole, format_args!("${number}")),
        }
        whole.push_str(rest);
    }
    whole
}

fn push_bytes(whole: &mut String, bytes: &[u8]) {
    whole.push_str("pg_catalog.decode('");
    for byte in bytes {
        push(whole, format_args!("{byte:02x}"));
    }
    whole.push_str("','hex')");
}

fn push(whole: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _always = whole.write_fmt(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_statement_as_digits() {
        let values = [
            Value::Bytes(b"'\\\0$2"),
            Value::Number(Some(-7)),
            Value::Number(None),
            Value::Many(&[b"a", b""]),
        ];
        assert_eq!(
            inline("SELECT $1::bytea, $2, $3::bigint, $4::bytea[], $2", &values),
            "SELECT pg_catalog.decode('275c002432','hex')::bytea, (-7), NULL::bigint, \
             ARRAY[pg_catalog.decode('61','hex'),pg_catalog.decode('','hex')]::bytea[], (-7)"
        );
        let twelve = [Value::Number(Some(1)); 12];
        assert_eq!(inline("$1$12", &twelve), "(1)(1)");
        assert_eq!(inline("$0 $13 $", &twelve), "$0 $13 $");
    }
}
