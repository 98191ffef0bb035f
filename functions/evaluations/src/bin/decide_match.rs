//! The function `decide_match`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::decide_match::DecideMatch>().await
}
