//! The function `sweep_outbox`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_messaging::sweep_outbox::SweepOutbox>().await
}
