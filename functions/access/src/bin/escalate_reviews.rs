//! The function `escalate_reviews`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_access::escalate_reviews::EscalateReviews>().await
}
