//! The function `export_answers`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::export_answers::ExportAnswers>().await
}
