//! Study for demo data, made by the rules that requests go through.

use crate::{
    domain::{
        Attempt, Certificate, Counts, Course, Decision, Given, Hand, Head, Key, Learner, Lesson, NewTraining, Of,
        Paper, Piece, Question, QuestionSet, Topic, letter,
    },
    routes::{attempt_outcome, training_outcome},
    store::{
        AttemptRow, CertificateRow, EntryRow, PartRow, PieceRow, PositionRow, SetRow, SheetRow, ShownRow, TrainingRow,
    },
};
use dynamo::{Activity, Actor};
use jiff::{SignedDuration, Timestamp};
use kernel::{CertificateId, ErrorCode, Line, MediaId, MemberId, OrgId, Refusal, shanghai_day};
use register::{Member, Node};
use serde_json::{Value, json};
use study::Rules;
use vault::random_hex;

/// A branch that studies, and the committee above it that writes for it.
#[derive(Debug, Clone, Copy)]
pub struct DemoSchool<'a> {
    /// Whose topics and papers they are.
    pub above: &'a Node,
    /// Who writes them.
    pub author: MemberId,
    /// The branch.
    pub branch: &'a Node,
    /// Its secretary, who enters trainings.
    pub secretary: MemberId,
    /// A file of the branch, which is the lesson of a course.
    pub lesson: MediaId,
    /// Members of it.
    pub members: &'a [&'a Member],
}

fn choice(text: &str, options: [&str; 4], right: usize) -> Result<Question, Refusal> {
    let options = options.into_iter().map(Line::ours).collect::<Result<_, _>>()?;
    let key = Key::Choice(letter(right).ok_or(ErrorCode::Internal)?);
    Ok(Question { text: Line::ours(text)?, options, key, note: None })
}

/// Questions that the regulations themselves answer.
fn questions() -> Result<Vec<Question>, Refusal> {
    let truth = |text: &str, right| {
        Ok::<_, Refusal>(Question { text: Line::ours(text)?, options: Vec::new(), key: Key::Truth(right), note: None })
    };
    let blanks = vec![vec![Line::ours("32")?, Line::ours("三十二")?]];
    Ok(vec![
        choice("党支部党员大会一般多久召开一次？", ["每月", "每季度", "每半年", "每年"], 1)?,
        choice("党支部委员会会议一般多久召开一次？", ["每月", "每季度", "每半年", "每年"], 0)?,
        choice("预备党员的预备期为多长？", ["三个月", "六个月", "一年", "两年"], 2)?,
        Question {
            text: Line::ours("“三会一课”中的“三会”指哪些会议？")?,
            options: ["支部党员大会", "支部委员会会议", "党小组会", "组织生活会"]
                .into_iter()
                .map(Line::ours)
                .collect::<Result<_, _>>()?,
            key: Key::Choices((0..3).filter_map(letter).collect()),
            note: Some(Line::ours("支部条例 §11 至 §13")?),
        },
        truth("主题党日每月相对固定 1 天开展。", true)?,
        truth("预备党员有表决权、选举权和被选举权。", false)?,
        Question {
            text: Line::ours("党员每年集中学习培训时间一般不少于____学时。")?,
            options: Vec::new(),
            key: Key::Blanks(blanks),
            note: None,
        },
    ])
}

/// What happened with a record of the organisation.
fn told(at: Timestamp, kind: &str, organization: OrgId, subject: String) -> Activity {
    Activity::new(at, Actor::job("demo"), kind, organization, subject)
}

/// A set of questions, a paper that draws from it, a topic with that paper, attempts at it and a certificate, a course and a
/// training, as they stand at `now`: items of the table of learning, and what was done.
///
/// # Errors
/// When a rule refuses.
pub fn demo_study(school: DemoSchool<'_>, now: Timestamp) -> Result<(Vec<Value>, Vec<Activity>), Refusal> {
    let (mut rows, mut trace) = (Vec::new(), Vec::new());
    let rules = Rules::get()?;
    let day = SignedDuration::from_hours(24);
    let written = Hand { by: school.author, at: now - day * 10 };
    let owner = school.above.id;

    let questions = questions()?;
    let set = QuestionSet::of(owner, Line::ours("支部工作与党员教育题库（演示）")?, &questions, written)?;
    trace.push(told(written.at, "question-set.added", owner, set.id.to_string()));
    let row = SetRow::new(set);
    rows.extend(PartRow::of(&row.pk, &questions).map(|part| json!(part)));
    rows.push(json!(row));

    let counts = Counts::of(&questions);
    let content = Paper {
        asked: Counts { single: 2, multiple: 1, true_false: 1, fill_in: 1 },
        pool: counts,
        drawn: true,
        points: Counts { single: 20, multiple: 20, true_false: 15, fill_in: 10 },
        minutes: 30,
        pass_percent: 60,
        attempts: 2,
        opens_at: written.at,
        closes_at: now + day * 30,
        credit_minutes: 60,
    };
    let paper = Piece::drafted(owner, head("支部工作应知应会测验（演示）", owner)?, content, written.at)?
        .published(written.at)?;
    trace.push(told(written.at, "paper.published", owner, paper.id.to_string()));
    rows.extend(ShownRow::of(&paper).map(|row| json!(row)));
    let row = PieceRow::new(paper.clone());
    rows.extend(PartRow::of(&row.pk, &questions).map(|part| json!(part)));
    rows.push(json!(row));

    let content = Topic { courses: Vec::new(), papers: vec![paper.id] };
    let topic = Piece::drafted(owner, head("支部工作条例专题学习（演示）", owner)?, content, written.at)?
        .published(written.at)?;
    trace.push(told(written.at, "study-topic.published", owner, topic.id.to_string()));
    rows.extend(ShownRow::of(&topic).map(|row| json!(row)));
    rows.push(json!(PieceRow::new(topic)));

    course(school, &mut rows, &mut trace, now)?;
    training(school, &mut rows, &mut trace, now)?;

    // Some know all of it, some half.
    let mut certified = false;
    for (n, member) in school.members.iter().enumerate() {
        let begun = written.at + day + SignedDuration::from_mins(i64::try_from(n).unwrap_or(0));
        let seed = u32::try_from(n).unwrap_or(0);
        let learner = Learner {
            member: member.id,
            name: member.name.clone(),
            organization: member.organization,
            path: member.path.clone(),
        };
        let (mut attempt, sheet) = Attempt::begun((&paper, &questions), learner, (1, seed), begun)?;
        trace.push(told(begun, "attempt.begun", attempt.organization, attempt.id.to_string()));
        let asked = sheet.questions.len();
        let known = if n % 3 == 2 { asked / 2 } else { asked };
        for (number, question) in (1..).zip(sheet.questions.iter().take(known)) {
            if let Some(next) = attempt.answered(number, right(&question.key), begun, rules)? {
                attempt = next;
            }
        }
        let Some(marked) = attempt.marked(&sheet, begun + SignedDuration::from_mins(12)) else { continue };
        let line = told(marked.updated_at, "attempt.marked", marked.organization, marked.id.to_string());
        trace.push(attempt_outcome(line, &marked, &sheet, rules));
        if marked.passed() && !certified {
            certified = true;
            let certificate = certificate(school, member, &marked, &paper)?;
            let (at, id) = (marked.updated_at, certificate.id.to_string());
            trace.push(told(at, "certificate.issued", certificate.organization, id).stating("of", certificate.of));
            rows.push(json!(CertificateRow::of_person(certificate.clone())));
            rows.push(json!(CertificateRow::by_code(certificate)));
        }
        rows.extend(marked.credit(&sheet, rules).map(|entry| json!(EntryRow::new(member.id, entry))));
        rows.push(json!(SheetRow::new(&marked, sheet)));
        rows.push(json!(AttemptRow::new(marked)));
    }
    Ok((rows, trace))
}

/// What a course, a topic or a paper for `audience` has in common with others.
fn head(title: &str, audience: OrgId) -> Result<Head, Refusal> {
    Ok(Head { title: Line::ours(title)?, text: None, audience: vec![audience] })
}

/// A course of one lesson, in which some are.
fn course(
    school: DemoSchool<'_>,
    rows: &mut Vec<Value>,
    trace: &mut Vec<Activity>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (owner, at) = (school.branch.id, now - SignedDuration::from_hours(24 * 9));
    let lessons =
        vec![Lesson { media: school.lesson, title: Line::ours("第一课：支部的基本任务（演示）")? }];
    let course = Piece::drafted(owner, head("支部工作入门（演示）", owner)?, Course { lessons }, at)?.published(at)?;
    trace.push(told(at, "course.published", owner, course.id.to_string()));
    let looked =
        school.members.iter().take(3).map(|member| PositionRow::new(member.id, course.id, (school.lesson, 1), at));
    rows.extend(looked.map(|row| json!(row)));
    rows.extend(ShownRow::of(&course).map(|row| json!(row)));
    rows.push(json!(PieceRow::new(course)));
    Ok(())
}

/// A training that the secretary entered and the author of the committee above confirmed.
fn training(
    school: DemoSchool<'_>,
    rows: &mut Vec<Value>,
    trace: &mut Vec<Activity>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (rules, day) = (Rules::get()?, SignedDuration::from_hours(24));
    let entered = Hand { by: school.secretary, at: now - day * 18 };
    let held_on = shanghai_day(now - day * 20);
    let new = NewTraining {
        organization: school.branch.id,
        title: Line::ours("党员集中轮训班（演示）")?,
        from: held_on,
        to: held_on,
        half_days: 2,
        people: school.members.iter().map(|member| member.id).collect(),
    };
    let training = new.entered(shanghai_day(entered.at), rules, entered)?;
    trace.push(told(entered.at, "training.entered", training.organization, training.id.to_string()));
    let decided = Hand { by: school.author, at: now - day * 17 };
    let training = training.decided(Decision { accept: true, reason: None }, decided)?;
    let line = told(decided.at, "training.decided", training.organization, training.id.to_string());
    trace.push(training_outcome(line, &training, rules));
    if let Some(entry) = training.credit(rules) {
        rows.extend(training.people.iter().map(|member| json!(EntryRow::new(*member, entry.clone()))));
    }
    rows.push(json!(TrainingRow::new(training)));
    Ok(())
}

/// The certificate of `member`, who passed `paper` with `attempt`.
fn certificate(
    school: DemoSchool<'_>,
    member: &Member,
    attempt: &Attempt,
    paper: &Piece<Paper>,
) -> Result<Certificate, Refusal> {
    let closed = attempt.closed.as_ref().ok_or(ErrorCode::Internal)?;
    Ok(Certificate {
        id: CertificateId::new(attempt.updated_at),
        code: random_hex::<16>().map_err(|_| ErrorCode::Internal)?,
        of: Of::Paper(paper.id),
        member: member.id,
        name: member.name.clone(),
        organization: school.branch.id,
        organization_name: school.branch.name.clone(),
        title: Line::ours(&Of::paper_passed(&paper.head.title, closed))?,
        issued_on: shanghai_day(attempt.updated_at),
        version: 1,
    })
}

/// The answer that is right.
fn right(key: &Key) -> Given {
    match key {
        Key::Choice(letter) => Given::Choice(*letter),
        Key::Choices(letters) => Given::Choices(letters.clone()),
        Key::Truth(truth) => Given::Truth(*truth),
        Key::Blanks(blanks) => Given::Texts(blanks.iter().filter_map(|texts| texts.first().cloned()).collect()),
    }
}
