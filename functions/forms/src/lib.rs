//! Intake forms: drafted and published by owners, read by anyone, answered by patients.

mod draft;
pub mod export_answers;
pub mod export_form;
pub mod get_form;
pub mod get_form_draft;
pub mod get_form_version;
pub mod import_form;
pub mod list_form_versions;
mod pages;
pub mod preview_form;
mod publication;
pub mod publish_form;
pub mod publish_form_draft;
pub mod read_answer_export;
pub mod resources;
pub mod retire_form;
pub mod save_form_draft;
mod standing;
pub mod start_answer_export;
mod submitted;

use visage_platform::operation::{Listed, list};

/// The form that a clinic may start with, as JSON.
pub const DEFAULT_FORM: &str = include_str!("../default_form.json");

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<publish_form::PublishForm>(),
        list::<get_form::GetForm>(),
        list::<save_form_draft::SaveFormDraft>(),
        list::<import_form::ImportForm>(),
        list::<get_form_draft::GetFormDraft>(),
        list::<publish_form_draft::PublishFormDraft>(),
        list::<preview_form::PreviewForm>(),
        list::<list_form_versions::ListFormVersions>(),
        list::<get_form_version::GetFormVersion>(),
        list::<export_form::ExportForm>(),
        list::<retire_form::RetireForm>(),
        list::<export_answers::ExportAnswers>(),
        list::<start_answer_export::StartAnswerExport>(),
        list::<read_answer_export::ReadAnswerExport>(),
    ]
}
