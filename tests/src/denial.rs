//! Functions that are kept from the audit log for a while.

use crate::diversion::encoded;
use crate::visage::Visage;
use anyhow::Result;
use serde_json::json;

/// What the policy is called.
const POLICY: &str = "denial";

/// Functions whose roles may not write into the audit log for as long as this lives. No other test may use them meanwhile.
#[derive(Debug)]
pub struct Denial {
    visage: Visage,
    roles: Vec<String>,
}

impl Denial {
    /// Keeps these operations' functions from the log, by IAM.
    ///
    /// # Errors
    /// If it can't be set.
    pub fn of(visage: &Visage, operations: &[&str]) -> Result<Self> {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Deny",
                "Action": "dynamodb:PutItem",
                "Resource": format!("arn:aws:dynamodb:*:*:table/{}", visage.audit()?),
            }],
        });
        let document = encoded(&policy.to_string());
        let mut this = Self { visage: visage.clone(), roles: Vec::new() };
        for operation in operations {
            // A function and its role share a name.
            let role = visage.stack.named(&visage.stack.functions, operation)?;
            let named =
                [("RoleName", role.as_str()), ("PolicyName", POLICY), ("PolicyDocument", document.as_str())];
            visage.aws.iam("PutRolePolicy", &named)?;
            this.roles.push(role.clone());
        }
        Ok(this)
    }
}

impl Drop for Denial {
    fn drop(&mut self) {
        for role in &self.roles {
            // A failure here shows in the next test of the function.
            let named = [("RoleName", role.as_str()), ("PolicyName", POLICY)];
            let _ = self.visage.aws.iam("DeleteRolePolicy", &named);
        }
    }
}
