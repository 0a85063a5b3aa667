//! Whether a server keeps what it acknowledges.

use std::collections::HashMap;

use redis::{aio::MultiplexedConnection, cmd};

use crate::error::Error;

const NEEDED: &str = "appendonly yes, appendfsync always and no-appendfsync-on-rewrite no";

/// What a server has to promise before a record is read from it or written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Each acknowledged write is on its disk.
    OnDisk,
    /// Nothing: the host has taken it upon itself.
    Accepted,
}

/// Fails unless the server at the other end is a primary, throws nothing away, and is as durable as asked.
pub(crate) async fn check(
    connection: &mut MultiplexedConnection,
    durability: Durability,
) -> Result<(), Error> {
    let info: String = cmd("INFO").query_async(connection).await?;
    let info = Info(&info);
    if info.get("role") != "master" {
        return Err(Error::Replica);
    }
    if info.get("cluster_enabled") == "1" {
        return Err(Error::Cluster);
    }
    // The `volatile-` policies evict only keys with a time to live, and ours have none.
    let policy = info.get("maxmemory_policy");
    if policy != "noeviction" && !policy.starts_with("volatile-") {
        return Err(Error::Evicts { found: policy.to_owned() });
    }
    match durability {
        Durability::OnDisk => on_disk(connection, info).await,
        Durability::Accepted => Ok(()),
    }
}

async fn on_disk(connection: &mut MultiplexedConnection, info: Info<'_>) -> Result<(), Error> {
    const SYNC: &str = "appendfsync";
    // With `yes`, nothing is synced while the file is written anew, whatever the other setting says.
    const NO_SYNC_ON_REWRITE: &str = "no-appendfsync-on-rewrite";
    let not_durable = |found| Error::NotDurable { found, needed: NEEDED };
    if info.get("aof_enabled") != "1" {
        return Err(not_durable("appendonly is no".to_owned()));
    }
    let mut question = cmd("CONFIG");
    question.arg("GET").arg(SYNC).arg(NO_SYNC_ON_REWRITE);
    let settings: HashMap<String, String> = match question.query_async(connection).await {
        Ok(settings) => settings,
        Err(error) if error.is_io_error() => return Err(error.into()),
        Err(error) => return Err(not_durable(format!("the server does not show its settings ({error})"))),
    };
    for (setting, needed) in [(SYNC, "always"), (NO_SYNC_ON_REWRITE, "no")] {
        let found = settings.get(setting).map_or("not shown", String::as_str);
        if found != needed {
            return Err(not_durable(format!("{setting} is {found}")));
        }
    }
    Ok(())
}

/// What `INFO` answered.
#[derive(Debug, Clone, Copy)]
struct Info<'a>(&'a str);

impl<'a> Info<'a> {
    /// What is not there is as the empty text, which is never good enough.
    fn get(self, name: &str) -> &'a str {
        let mut lines = self.0.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }
}
