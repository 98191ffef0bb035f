//! The intake: what a patient fills in and submits.

mod draft;
pub mod get_intake;
pub mod give_consent;
pub mod request_upload;
pub mod save_section;
pub mod start_intake;
pub mod submit_intake;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<start_intake::StartIntake>(),
        list::<get_intake::GetIntake>(),
        list::<save_section::SaveSection>(),
        list::<give_consent::GiveConsent>(),
        list::<request_upload::RequestUpload>(),
        list::<submit_intake::SubmitIntake>(),
    ]
}
