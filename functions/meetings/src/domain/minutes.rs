//! What happened, and that it is closed.

use super::{Hand, Meeting, Person, Signature, State, Tally, field, illegal};
use jiff::{Timestamp, civil::Date};
use kernel::{ErrorCode, Line, MediaId, MemberId, Refusal, TaskId, Text, shanghai_day};
use org_life::{Ballot, Kind, Outcome, Rules, VoteRule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Resolutions of one meeting, at most: those with an owner become tasks in the transaction that signs.
pub(crate) const RESOLUTIONS: usize = 5;
/// Notes that can be added to signed minutes.
const NOTES: usize = 20;

/// What a meeting decided, as it is written down.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewResolution)]
pub(crate) struct NewResolution {
    #[schema(value_type = String)]
    pub(crate) text: Line<100>,
    /// Who carries it out: it becomes their task when the minutes are signed.
    pub(crate) owner: Option<MemberId>,
    /// By the end of which day; needed with an owner.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) due_on: Option<Date>,
}

/// What a meeting decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeetingResolution)]
pub(crate) struct Resolution {
    #[schema(value_type = String)]
    pub(crate) text: Line<100>,
    /// Who carries it out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) owner: Option<MemberId>,
    /// By the end of which day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) due_on: Option<Date>,
    /// The task that it became.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) task: Option<TaskId>,
}

impl From<NewResolution> for Resolution {
    fn from(NewResolution { text, owner, due_on }: NewResolution) -> Self {
        Self { text, owner, due_on, task: None }
    }
}

/// A vote with what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CountedBallot)]
pub(crate) struct Counted {
    #[schema(value_type = String)]
    pub(crate) subject: Line<100>,
    pub(crate) ballot: Ballot,
    /// 监票人
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) scrutineer: Option<Line<50>>,
    /// 计票人
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) teller: Option<Line<50>>,
    pub(crate) outcome: Outcome,
}

/// A vote as it is written down.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewBallot)]
pub(crate) struct NewBallot {
    /// What was voted on, one person or matter at a time.
    #[schema(value_type = String)]
    pub(crate) subject: Line<100>,
    pub(crate) ballot: Ballot,
    /// 监票人, who watched the ballot; needed where it is secret.
    #[schema(value_type = Option<String>)]
    pub(crate) scrutineer: Option<Line<50>>,
    /// 计票人, who counted it; needed where it is secret.
    #[schema(value_type = Option<String>)]
    pub(crate) teller: Option<Line<50>>,
}

/// Minutes as they are written down.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewMinutes)]
pub(crate) struct NewMinutes {
    #[schema(value_type = String, format = DateTime)]
    pub(crate) held_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) held_to: Timestamp,
    /// What happened; needed, but of a talk, of which what was said is not written down (支部条例 §19).
    #[schema(value_type = Option<String>)]
    pub(crate) text: Option<Line<2000>>,
    /// At most five.
    #[serde(default)]
    pub(crate) resolutions: Vec<NewResolution>,
    /// At most twenty.
    #[serde(default)]
    pub(crate) ballots: Vec<NewBallot>,
    /// Completed media of the organisation: the paper, pictures; at most nine. None is asked for.
    #[serde(default)]
    pub(crate) media: Vec<MediaId>,
    /// Why it is written down more than seven days after it was held.
    #[schema(value_type = Option<String>)]
    pub(crate) late_reason: Option<Line<200>>,
}

/// Minutes as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Minutes {
    #[schema(value_type = String, format = DateTime)]
    pub(crate) held_from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) held_to: Timestamp,
    /// When they were written down first.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) entered_at: Timestamp,
    pub(crate) entered_by: MemberId,
    /// What happened; of a talk alone nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) text: Option<Line<2000>>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) resolutions: Vec<Resolution>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) ballots: Vec<Counted>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) media: Vec<MediaId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub(crate) late_reason: Option<Line<200>>,
}

/// What is added to signed minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CorrectionNote)]
pub(crate) struct Note {
    #[schema(value_type = String)]
    pub(crate) text: Line<500>,
    pub(crate) by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
}

/// Whether something is written down of what happened; of talks and nothing else it is that they were held and who was there, for what
/// was said is for those who talked.
fn says(meeting: &Meeting, new: &NewMinutes) -> Result<(), Refusal> {
    if !meeting.is_talk() {
        return match new.text {
            Some(_) => Ok(()),
            None => Err(field("/text", "请写明会议情况", "is needed")),
        };
    }
    let said = [
        ("/text", new.text.is_some()),
        ("/resolutions", !new.resolutions.is_empty()),
        ("/media", !new.media.is_empty()),
    ];
    match said.into_iter().find(|(_, said)| *said) {
        Some((at, _)) => {
            let (zh, en) =
                ("谈心谈话只登记已开展和参加人，不记谈话内容", "is not kept of a talk: only that it was held");
            Err(field(at, zh, en).by("支部条例 §19"))
        }
        None => Ok(()),
    }
}

/// Whether resolutions with an owner say by when, and by no day before the meeting was held. A day that has passed since then is
/// what was decided: it is written down and signed as it was.
fn in_time(resolutions: &[NewResolution], held_on: Date) -> Result<(), Refusal> {
    let late = |one: &NewResolution| one.owner.is_some() && one.due_on.is_none_or(|due| due < held_on);
    match resolutions.iter().position(late) {
        Some(n) => Err(field(
            format!("/resolutions/{n}/dueOn"),
            "有责任人的决议须写明期限，且不早于开会当天",
            "is needed with an owner, and not before the day of the meeting",
        )),
        None => Ok(()),
    }
}

/// Whether `meeting` takes votes of this rule. A committee that meets together with others is not told from them in the tally,
/// so that it votes where it meets alone.
fn takes(meeting: &Meeting, rule: &VoteRule, at: &str) -> Result<(), Refusal> {
    let (kinds, committee) = (&meeting.particulars.kinds, rule.at == Kind::CommitteeMeeting);
    if kinds.contains(&rule.at) && (!committee || kinds.iter().all(|kind| kind.is_of_committee())) {
        return Ok(());
    }
    let alone = if committee { "单独召开的" } else { "" };
    let zh = format!("此项表决应在{alone}{}上进行（{}）", rule.at.zh(), rule.article);
    Err(field(format!("{at}/vote"), zh, format!("is not a vote of this kind of meeting ({})", rule.article)))
}

/// `meeting` with its minutes. Votes are counted by the rules, and by who came as far as that is entered.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when it is closed; [`ErrorCode::InvalidField`].
pub(crate) fn written(meeting: &Meeting, new: NewMinutes, people: &[Person], hand: Hand) -> Result<Meeting, Refusal> {
    if !meeting.state.is_open() {
        return Err(illegal(meeting.state, "修改记录", "written down"));
    }
    if new.held_to <= new.held_from || new.held_to.duration_since(new.held_from) > super::LONGEST {
        return Err(field(
            "/heldTo",
            "应晚于开始时间，且不超过 72 小时",
            "must be after the start, by 72 hours at most",
        ));
    }
    if new.held_to > hand.at {
        return Err(field("/heldTo", "会议结束后方可记录", "is written down once it is over"));
    }
    let (begun, planned) = (shanghai_day(new.held_from), shanghai_day(meeting.particulars.starts_at));
    if planned.until(begun).is_ok_and(|apart| apart.get_days().abs() > 31) {
        return Err(field(
            "/heldFrom",
            "与计划日期相差超过 31 天，请另建会议",
            "is too far from the plan: enter another meeting",
        ));
    }
    let entered_at = meeting.minutes.as_ref().map_or(hand.at, |minutes| minutes.entered_at);
    let late = shanghai_day(new.held_to).until(shanghai_day(entered_at)).is_ok_and(|apart| apart.get_days() > 7);
    if late && new.late_reason.is_none() {
        return Err(field(
            "/lateReason",
            "会后超过 7 天补录须说明原因",
            "is needed more than seven days after the meeting",
        ));
    }
    says(meeting, &new)?;
    if new.resolutions.len() > RESOLUTIONS {
        let zh = format!("最多 {RESOLUTIONS} 项，其余请写入记录");
        return Err(field("/resolutions", zh, format!("at most {RESOLUTIONS}; write the others into the text")));
    }
    in_time(&new.resolutions, begun)?;
    if new.ballots.len() > 20 {
        return Err(field("/ballots", "最多 20 项", "at most 20"));
    }
    if new.media.len() > 9 {
        return Err(field("/media", "最多 9 个", "at most 9"));
    }
    let (rules, tally) = (Rules::get()?, Tally::of(people));
    let mut ballots = Vec::with_capacity(new.ballots.len());
    for (n, NewBallot { subject, ballot, scrutineer, teller }) in new.ballots.into_iter().enumerate() {
        let (at, rule) = (format!("/ballots/{n}/ballot"), rules.vote(ballot.vote)?);
        takes(meeting, rule, &at)?;
        for (name, who, zh) in [("scrutineer", &scrutineer, "监票人"), ("teller", &teller, "计票人")] {
            if rule.secret && who.is_none() {
                let en = "is needed of a secret ballot";
                return Err(field(format!("/ballots/{n}/{name}"), format!("无记名投票须写明{zh}"), en));
            }
        }
        if tally.open == 0 && (ballot.should_vote, ballot.present_voting) != (tally.should_vote, tally.present_voting) {
            let zh = format!("与出席登记不符：应到有表决权 {} 人，实到 {} 人", tally.should_vote, tally.present_voting);
            return Err(field(format!("{at}/presentVoting"), zh, "does not agree with who came"));
        }
        let outcome = ballot.outcome(rules, &at)?;
        ballots.push(Counted { subject, ballot, scrutineer, teller, outcome });
    }
    let minutes = Minutes {
        held_from: new.held_from,
        held_to: new.held_to,
        entered_at,
        entered_by: hand.by,
        text: new.text,
        resolutions: new.resolutions.into_iter().map(Resolution::from).collect(),
        ballots,
        media: new.media,
        late_reason: new.late_reason,
    };
    Ok(Meeting { state: State::Recorded, minutes: Some(minutes), ..meeting.next(hand) })
}

/// `meeting` after it was signed: everybody's attendance is known, and the votes agree with it.
///
/// # Errors
/// [`ErrorCode::IllegalTransition`] when nothing is written down; [`ErrorCode::InvalidField`] when 应到 is not 实到 and 缺席
/// together, because something is not entered yet, or a vote says otherwise.
pub(crate) fn signed(meeting: &Meeting, people: &[Person], hand: Hand) -> Result<Meeting, Refusal> {
    let Some(minutes) = meeting.minutes.as_ref().filter(|_| meeting.state == State::Recorded) else {
        return Err(illegal(meeting.state, "签字", "signed"));
    };
    let tally = Tally::of(people);
    if tally.open > 0 {
        let Tally { should_attend, present, absent, open, .. } = tally;
        let zh = format!("应到 {should_attend} 人，实到 {present} 人，缺席 {absent} 人，尚有 {open} 人未登记");
        let en = format!("{open} of {should_attend} are neither present nor absent yet");
        return Err(field("/attendance", zh, en));
    }
    for (n, counted) in minutes.ballots.iter().enumerate() {
        if (counted.ballot.should_vote, counted.ballot.present_voting) != (tally.should_vote, tally.present_voting) {
            let zh = format!("第 {} 项表决与出席登记不符，请修改记录", n + 1);
            return Err(field(format!("/ballots/{n}/ballot/presentVoting"), zh, "does not agree with who came"));
        }
    }
    let signature = Signature { by: hand.by, at: hand.at, tally, rules: Rules::get()?.version.clone() };
    Ok(Meeting { state: State::Signed, signed: Some(signature), ..meeting.next(hand) })
}

impl Meeting {
    /// The same with a note on its signed minutes.
    ///
    /// # Errors
    /// [`ErrorCode::IllegalTransition`] before they are signed, where they can be changed, and after twenty notes.
    pub(crate) fn noted(&self, text: Line<500>, hand: Hand) -> Result<Self, Refusal> {
        if self.state != State::Signed {
            return Err(illegal(self.state, "加注", "annotated"));
        }
        if self.notes.len() >= NOTES {
            let text = Text::of("更正说明已达 20 条", "there are twenty notes already");
            return Err(Refusal::new(ErrorCode::IllegalTransition).because(text));
        }
        let mut next = self.next(hand);
        next.notes.push(Note { text, by: hand.by, at: hand.at });
        Ok(next)
    }
}
