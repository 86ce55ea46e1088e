//! One JSON object per event: `timestamp`, `level`, the fields of the spans around it (of Lambda's own the `requestId`),
//! the event's fields. No module path, no trace id: both can be had from the request id, and bytes of log are money.

use kernel::{Clock, Settings};
use serde_json::{Map, Value};
use std::{fmt, io};
use tracing::{Event, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter,
        format::{JsonFields, Writer},
    },
    layer::SubscriberExt,
    registry::{LookupSpan, Registry, Scope},
    util::SubscriberInitExt,
};

/// Starts logging to standard output, from the level that the setting `LOG_LEVEL` names or else `AWS_LAMBDA_LOG_LEVEL`,
/// and `info` without either.
///
/// Libraries never log below `warn`, whatever the level: there they write down requests in full. A panic is logged here,
/// once, by its place. A second call changes nothing.
pub fn init(settings: &Settings) {
    // An error says that logging has begun already.
    let _ = subscriber(settings, Clock::system(), io::stdout).try_init();
    // One line, in the format of the others, and without the message: it may quote what the request said.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

fn subscriber<W>(settings: &Settings, clock: Clock, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let named = settings.find("LOG_LEVEL").or_else(|| settings.find("AWS_LAMBDA_LOG_LEVEL"));
    let level = match named.map(str::to_ascii_lowercase).as_deref() {
        Some("fatal") => LevelFilter::ERROR,
        Some(name) => name.parse().unwrap_or(LevelFilter::INFO),
        None => LevelFilter::INFO,
    };
    let quiet = ["aws", "h2", "hyper", "rustls", "tokio", "tower"].map(|target| (target, level.min(LevelFilter::WARN)));
    // The span with the request id is at `info`; what lambda_runtime logs at `trace` is the event with all that is in it.
    let targets = Targets::new().with_default(level).with_targets(quiet).with_target("lambda", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().fmt_fields(JsonFields::new()).event_format(Line(clock));
    Registry::default().with(lines.with_writer(writer)).with(targets)
}

struct Line(Clock);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Map::new();
        for span in ctx.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let text = extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.as_str());
            fields.append(&mut serde_json::from_str(text).unwrap_or_default());
        }
        fields.remove("xrayTraceId");
        let mut text = String::new();
        ctx.format_fields(Writer::new(&mut text), event)?;
        fields.append(&mut serde_json::from_str(&text).map_err(|_| fmt::Error)?);
        write!(writer, r#"{{"timestamp":"{:.3}","level":"{}""#, self.0.now(), event.metadata().level())?;
        for (name, value) in fields {
            write!(writer, ",{}:{value}", Value::String(name))?;
        }
        writeln!(writer, "}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{IdCard, PersonName, Phone};
    use testkit::Written;
    use tracing::{Level, info, info_span, subscriber::with_default, trace, warn};
    use vault::Sealed;

    /// The lines that `act` logs under these settings.
    fn logged(settings: &[(&str, &str)], act: impl FnOnce()) -> Vec<String> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let clock = Clock::new(|| "2026-11-24T02:00:00Z".parse().unwrap());
        let written = Written::default();
        let writer = written.clone();
        with_default(subscriber(&settings, clock, move || writer.clone()), act);
        written.text().lines().map(str::to_owned).collect()
    }

    /// As Lambda's runtime does around each invocation.
    fn in_invocation(act: impl FnOnce()) {
        let trace = "Root=1-5f84c7a9-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:a87bd80c:1";
        let id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
        let span = info_span!(target: "lambda_runtime::layers::trace", "Lambda runtime invoke", requestId = id, xrayTraceId = trace);
        span.in_scope(act);
    }

    #[test]
    fn the_line_of_a_request_is_short_and_has_the_request_id() {
        let lines = logged(&[], || {
            in_invocation(|| {
                let route = "/v1/organizations/{organization}/officers/{appointment}/end";
                info!(method = %"POST", route, status = 200_u16, request = "JKJaXmPLvHcESHA=", "answered");
            });
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["timestamp"], "2026-11-24T02:00:00.000Z");
        assert_eq!((&value["level"], &value["message"]), (&"INFO".into(), &"answered".into()));
        assert_eq!(
            (&value["status"], &value["requestId"]),
            (&200.into(), &"8476a536-e9f4-11e8-9739-2dfe598c3fcd".into())
        );
        assert!(line.len() < 300, "{} bytes: {line}", line.len());
    }

    #[test]
    fn no_personal_number_gets_into_a_line() {
        let canaries = ["13912345678", "110101199003070134", "欧阳娜娜", "c2VhbGVk"];
        let [number, card, person, ciphertext] = canaries;
        let phone: Phone = number.parse().unwrap();
        let last = IdCard::check_character(&card[..17]).unwrap();
        let card: IdCard = format!("{}{last}", &card[..17]).parse().unwrap();
        let name: PersonName = person.parse().unwrap();
        let sealed: Sealed = serde_json::from_value(format!("v1.1.{ciphertext}.{ciphertext}").into()).unwrap();
        let settings = Settings::default().with("SECRET", number);
        let lines = logged(&[("LOG_LEVEL", "trace")], || {
            let span = info_span!("sealing", ?phone, ?sealed);
            span.in_scope(|| {
                info!(?phone, ?card, ?name, ?sealed, ?settings, "about {:?}", (&phone, &card, &name, &sealed));
            });
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        for canary in canaries.iter().chain(&["1391234", "11010119900307"]) {
            assert!(!line.contains(canary), "{canary} in {line}");
        }
    }

    #[test]
    fn what_a_field_holds_cannot_break_the_line() {
        let lines = logged(&[], || info!(text = "a\"b\nc\u{2028}", ok = true, ratio = 0.5, less = -1, "d\"e\n"));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&value["text"], &value["message"]), (&"a\"b\nc\u{2028}".into(), &"d\"e\n".into()));
        assert_eq!((&value["ok"], &value["ratio"], &value["less"]), (&true.into(), &0.5.into(), &(-1).into()));
    }

    #[test]
    fn the_level_comes_from_the_settings() {
        let said = |settings: &[(&str, &str)]| {
            let lines = logged(settings, || {
                trace!("trace");
                info!("info");
                warn!("warn");
                tracing::event!(Level::ERROR, "error");
            });
            lines.len()
        };
        assert_eq!(said(&[]), 3);
        assert_eq!(said(&[("LOG_LEVEL", "nonsense")]), 3);
        assert_eq!(said(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE")]), 4);
        assert_eq!(said(&[("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("LOG_LEVEL", "warn")]), 2);
        assert_eq!(said(&[("AWS_LAMBDA_LOG_LEVEL", "FATAL")]), 1);
    }

    #[test]
    fn libraries_never_write_down_requests_and_the_request_id_stays_at_every_level() {
        let lines = logged(&[("LOG_LEVEL", "trace")], || {
            trace!(target: "lambda_runtime::runtime", body = "13912345678", "response body");
            trace!(target: "aws_smithy_runtime::client", body = "13912345678", "request");
            tracing::debug!(target: "hyper_util::client", "connecting");
        });
        assert!(lines.is_empty(), "{lines:?}");
        let lines = logged(&[("LOG_LEVEL", "error")], || {
            in_invocation(|| tracing::error!("failed"));
            warn!(target: "aws_smithy_runtime", "slow");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(line.contains("requestId"), "{line}");
    }
}
