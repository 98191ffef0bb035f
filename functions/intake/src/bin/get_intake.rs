//! The function `get_intake`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::get_intake::GetIntake>().await
}
