//! Facts: what a record says.

use crate::Record;
use jiff::civil::Date;
use kernel::MemberId;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal $zh:literal),+ $(,)?) => {
        /// What a fact is. The list is closed: a rule sheet cannot refer to anything else, and nothing in it tells how
        /// often or how long somebody was on line. New ones are added at the end: packed states have their numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactKind { $($(#[doc = $doc])+ $name),+ }

        impl FactKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// As a rule sheet names it.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            /// Its Chinese name.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$name => $zh),+ }
            }
        }
    };
}

kinds! {
    /// 转入: somebody belongs to the branch from the day on.
    Membership = "membership" "转入",
    /// 转出: until the day before, they belonged to it.
    Departure = "departure" "转出",
    /// 成立: the branch exists from the day on.
    Founding = "founding" "成立",
    /// 支部党员大会 (支部条例 §11)
    BranchMeeting = "branch-meeting" "支部党员大会",
    /// 支部委员会会议 (支部条例 §12)
    CommitteeMeeting = "committee-meeting" "支部委员会会议",
    /// 党小组会 (支部条例 §13)
    GroupMeeting = "group-meeting" "党小组会",
    /// 党课 (支部条例 §16)
    PartyLecture = "party-lecture" "党课",
    /// 主题党日 (支部条例 §16)
    ThemeDay = "theme-day" "主题党日",
    /// 组织生活会 (支部条例 §17)
    OrgLifeMeeting = "org-life-meeting" "组织生活会",
    /// 民主评议党员 (支部条例 §18)
    MemberAppraisal = "member-appraisal" "民主评议党员",
    /// 谈心谈话 (支部条例 §19)
    HeartToHeartTalk = "heart-to-heart-talk" "谈心谈话",
    /// 支部书记述职 (支部条例 §27)
    SecretaryAccount = "secretary-account" "支部书记述职",
    /// 学时: confirmed study, `value` minutes of it (教管条例 §20): of signed minutes, a confirmed training or a passed paper.
    Study = "study" "学时",
    /// 党费交纳: dues of `value` months came in (党费规定 §1).
    DuesPaid = "dues-paid" "党费交纳",
    /// 公布党费收缴情况: the branch made its dues known (党费规定 §26).
    DuesPublished = "dues-published" "公布党费收缴情况",
    /// 重点任务: the owner did it, or missed its limit.
    KeyTask = "key-task" "重点任务",
    /// 吹哨报到: the owner arrived and did it, or missed its limit.
    WhistleTask = "whistle-task" "吹哨报到",
    /// 表彰: a merit that somebody entered with evidence.
    Merit = "merit" "表彰",
    /// 违纪违规: a fault that was entered with evidence and stands after the person could answer.
    Fault = "fault" "违纪违规",
    /// 届满未换届: the term of the committee is over and nobody was elected (支部条例 §21).
    TermOverrun = "term-overrun" "届满未换届",
    /// 更正: what a granted appeal says of a record for some whom it concerns. It is kept beside the record
    /// ([`Record::correction`]), and no rule looks at it.
    Correction = "correction" "更正",
    /// 任职: somebody holds an office of the branch's committee from the day on, for `value` days (支部条例 §20).
    Office = "office" "任职",
    /// 免予要求: nothing is asked of somebody from the day on, for `value` days (教管条例 §23). It is in the place of what was said before of
    /// days from then on; as somebody comes, it begins where that ends.
    Exemption = "exemption" "免予要求",
    /// 党费免交: a relief was granted by which nothing is owed for `value` months (党费规定 §7).
    DuesExempted = "dues-exempted" "党费免交",
}

impl FactKind {
    /// The kind of that name.
    #[must_use]
    pub fn named(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// Whether it says who is there, in which office and since when, which the next year begins with.
    #[must_use]
    pub const fn is_of_rolls(self) -> bool {
        matches!(self, Self::Membership | Self::Departure | Self::Founding | Self::Office | Self::Exemption)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// What a fact is: one meeting may be several things at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Kinds(pub(crate) u32);

impl Kinds {
    /// Whether `kind` is among them.
    #[must_use]
    pub const fn contains(self, kind: FactKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether any is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether any says who is there and since when ([`FactKind::is_of_rolls`]).
    #[must_use]
    pub fn are_of_rolls(self) -> bool {
        self.meets(FactKind::ALL.iter().copied().filter(|kind| kind.is_of_rolls()).collect())
    }

    /// Whether they are what a committee does, and nothing else.
    pub(crate) const fn are_of_committee(self) -> bool {
        self.0 == FactKind::CommitteeMeeting.bit()
    }

    /// Whether every one is known here.
    pub(crate) fn are_known(self) -> bool {
        let all: Self = FactKind::ALL.iter().copied().collect();
        self.0 & !all.0 == 0
    }
}

impl FromIterator<FactKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = FactKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |all, kind| all | kind.bit()))
    }
}

/// What it was for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// They were there; they did it.
    Done,
    /// They should have been there; the limit passed.
    Missed,
    /// Nothing was asked of them (教管条例 §23): in no denominator.
    Exempt,
}

impl Mark {
    /// Every mark, by its number in packed states.
    pub(crate) const ALL: [Self; 3] = [Self::Done, Self::Missed, Self::Exempt];
}

/// One person's part in a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The person.
    pub member: MemberId,
    /// What it was for them.
    pub mark: Mark,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// What it is.
    pub kinds: Kinds,
    /// The day in Shanghai on which it was.
    pub day: Date,
    /// The day in Shanghai on which it was written down: not before it was.
    pub recorded: Date,
    /// How much it was, where the kind has a measure; of what lasts, for how many days.
    pub value: u32,
    /// Whom it concerns; of several parts of one person the first counts.
    pub parts: Vec<Part>,
}

impl Statement {
    /// The value of what lasts and has no end yet.
    pub const ENDLESS: u32 = u32::MAX;
}

/// What a record says at present, by its latest revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// The record.
    pub record: Record,
    /// Counts what was said of it: whatever has a higher one is newer. Of a record that the trace tells of it is the instant at
    /// which it was told, in milliseconds since 1970; a correction and the founding of a branch have a version instead.
    pub revision: u64,
    /// What it says; nothing once it is withdrawn, with all that it counted for.
    pub says: Option<Statement>,
}

impl Fact {
    /// What `record` says in its `revision`.
    #[must_use]
    pub fn stated(record: impl Into<Record>, revision: u64, says: Statement) -> Self {
        Self { record: record.into(), revision, says: Some(says) }
    }

    /// That `record` is withdrawn, by its `revision`.
    #[must_use]
    pub fn withdrawn(record: impl Into<Record>, revision: u64) -> Self {
        Self { record: record.into(), revision, says: None }
    }

    /// The same in its one form: a part for each person, in their order; what says nothing is withdrawn.
    pub(crate) fn normal(mut self) -> Self {
        self.says = self.says.filter(|says| says.kinds != Kinds::default());
        if let Some(says) = &mut self.says {
            says.recorded = says.recorded.max(says.day);
            says.parts.sort_by_key(|part| part.member);
            says.parts.dedup_by_key(|part| part.member);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_kinds_stay() {
        let names = FactKind::ALL.iter().map(|kind| kind.slug());
        let first = ["membership", "departure", "founding", "branch-meeting", "committee-meeting", "group-meeting"];
        assert!(names.take(6).eq(first), "packed states have them");
        assert_eq!((FactKind::Study.bit(), FactKind::TermOverrun.bit()), (1 << 12, 1 << 19));
        assert_eq!((FactKind::Office.bit(), FactKind::DuesExempted.bit()), (1 << 21, 1 << 23));
        assert!(FactKind::ALL.len() <= 32);
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        assert!(FactKind::ALL.iter().all(|kind| FactKind::named(kind.slug()) == Some(*kind)));
        assert_eq!(FactKind::named("log-in"), None);
    }

    #[test]
    fn several_kinds_are_one_set() {
        let kinds: Kinds = [FactKind::ThemeDay, FactKind::Study].into_iter().collect();
        assert!(kinds.contains(FactKind::Study) && !kinds.contains(FactKind::Fault));
        assert!(kinds.meets([FactKind::ThemeDay].into_iter().collect()) && !kinds.meets(Kinds::default()));
        assert!(kinds.are_known() && !Kinds(1 << 31).are_known());
    }
}
