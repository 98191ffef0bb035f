//! The function `start_answer_export`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::start_answer_export::StartAnswerExport>().await
}
