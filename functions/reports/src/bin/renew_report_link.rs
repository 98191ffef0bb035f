//! The function `renew_report_link`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_reports::renew_report_link::RenewReportLink>().await
}
