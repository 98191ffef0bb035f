//! The function `compile_access_review`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::work::<visage_access::compile_access_review::CompileAccessReview>().await
}
