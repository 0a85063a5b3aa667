//! A place of the test's own for the records, in servers that others use too.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process,
};

use second_factor::{Clock, SystemClock};
use sqlx::{AssertSqlSafe, PgPool};

/// A table in PostgreSQL that nobody else uses.
pub struct Table {
    pub name: String,
    pool: PgPool,
}

impl Table {
    pub async fn of(url: &str, purpose: &str) -> Self {
        Self { name: own_name(purpose), pool: PgPool::connect(url).await.unwrap() }
    }

    pub async fn rows(&self) -> i64 {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {}", self.name));
        sqlx::query_scalar(count).fetch_one(&self.pool).await.unwrap()
    }

    pub async fn drop(self) {
        let drop = AssertSqlSafe(format!("DROP TABLE IF EXISTS {}", self.name));
        sqlx::query(drop).execute(&self.pool).await.unwrap();
    }
}

/// The keys in Redis with a prefix that nobody else uses.
pub struct Keys {
    pub prefix: String,
    redis: BufReader<TcpStream>,
}

impl Keys {
    /// The server of a URL without a password.
    pub fn of(url: &str, purpose: &str) -> Self {
        let address = url.strip_prefix("redis://").unwrap().split('/').next().unwrap();
        Self { prefix: own_name(purpose), redis: BufReader::new(TcpStream::connect(address).unwrap()) }
    }

    /// Deletes them; how many there were.
    pub fn delete(mut self) -> usize {
        let keys = self.ask(&format!("KEYS {{{}:*", self.prefix));
        assert!(keys.iter().all(|key| key.starts_with(&format!("{{{}:", self.prefix))), "{keys:?}");
        keys.iter().map(|key| self.ask(&format!("DEL {key}")).len()).sum()
    }

    /// What the answer to a command consists of.
    fn ask(&mut self, command: &str) -> Vec<String> {
        self.redis.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        let head = self.line();
        match (&head[..1], head[1..].parse::<usize>()) {
            ("*", Ok(many)) => (0..many).map(|_| (self.line(), self.line()).1).collect(),
            (":", _) => vec![head],
            _ => panic!("{command}: {head}"),
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.redis.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

fn own_name(purpose: &str) -> String {
    format!("{purpose}_{}_{}", process::id(), SystemClock.now().seconds())
}
