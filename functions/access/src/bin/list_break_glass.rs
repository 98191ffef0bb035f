//! The function `list_break_glass`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::list_break_glass::ListBreakGlass>().await
}
