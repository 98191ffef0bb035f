//! The function `relay_outbox`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_messaging::relay_outbox::RelayOutbox>().await
}
