//! The function `review_break_glass`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::review_break_glass::ReviewBreakGlass>().await
}
