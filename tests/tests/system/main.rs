//! What crosses functions. One binary, for each of them would be linked with all functions once more.

mod budgets;
mod campaign;
mod contract;
mod crash;
mod events;
mod faults;
mod hostile;
mod invariants;
mod journeys;
mod logs;
mod matrix;
mod repeats;
mod replay;
mod template;
mod theme_day;
mod year;
