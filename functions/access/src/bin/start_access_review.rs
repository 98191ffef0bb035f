//! The function `start_access_review`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::start_access_review::StartAccessReview>().await
}
