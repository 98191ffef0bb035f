//! The function `redrive_dead_letters`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_operations::redrive_dead_letters::RedriveDeadLetters>().await
}
