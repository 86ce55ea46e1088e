//! Demo data: the districts, townships and sub-districts of Fuzhou as an organisation tree, branches under some of
//! them, about two thousand members and officers in all roles, transfers in every state, and tasks in every colour and state; a star
//! review with objections, and a branch that was merged into another one in the year before.
//!
//! All persons are generated from a seed, the same each time. Their ID-card numbers carry a division code that does
//! not exist (350199) and their phone numbers begin with 140, which no operator gives to persons: the numbers pass every
//! check and belong to nobody.

mod affiliation;
mod cast;
mod files;
mod load;
mod merged;
mod officers;
mod people;
mod pictures;
mod study;
mod tree;
mod work;

pub use cast::{CAST, PASSWORD, Part, Stage};
pub use load::{LoadError, load};
pub use officers::officers;
pub use people::{Person, people};
pub use tree::{Plan, Tree, tree};

use fastrand::Rng;

/// The random source of one part of the data: parts do not disturb each other.
pub(crate) fn seeded(part: &str) -> Rng {
    Rng::with_seed(part.bytes().fold(0x5eed, |seed, byte| seed.wrapping_mul(1_000_003) ^ u64::from(byte)))
}

/// Ten random bytes for an id.
pub(crate) fn bytes(rng: &mut Rng) -> [u8; 10] {
    std::array::from_fn(|_| rng.u8(..))
}
