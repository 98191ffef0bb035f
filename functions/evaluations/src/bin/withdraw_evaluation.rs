//! The function `withdraw_evaluation`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::withdraw_evaluation::WithdrawEvaluation>().await
}
