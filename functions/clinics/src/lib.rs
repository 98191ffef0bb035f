//! Clinics and vendors: what platform operators keep.

pub mod record_vendor;
pub mod register_clinic;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![list::<register_clinic::RegisterClinic>(), list::<record_vendor::RecordVendor>()]
}
