//! The function `get_access_review`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::get_access_review::GetAccessReview>().await
}
