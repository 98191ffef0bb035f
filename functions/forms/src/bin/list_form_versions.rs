//! The function `list_form_versions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::list_form_versions::ListFormVersions>().await
}
