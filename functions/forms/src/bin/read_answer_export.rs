//! The function `read_answer_export`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::read_answer_export::ReadAnswerExport>().await
}
