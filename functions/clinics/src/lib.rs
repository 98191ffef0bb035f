//! Clinics and vendors: what platform operators keep, and what a clinic decides for itself.

pub mod get_clinic_settings;
pub mod record_vendor;
pub mod register_clinic;
pub mod update_clinic_settings;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<register_clinic::RegisterClinic>(),
        list::<record_vendor::RecordVendor>(),
        list::<get_clinic_settings::GetClinicSettings>(),
        list::<update_clinic_settings::UpdateClinicSettings>(),
    ]
}
