//! One run: what is due becomes messages, and messages are sent.

use crate::{App, Report, channels::Reason, domain};
use dynamo::{Activity, Actor, StoreError};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use kernel::DeliveryId;
use notices::{CauseRow, Channel, DeliveryRow, DueRow, NoticeSettings, QuietHours, Recipient, SHARDS, WantedChannel};
use std::collections::BTreeMap;

/// Rows of one part of the index that are looked at together.
const ROWS: u16 = 100;
/// How long a run begins new ones; less than the minute between two.
const LASTING: SignedDuration = SignedDuration::from_secs(35);
/// Causes that become one message, at most: a transaction holds them all.
const TOGETHER: usize = 40;
/// Messages that are sent at the same time.
const AT_ONCE: usize = 10;
/// How long a message belongs to the run that took it; longer than a run lasts.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// Everything that is due, page by page as long as there is time. What does not get through is passed by, so that it holds
/// up nobody else; the next run comes back to it.
pub(crate) async fn all(app: &App, report: &mut Report) {
    let now = app.clock.now();
    for part in 0..SHARDS {
        let mut after = None;
        loop {
            match app.store.due(part, now, (after.as_deref(), ROWS)).await {
                Ok(page) => {
                    some(app, page.items, now, report).await;
                    after = page.after;
                }
                Err(error) => {
                    leave(report, &error);
                    after = None;
                }
            }
            if after.is_none() || app.clock.now() > now + LASTING {
                break;
            }
        }
    }
}

/// What a page of the index says is due.
async fn some(app: &App, rows: Vec<DueRow>, now: Timestamp, report: &mut Report) {
    let (mut causes, mut messages) = (BTreeMap::<String, Vec<CauseRow>>::new(), Vec::new());
    for row in rows {
        match row {
            DueRow::Cause(row) => causes.entry(row.pk.clone()).or_default().push(*row),
            DueRow::Delivery(row) => messages.push((*row, false)),
        }
    }
    for rows in causes.values().flat_map(|rows| rows.chunks(TOGETHER)) {
        match pack(app, rows, now, report).await {
            Ok(made) => messages.extend(made.into_iter().map(|row| (row, true))),
            Err(error) => leave(report, &error),
        }
    }
    for some in messages.chunks(AT_ONCE) {
        // Boxed: each has calls of three stores and a channel in it.
        let each = some.iter().map(|(row, taken)| Box::pin(send(app, row, *taken, now)));
        for outcome in join_all(each).await {
            match outcome {
                Ok(End::Sent) => report.sent += 1,
                Ok(End::Later) => report.failed += 1,
                Ok(End::Quiet) => report.deferred += 1,
                Ok(End::Dead) => report.dead += 1,
                Ok(End::Dropped) => report.dropped += 1,
                Ok(End::NotOurs) => {}
                Err(error) => leave(report, &error),
            }
        }
    }
}

/// Something did not get through; the others go on.
fn leave(report: &mut Report, error: &StoreError) {
    report.left += 1;
    tracing::warn!(%error, "left for the next run");
}

/// Turns what one recipient was told into messages that this run has taken, as far as it is to be sent now.
async fn pack(
    app: &App,
    rows: &[CauseRow],
    now: Timestamp,
    report: &mut Report,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let Some(recipient) = rows.first().map(|row| row.recipient) else { return Ok(Vec::new()) };
    let (settings, channels) = channels(app, recipient).await?;
    let mut causes = Vec::new();
    let mut titles = Vec::new();
    for row in rows {
        let at = if channels.is_empty() { now } else { settings.send_at(row.at, now) };
        if at > now {
            causes.push((row, row.due(at)));
        } else {
            causes.push((row, row.done()));
            titles.push(row.title.as_str());
        }
    }
    let mut messages = Vec::new();
    if !titles.is_empty()
        && !channels.is_empty()
        && let Some(place) = place(app, recipient).await?
    {
        let text = domain::words(&titles, matches!(recipient, Recipient::Member(_)));
        let made = channels.iter().map(|channel| {
            let id = DeliveryId::new(now);
            DeliveryRow::new(id, recipient, place.clone(), *channel, text.clone(), now).taken(now + LEASE)
        });
        messages.extend(made);
    }
    if !app.store.pack(&causes, &messages).await? {
        return Ok(Vec::new());
    }
    let told = u64::try_from(titles.len()).unwrap_or(u64::MAX);
    report.told += told;
    report.deferred += u64::try_from(rows.len()).unwrap_or(u64::MAX) - told;
    Ok(messages)
}

/// How a recipient wants to hear, and over what they can.
async fn channels(app: &App, recipient: Recipient) -> Result<(NoticeSettings, Vec<Channel>), StoreError> {
    match recipient {
        Recipient::Member(member) => {
            let settings = app.store.settings(member).await?;
            let channels = settings.channels.iter().filter_map(|channel| match channel {
                WantedChannel::Sms => app.channels.has_texts().then_some(Channel::Sms),
                WantedChannel::Email => app.channels.has_mails().then_some(Channel::Email),
            });
            let channels = channels.collect();
            Ok((settings, channels))
        }
        Recipient::Organization(id) => {
            let robots = app.store.robots(id).await?;
            Ok((NoticeSettings::default(), robots.into_iter().map(Channel::from).collect()))
        }
    }
}

/// The organisation in whose matters a recipient is told something, and where it stands; `None` when they are gone.
async fn place(app: &App, recipient: Recipient) -> Result<Option<(kernel::OrgId, kernel::OrgPath)>, StoreError> {
    match recipient {
        Recipient::Member(id) => Ok(app.store.current(id).await?.map(|member| (member.organization, member.path))),
        Recipient::Organization(id) => Ok(app.store.path(id).await?.map(|path| (id, path))),
    }
}

/// What became of a message in this run.
enum End {
    Sent,
    Later,
    Quiet,
    Dead,
    Dropped,
    NotOurs,
}

/// Sends one message; `taken` when this run has it already.
async fn send(app: &App, row: &DeliveryRow, taken: bool, now: Timestamp) -> Result<End, StoreError> {
    let row = if taken {
        row.clone()
    } else {
        let awake = if row.asked_for { now } else { quiet(app, row.recipient).await?.over(now) };
        if awake > now {
            let moved = app.store.advance(row, &row.due(awake), None).await?;
            return Ok(if moved { End::Quiet } else { End::NotOurs });
        }
        let ours = row.taken(now + LEASE);
        if !app.store.advance(row, &ours, None).await? {
            return Ok(End::NotOurs);
        }
        ours
    };
    let Some(outcome) = message(app, &row, now).await? else {
        tracing::info!(delivery = %row.id, "there is nobody to send it to any more");
        app.store.settle(&row, &row.dropped("there is nobody to send it to any more"), None).await?;
        return Ok(End::Dropped);
    };
    match outcome {
        Ok(()) => {
            app.store.settle(&row, &row.sent(), None).await?;
            Ok(End::Sent)
        }
        Err(reason) if row.tries >= app.tries => bury(app, &row, &reason, now).await,
        Err(reason) => {
            let next = row.backoff(now);
            let next = if row.asked_for { next } else { quiet(app, row.recipient).await?.over(next) };
            tracing::warn!(delivery = %row.id, tries = row.tries, reason, "a message was not taken");
            app.store.settle(&row, &row.failed(&reason, Some(next)), None).await?;
            Ok(End::Later)
        }
    }
}

/// Hands a message to its channel; `None` when there is no such channel or no such person any more.
async fn message(app: &App, row: &DeliveryRow, now: Timestamp) -> Result<Option<Result<(), Reason>>, StoreError> {
    let text = domain::numbered(&row.text, row.id);
    let sent = match (row.channel, row.recipient) {
        (Channel::Sms, Recipient::Member(member)) => match app.store.phone(member).await? {
            Some(Ok(phone)) => Some(app.channels.text(row.id, &phone, &text).await),
            sealed => sealed.map(|sealed| sealed.map(drop)),
        },
        (Channel::Email, Recipient::Member(member)) => match app.store.mailbox(member, row.asked_for).await? {
            Some(Ok(address)) => Some(app.channels.mail(row, &address, &text).await),
            sealed => sealed.map(|sealed| sealed.map(drop)),
        },
        (channel, Recipient::Organization(id)) => {
            let Some(service) = channel.robot() else { return Ok(None) };
            match app.store.robot(id, service).await? {
                Some(Ok(robot)) => Some(app.channels.say(row.id, &robot, &text, now).await),
                sealed => sealed.map(|sealed| sealed.map(drop)),
            }
        }
        _ => None,
    };
    Ok(sent)
}

/// When a recipient does not want to hear anything.
async fn quiet(app: &App, recipient: Recipient) -> Result<QuietHours, StoreError> {
    match recipient {
        Recipient::Member(member) => Ok(app.store.settings(member).await?.quiet_hours),
        Recipient::Organization(_) => Ok(QuietHours::default()),
    }
}

/// Tries no more, and tells so.
async fn bury(app: &App, row: &DeliveryRow, reason: &str, now: Timestamp) -> Result<End, StoreError> {
    let actor = Actor::job("notifier");
    let told = Activity::new(now, actor, "delivery.failed", row.organization, row.id.to_string())
        .stating("channel", row.channel)
        .stating("tries", row.tries)
        .stating("reason", reason);
    tracing::error!(delivery = %row.id, tries = row.tries, reason, "a message is not tried again");
    app.store.settle(row, &row.failed(reason, None), Some(&told)).await?;
    Ok(End::Dead)
}
