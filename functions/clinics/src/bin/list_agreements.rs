//! The function `list_agreements`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::list_agreements::ListAgreements>().await
}
