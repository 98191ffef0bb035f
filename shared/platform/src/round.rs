//! The round of an errand: every clinic has its turn, many at once.

use crate::errand::Occasion;
use crate::trail::Trail;
use lambda_runtime::Error;
use std::ops::AddAssign;
use tokio::task::JoinSet;
use visage_store::directory::{ClinicEntry, Directory};

/// How many clinics have their turn at once.
const AT_ONCE: usize = 16;

impl Occasion<'_> {
    /// Gives every clinic its `turn`, with the audit trail of what is done there. Answers what all turns came to, and the last
    /// error: one clinic's trouble is no other's, so the rest has its turn, and then the errand is to fail.
    ///
    /// # Errors
    /// If the clinics can't be listed, or the configuration doesn't name the log's table.
    pub async fn round<T, Turn>(
        &self,
        directory: &Directory,
        turn: impl Fn(ClinicEntry, Trail) -> Turn,
    ) -> Result<(T, Option<Error>), Error>
    where
        T: Default + AddAssign + Send + 'static,
        Turn: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (mut total, mut failed, mut after) = (T::default(), None, None);
        loop {
            let (clinics, next) = directory.clinics(after).await?;
            for some in clinics.chunks(AT_ONCE) {
                let mut turns = JoinSet::new();
                for clinic in some {
                    let trail = self.trail(clinic.clinic, String::new())?;
                    turns.spawn(turn(clinic.clone(), trail));
                }
                let (sum, error) = sum_of(turns).await;
                total += sum;
                failed = error.or(failed);
            }
            after = next;
            if after.is_none() {
                return Ok((total, failed));
            }
        }
    }
}

/// What turns come to that are running, and the last error.
async fn sum_of<T>(mut turns: JoinSet<Result<T, Error>>) -> (T, Option<Error>)
where
    T: Default + AddAssign + 'static,
{
    let (mut sum, mut failed) = (T::default(), None);
    while let Some(turn) = turns.join_next().await {
        match turn.map_err(Error::from).and_then(|outcome| outcome) {
            Ok(outcome) => sum += outcome,
            Err(error) => failed = Some(error),
        }
    }
    (sum, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_clinics_trouble_is_no_others() {
        let turn = |clinic: u32| async move {
            assert!(clinic != 3, "a turn that panics");
            if clinic == 5 { Err(Error::from("a turn that fails")) } else { Ok(clinic) }
        };
        let (sum, failed) = sum_of((1..=6).map(turn).collect()).await;
        assert_eq!(sum, 1 + 2 + 4 + 6);
        assert!(failed.is_some());
        let (sum, failed) = sum_of([1, 2].map(turn).into_iter().collect()).await;
        assert!(sum == 3 && failed.is_none());
    }
}
