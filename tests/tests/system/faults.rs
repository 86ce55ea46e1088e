//! The fault tests: what people do, on stores that misbehave. Each has its number; what is here is a slice that takes
//! little time, and `cargo run --release -p system --example faults -- --full` is the whole.

mod events;
mod keys;
mod kill;
mod mixed;
mod money;
mod objects;
mod tasks;
mod time;
