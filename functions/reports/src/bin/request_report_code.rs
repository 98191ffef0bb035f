//! The function `request_report_code`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_reports::request_report_code::RequestReportCode>().await
}
