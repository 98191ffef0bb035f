//! The function `change_clinic_status`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::change_clinic_status::ChangeClinicStatus>().await
}
