//! The function `render_report`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::work::<visage_reports::render_report::RenderReport>().await
}
