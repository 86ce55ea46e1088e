//! Findings: what the rules (`infra/rules/findings.json`) say of the records of an organisation.
//!
//! A [`Cause`] is what a rule finds in [`Facts`], which are read off the records: it names the rule with its version, whom it is
//! about, the period, the records that say so or what was looked for and is not there, and the article. A [`Finding`] is a cause
//! that was kept. There is one for each rule, subject and period, whose id follows from these; it is over when its cause is
//! gone, or when a person closes it with a reason. It decides nothing about anybody.
//!
//! | row | pk | sk |
//! |--|--|--|
//! | [`FindingRow`]; index `place` for lists, index `person` for whom it is about | `FND#<id>` | `FND` |
//!
//! Causes are pure: what is read and which day it is are arguments.

mod causes;
mod facts;
mod finding;
mod row;
mod rules;

pub use causes::{Cause, causes};
pub use facts::{Facts, OnRoll, since};
pub use finding::{Closure, Finding, Turn};
pub use row::{FindingRow, FindingsTable};
pub use rules::{Check, Record, Rule, RuleError, Rules, Tell};
