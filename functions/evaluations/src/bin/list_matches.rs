//! The function `list_matches`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::list_matches::ListMatches>().await
}
