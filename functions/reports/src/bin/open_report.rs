//! The function `open_report`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_reports::open_report::OpenReport>().await
}
