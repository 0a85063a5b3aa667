//! An authenticator app for the tests without a browser. It never shows a code twice.

use std::time::Duration;

use second_factor::{
    Clock, SystemClock,
    primitives::{
        secret::Secret,
        time::TimeStep,
        totp::{Totp, TotpKey},
    },
};

pub struct Phone {
    key: TotpKey,
    shown: u64,
}

impl Phone {
    /// Types in the key from the set-up page.
    pub fn with_key(typed: &str) -> Self {
        Self { key: Totp::new().key(&Secret::from_base32(typed).unwrap()), shown: 0 }
    }

    /// The next code that can be accepted, taken from as far back as the window reaches; waits if it must.
    pub async fn next_code(&mut self) -> String {
        loop {
            let now = Totp::new().step_at(SystemClock.now()).unwrap().number();
            let next = (self.shown + 1).max(now - 1);
            if next <= now + 1 {
                self.shown = next;
                return self.key.code_in(TimeStep::new(next)).reveal();
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Six digits that are none of the codes around now.
    pub fn wrong_code(&self) -> String {
        (0..10).map(|n| format!("00000{n}")).find(|code| !self.is_near(code)).unwrap()
    }

    /// Whether it is one of the codes around now.
    pub fn is_near(&self, code: &str) -> bool {
        let now = Totp::new().step_at(SystemClock.now()).unwrap().number();
        (now - 3..=now + 3).any(|step| self.key.code_in(TimeStep::new(step)).reveal() == code)
    }
}
