//! The function `compare_visits`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::compare_visits::CompareVisits>().await
}
