//! The function `send_alert`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::work::<visage_messaging::send_alert::SendAlert>().await
}
