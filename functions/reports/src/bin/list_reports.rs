//! The function `list_reports`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_reports::list_reports::ListReports>().await
}
