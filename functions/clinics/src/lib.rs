//! Clinics and vendors: what platform operators keep, how a clinic registers, and what it decides for itself.

pub mod accept_agreements;
pub mod change_clinic_status;
pub mod confirm_registration;
pub mod get_clinic_settings;
pub mod list_agreements;
pub mod list_vendors;
pub mod record_vendor;
pub mod register_clinic;
mod registering;
mod registration;
mod registration_mail;
pub mod request_registration;
pub mod update_clinic_settings;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<register_clinic::RegisterClinic>(),
        list::<request_registration::RequestRegistration>(),
        list::<confirm_registration::ConfirmRegistration>(),
        list::<list_vendors::ListVendors>(),
        list::<record_vendor::RecordVendor>(),
        list::<change_clinic_status::ChangeClinicStatus>(),
        list::<list_agreements::ListAgreements>(),
        list::<accept_agreements::AcceptAgreements>(),
        list::<get_clinic_settings::GetClinicSettings>(),
        list::<update_clinic_settings::UpdateClinicSettings>(),
    ]
}
