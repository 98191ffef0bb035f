//! Evaluations: the provider's side of an intake.

pub mod assess_evaluation;
mod form_cache;
pub mod list_evaluations;
pub mod open_evaluation;
pub mod sign_evaluation;
mod visit;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<list_evaluations::ListEvaluations>(),
        list::<open_evaluation::OpenEvaluation>(),
        list::<assess_evaluation::AssessEvaluation>(),
        list::<sign_evaluation::SignEvaluation>(),
    ]
}
