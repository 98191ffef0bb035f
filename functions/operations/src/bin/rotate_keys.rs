//! The function `rotate_keys`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_operations::rotate_keys::RotateKeys>().await
}
