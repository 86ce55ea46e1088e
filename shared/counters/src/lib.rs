//! Counters: what the trace tells of an organisation, counted by month, and its sums along the tree.
//!
//! Of each organisation and month there is a row ([`MonthRow`]) that the stream of the trace brings up to date, each activity
//! once, and a night compares with the trace. Beside it stands what no activity counts ([`OwnRow`]): who is on the rolls, in
//! which bands of age, education and length of membership on the first of the month, which tasks are open, what of org life is done. A
//! [`Sum`] is both of one organisation, or of all of an area; sums only add ([`Tally`], [`Life`], [`Stars`]), so that an area is what its
//! parts come to, in whichever order they are added ([`Reduction`]). Organisations above branches keep theirs ([`AreaRow`]), those
//! of branches and groups are added when somebody asks.
//!
//! Bands are rule data (`infra/rules/analytics.json`). Nothing here but [`CounterTable`] knows a store, and nothing a clock.

mod counter;
mod life;
mod month;
mod people;
mod rows;
mod rules;
mod store;
mod sum;
mod tally;
mod tree;

pub use counter::Counter;
pub use life::{Done, Life, MONTHS_LATE};
pub use month::{MonthRow, Recounted};
pub use people::{Breakdown, Heads, composition, heads};
pub use rows::{AreaRow, NightRow, OwnRow, Part, Place, WalkRow};
pub use rules::{Band, Rules, Words};
pub use store::CounterTable;
pub use sum::{Stars, Sum};
pub use tally::Tally;
pub use tree::Reduction;
