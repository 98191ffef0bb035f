//! The intake: what a patient fills in and submits.

pub mod add_note;
pub mod admit_device;
mod birth_date;
mod consenting;
mod draft;
pub mod enter_intake;
mod entering;
mod faults;
pub mod get_intake;
pub mod get_retake;
pub mod give_consent;
mod handing_in;
pub mod import_intakes;
pub mod name_guardian;
mod permit;
mod quality;
mod recognised;
pub mod request_retake;
pub mod request_upload;
pub mod retake_photo;
mod retaken;
pub mod save_section;
mod shown;
pub mod start_intake;
pub mod submit_intake;
mod told;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<start_intake::StartIntake>(),
        list::<admit_device::AdmitDevice>(),
        list::<get_intake::GetIntake>(),
        list::<save_section::SaveSection>(),
        list::<name_guardian::NameGuardian>(),
        list::<give_consent::GiveConsent>(),
        list::<request_upload::RequestUpload>(),
        list::<submit_intake::SubmitIntake>(),
        list::<enter_intake::EnterIntake>(),
        list::<import_intakes::ImportIntakes>(),
        list::<add_note::AddNote>(),
        list::<request_retake::RequestRetake>(),
        list::<get_retake::GetRetake>(),
        list::<retake_photo::RetakePhoto>(),
    ]
}
