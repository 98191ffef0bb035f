//! The function `submit_intake`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::submit_intake::SubmitIntake>().await
}
