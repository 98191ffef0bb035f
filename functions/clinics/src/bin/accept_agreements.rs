//! The function `accept_agreements`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::accept_agreements::AcceptAgreements>().await
}
