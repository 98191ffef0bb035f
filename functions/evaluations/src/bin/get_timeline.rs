//! The function `get_timeline`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::get_timeline::GetTimeline>().await
}
