//! Tasks as they are kept: `tasks` changes them, the job that warns reads them.
//!
//! A task that was split has no progress of its own: it is the weighted mean of its parts, rolled up level by level after
//! every change ([`Tasks::settle`]). [`Course`] says what colour a task has and when that can change; [`roll_up`] is
//! the one sum that the roll-up and the recount share. Both are pure.

mod bill;
mod course;
mod rollup;
mod row;
mod rules;
mod settle;
mod share;
mod state;
mod store;
mod task;
#[cfg(test)]
mod tests;
mod warning;

pub use bill::{Bill, BillItem, BillRow, Period, is_red_before};
pub use course::{Colour, Course, Point};
pub use rollup::{Part, Sum, roll_up};
pub use row::{CommentRow, Listed, SHARDS, TaskRow, shard};
pub use rules::Rules;
pub use settle::{Difference, Recount};
pub use share::{Piece, Share, SumRow};
pub use state::{Done, TaskKind, TaskState};
pub use store::{Child, Tasks};
pub use task::{Comment, Task};
pub use warning::{Turn, Warning};
