//! The function `get_break_glass`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::get_break_glass::GetBreakGlass>().await
}
