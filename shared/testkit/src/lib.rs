//! What tests need and functions do not: an embedded store and a queue per test, a wire between client and store that counts and
//! breaks calls, and a clock that can be set.

mod bench;
mod chaos;
mod gateway;
mod image;
mod post;
mod stream;
mod tables;
mod town;
mod wire;
mod written;

pub use bench::{Bench, second_opinion};
pub use chaos::{Chaos, Fault, Faults, Tally};
pub use gateway::{Client, Reply, caller};
pub use image::Image;
pub use post::Post;
pub use stream::{sequence, stream_event};
pub use tables::{BUCKETS, TABLES, create_tables, settings};
pub use town::{Town, scattered};
pub use wire::{Call, Crash, Pause, Wire};
pub use written::Written;
