//! The function `register_clinic`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::register_clinic::RegisterClinic>().await
}
