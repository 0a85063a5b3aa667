//! Deleting what a company's members have set up, once it uses no second factor any more: in the background, page by page, and on
//! after a restart.

use std::time::Duration;

use second_factor::{Sweep, TenantId, Token};

use crate::{
    db::{Deletion, User},
    glue::App,
    problem::{Problem, log},
};

/// Until the next attempt, when the database does not answer.
const PAUSE: Duration = Duration::from_secs(5);

impl App {
    /// Begins, or begins again to try those who failed. The company's policy is off by now, and `by` carries it.
    pub(crate) async fn begin_deleting(&self, by: &User, confirmation: String) -> Result<(), Problem> {
        let totals = self.administration.totals(&TenantId::new(by.company_id.as_str())).await?;
        let deletion = Deletion {
            company_id: by.company_id.clone(),
            by: by.id,
            confirmation,
            cursor: None,
            total: totals.records,
            done: 0,
            failed: 0,
            finished: false,
        };
        self.go_on_deleting(by, deletion).await
    }

    /// Those that a stop of the service interrupted.
    pub(crate) async fn resume_deletions(&self) -> sqlx::Result<()> {
        for deletion in self.db.open_deletions().await? {
            let by = self.db.member(&deletion.company_id, deletion.by).await?;
            let Some(by) = by else { continue };
            if let Err(problem) = self.go_on_deleting(&by, deletion).await {
                // The company uses it again, or it was confirmed too long ago. Whoever still has it is still asked.
                tracing::warn!(?problem, "a deletion is not resumed");
            }
        }
        Ok(())
    }

    async fn go_on_deleting(&self, by: &User, deletion: Deletion) -> Result<(), Problem> {
        let confirmation = Token::from(deletion.confirmation.clone());
        let mut sweep = self.administration.delete_all(&by.account(), &confirmation)?;
        if let Some(cursor) = deletion.cursor.as_deref().and_then(|it| serde_json::from_str(it).ok()) {
            sweep = sweep.resume(cursor);
        }
        self.db.save_deletion(&deletion).await?;
        tokio::spawn(self.clone().delete(sweep, deletion));
        Ok(())
    }

    async fn delete(self, mut sweep: Sweep, mut deletion: Deletion) {
        let (done, failed) = (deletion.done, deletion.failed);
        while !deletion.finished {
            match sweep.next().await {
                Ok(Some(progress)) => {
                    deletion.done = done.saturating_add(progress.done);
                    deletion.failed = failed.saturating_add(progress.failed);
                    deletion.cursor = serde_json::to_string(&progress.cursor).ok();
                }
                Ok(None) => deletion.finished = true,
                Err(error) => {
                    log(&error.into());
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if let Err(error) = self.db.save_deletion(&deletion).await {
                log(&error.into());
                tokio::time::sleep(PAUSE).await;
                deletion.finished = false;
            }
        }
        tracing::info!(deletion.done, deletion.failed, "deleted second factors");
    }
}
