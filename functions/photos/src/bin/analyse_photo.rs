//! The function `analyse_photo`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::work::<visage_photos::analyse_photo::AnalysePhoto>().await
}
