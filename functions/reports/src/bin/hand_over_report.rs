//! The function `hand_over_report`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_reports::hand_over_report::HandOverReport>().await
}
