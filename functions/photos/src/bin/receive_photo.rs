//! The function `receive_photo`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_photos::apart::clean_if_asked();
    visage_platform::work::<visage_photos::receive_photo::ReceivePhoto>().await
}
