//! The function `update_clinic_settings`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::update_clinic_settings::UpdateClinicSettings>().await
}
