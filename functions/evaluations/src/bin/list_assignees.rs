//! The function `list_assignees`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::list_assignees::ListAssignees>().await
}
