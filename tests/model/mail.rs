//! A mail server that can be down, and that remembers everything.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use second_factor::{Channel, Notice, Notifier, OneTimeCode, UserKey};

use crate::store::OnFire;

/// A clone is another handle on the same server.
#[derive(Clone, Default)]
pub(crate) struct Mail {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_down: bool,
    /// Each notice once, by its id.
    notices: BTreeMap<u128, (UserKey, String)>,
    last_codes: Vec<(UserKey, Channel, String)>,
}

impl Mail {
    pub(crate) fn set_down(&self, down: bool) {
        self.state().is_down = down;
    }

    pub(crate) fn is_down(&self) -> bool {
        self.state().is_down
    }

    /// The code that was sent last to this user over this channel.
    pub(crate) fn last_code(&self, to: &UserKey, channel: Channel) -> Option<String> {
        let state = self.state();
        let last = state.last_codes.iter().rev().find(|(user, over, _)| user == to && *over == channel);
        last.map(|(_, _, code)| code.clone())
    }

    /// The kinds of the notices that reached this user, sorted; one that came twice is there once.
    pub(crate) fn heard(&self, user: &UserKey) -> Vec<String> {
        let state = self.state();
        let mut heard: Vec<_> =
            state.notices.values().filter(|(to, _)| to == user).map(|(_, kind)| kind.clone()).collect();
        heard.sort();
        heard
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Notifier for Mail {
    type Error = OnFire;

    async fn send_code(&self, to: &UserKey, channel: Channel, code: &OneTimeCode) -> Result<(), OnFire> {
        let mut state = self.state();
        if state.is_down {
            return Err(OnFire);
        }
        state.last_codes.push((to.clone(), channel, code.reveal().to_owned()));
        Ok(())
    }

    async fn notify(&self, notice: &Notice) -> Result<(), OnFire> {
        let mut state = self.state();
        if state.is_down {
            return Err(OnFire);
        }
        let shown = format!("{:?}", notice.event().kind());
        let kind = shown.split([' ', '{']).next().unwrap_or_default().to_owned();
        let before = state.notices.insert(notice.id(), (notice.event().user().clone(), kind.clone()));
        assert!(before.is_none_or(|before| before.1 == kind), "an id of two notices");
        Ok(())
    }
}
