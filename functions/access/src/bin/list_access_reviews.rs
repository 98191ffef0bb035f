//! The function `list_access_reviews`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::list_access_reviews::ListAccessReviews>().await
}
