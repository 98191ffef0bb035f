//! The function `get_form_draft`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::get_form_draft::GetFormDraft>().await
}
