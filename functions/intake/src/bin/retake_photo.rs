//! The function `retake_photo`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::retake_photo::RetakePhoto>().await
}
