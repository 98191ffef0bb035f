//! The function `give_consent`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::give_consent::GiveConsent>().await
}
