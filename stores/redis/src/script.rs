//! The commands sent to Redis: three scripts, each of which is one atomic step there.

use std::sync::LazyLock;

use redis::{Pipeline, RedisResult, Script, ServerErrorKind, Value, aio::MultiplexedConnection};
use second_factor::StoredRecord;

use crate::{keys::Keys, summary};

static READ: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/read.lua")));

static WRITE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/write.lua")));

static PAGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/page.lua")));

/// Calls of scripts that go out together and whose replies come back together.
#[derive(Debug)]
pub(crate) struct Request(Pipeline);

impl Request {
    /// Nothing yet; [`read`](Self::read) adds to it.
    pub(crate) fn new() -> Self {
        let mut pipeline = redis::pipe();
        pipeline.ignore_errors(); // each reply comes with its own
        Self(pipeline)
    }

    /// The `fields` of a record: their values, or nil.
    pub(crate) fn read(mut self, keys: &Keys, user: &str, fields: &[&str]) -> Self {
        self.call(&READ).arg(2).arg(&keys.record).arg(&keys.directory).arg(user).arg(fields);
        self
    }

    /// To write `next`, or to remove what is there, if the revision there is `expected`: 1 or 0.
    pub(crate) fn write(keys: &Keys, user: &str, expected: &[u8], next: Option<&StoredRecord>) -> Self {
        let mut request = Self::new();
        let call = request.call(&WRITE).arg(2).arg(&keys.record).arg(&keys.directory).arg(user).arg(expected);
        if let Some(next) = next {
            call.arg(next.revision().as_bytes()).arg(next.sealed());
            for value in summary::values(next.summary()) {
                call.arg(value);
            }
        }
        request
    }

    /// The ids of the users after `after`.
    pub(crate) fn page(directory: &str, after: Option<&str>, limit: u32) -> Self {
        let mut request = Self::new();
        let begin = after.map_or("-".to_owned(), |after| format!("({after}"));
        request.call(&PAGE).arg(1).arg(directory).arg(begin).arg(limit);
        request
    }

    fn call(&mut self, script: &Script) -> &mut Pipeline {
        self.0.cmd("EVALSHA").arg(script.get_hash())
    }

    /// Sends it, and once more if the server has forgotten the scripts: then it has run none.
    pub(crate) async fn send(&self, connection: &mut MultiplexedConnection) -> RedisResult<Vec<Value>> {
        match self.send_once(connection).await {
            Err(error) if error.kind() == ServerErrorKind::NoScript.into() => {
                load(connection).await?;
                self.send_once(connection).await
            }
            replies => replies,
        }
    }

    async fn send_once(&self, connection: &mut MultiplexedConnection) -> RedisResult<Vec<Value>> {
        let replies: Vec<RedisResult<Value>> = self.0.query_async(connection).await?;
        replies.into_iter().collect()
    }
}

/// Makes the scripts known to the server, and fails if it is one that cannot run them.
pub(crate) async fn load(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    for script in [&READ, &WRITE, &PAGE] {
        script.load_async(connection).await?;
    }
    Ok(())
}
