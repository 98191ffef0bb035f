//! The function `revoke_report_link`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_reports::revoke_report_link::RevokeReportLink>().await
}
