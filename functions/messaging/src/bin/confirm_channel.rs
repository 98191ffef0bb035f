//! The function `confirm_channel`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_messaging::confirm_channel::ConfirmChannel>().await
}
