//! What cfn-lint and SAM do not see in `template.yaml`: that it is complete, that it grants no more than it names, that
//! nothing in it ties it to one partition, and that each alarm leads to a page that says what to do.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a template that lacks what is asked for fails the test"
)]

mod document;
mod functions;
mod gateway;
mod permissions;
mod portability;
mod runbook;
mod schedules;
mod stores;
mod used;

use document::{Resource, Template, attribute, list, reference, texts};
