//! What a person lives on, as dues divide people.

use register::Category;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A class of members by what they live on (党费规定 §1–6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuesClass)]
pub enum Class {
    /// 按月领取工资
    Wage,
    /// 年薪制
    AnnualSalary,
    /// 不按月取得收入的个体经营者等
    SelfEmployed,
    /// 离退休干部、职工
    Retired,
    /// 农民
    Farmer,
    /// 学生
    Student,
    /// 下岗失业
    LaidOff,
    /// 依靠抚恤或救济生活
    Relief,
    /// 领取最低生活保障金
    MinimumLiving,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Wage,
        Self::AnnualSalary,
        Self::SelfEmployed,
        Self::Retired,
        Self::Farmer,
        Self::Student,
        Self::LaidOff,
        Self::Relief,
        Self::MinimumLiving,
    ];

    /// That of what the register says; it does not tell those apart who owe the same fixed sum.
    #[must_use]
    pub const fn of(category: Category) -> Self {
        match category {
            Category::Wage => Self::Wage,
            Category::AnnualSalary => Self::AnnualSalary,
            Category::SelfEmployed => Self::SelfEmployed,
            Category::Retired => Self::Retired,
            Category::Farmer => Self::Farmer,
            Category::Student => Self::Student,
            Category::Relief => Self::Relief,
        }
    }
}
