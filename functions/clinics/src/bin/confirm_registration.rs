//! The function `confirm_registration`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::confirm_registration::ConfirmRegistration>().await
}
