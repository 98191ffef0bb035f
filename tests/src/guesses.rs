//! Guesses at a second factor that come all at once.

use crate::http::Answer;
use anyhow::{Result, ensure};

/// Makes the same wrong guess fifty times at the same moment; answers how many were compared and told so.
///
/// # Errors
/// If a guess got an answer that neither says so nor what kept it from it.
pub fn compared_of_fifty(guess: impl Fn() -> Result<Answer> + Sync) -> Result<usize> {
    let answers: Vec<_> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..50).map(|_| scope.spawn(&guess)).collect();
        guesses.into_iter().filter_map(|guess| guess.join().ok()).collect()
    });
    let mut compared = 0;
    for answer in answers {
        let answer = answer?;
        match answer.status {
            401 => compared += 1,
            // An answer that nothing was compared for, whatever kept it from it.
            status => {
                ensure!(matches!(status, 409 | 423 | 429 | 502 | 503 | 504), "{status}: {}", answer.text());
            }
        }
    }
    Ok(compared)
}
