//! The function `sweep_outbox`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_messaging::sweep_outbox::run().await
}
