//! The function `attest_access_review_line`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::attest_access_review_line::AttestAccessReviewLine>().await
}
