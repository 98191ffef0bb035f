//! Retention: what is due is destroyed, in all its copies, and recorded.

mod destroy;
pub mod plan_purge;
pub mod purge_due;
