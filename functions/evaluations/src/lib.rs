//! Evaluations: the provider's side of an intake.

pub mod add_addendum;
pub mod assess_evaluation;
pub mod assign_evaluation;
mod beside;
pub mod compare_visits;
mod compared;
pub mod decide_match;
mod files;
pub mod get_timeline;
mod group;
mod licence;
pub mod list_assignees;
pub mod list_evaluations;
pub mod list_matches;
pub mod list_visits;
mod names;
pub mod open_evaluation;
pub mod sign_evaluation;
mod tag;
mod visit;
pub mod withdraw_evaluation;

use visage_domain::evaluation::TextError;
use visage_platform::Problem;
use visage_platform::operation::{Listed, list};
use visage_platform::problem::FieldProblem;

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<list_evaluations::ListEvaluations>(),
        list::<open_evaluation::OpenEvaluation>(),
        list::<list_assignees::ListAssignees>(),
        list::<assign_evaluation::AssignEvaluation>(),
        list::<assess_evaluation::AssessEvaluation>(),
        list::<sign_evaluation::SignEvaluation>(),
        list::<add_addendum::AddAddendum>(),
        list::<withdraw_evaluation::WithdrawEvaluation>(),
        list::<get_timeline::GetTimeline>(),
        list::<list_visits::ListVisits>(),
        list::<compare_visits::CompareVisits>(),
        list::<list_matches::ListMatches>(),
        list::<decide_match::DecideMatch>(),
    ]
}

/// What staff wrote wrongly, all of it.
fn wrong_fields(errors: impl IntoIterator<Item = TextError>) -> Problem {
    let field = |error: TextError| FieldProblem::new(error.pointer, error.code);
    Problem::invalid_fields().with_errors(errors.into_iter().map(field))
}
