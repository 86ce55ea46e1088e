//! The rules of accounts. Pure: the instant is an argument.

mod account;
mod code;
mod pace;
mod password;
mod second_factor;

pub(crate) use account::{ACCESS_SECONDS, Account, Presented, Session};
pub(crate) use code::{Code, Purpose};
pub(crate) use pace::{Pace, Policy};
pub(crate) use password::{Password, Phc, check as check_password};
pub(crate) use second_factor::{NewSecret, SecondFactor};
