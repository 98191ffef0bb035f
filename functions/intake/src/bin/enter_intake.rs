//! The function `enter_intake`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::enter_intake::EnterIntake>().await
}
