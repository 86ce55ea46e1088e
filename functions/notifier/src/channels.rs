//! The channels themselves.

use crate::robots;
use bytes::Bytes;
use cloud::{Environment, StartError};
use http::{Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::Timestamp;
use kernel::DeliveryId;
use mail::Mail;
use notices::{DeliveryRow, Robot};
use sms::Sms;
use std::{fmt, io, sync::OnceLock, time::Duration};

/// How long a service may take to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// What e-mail is headed with; what it is about is in the app.
const SUBJECT: &str = "【支部】消息";
/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1_024;

type Https = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Why a message was not sent, as it is kept and shown: never an address or a text, which hold secrets.
pub(crate) type Reason = String;

/// How text messages are sent; the setting `CODE_SENDER` says which, as for sign-in codes.
#[derive(Debug, Clone)]
enum Texts {
    /// `log`: not at all, on one machine; the log says that one would have been.
    Log,
    /// `sns`
    Sns(Sms),
    /// `none`
    Nobody,
}

/// How e-mail is sent; the setting `MAIL_FROM` says from where.
#[derive(Debug, Clone)]
enum Mails {
    /// `log`: not at all, on one machine; the log says that one would have been.
    Log,
    /// An address that SES knows.
    Ses(Mail),
    /// Empty.
    Nobody,
}

/// What messages go over.
#[derive(Clone)]
pub(crate) struct Channels {
    texts: Texts,
    mails: Mails,
    /// Instead of the hosts of the services.
    endpoint: Option<String>,
    /// Made for the first message: a minute without one does not read the roots.
    https: OnceLock<Https>,
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels").field("texts", &self.texts).field("mails", &self.mails).finish_non_exhaustive()
    }
}

impl Channels {
    /// # Errors
    /// When a setting is missing, or is one that production refuses.
    pub(crate) fn open(env: &Environment) -> Result<Self, StartError> {
        let refused = |what, why: &str| StartError::Unavailable { what, source: why.into() };
        let stage = env.settings.get("STAGE")?;
        let texts = match env.settings.get("CODE_SENDER")? {
            "sns" => Texts::Sns(Sms::open(env)),
            "log" if stage != "prod" => Texts::Log,
            "none" => Texts::Nobody,
            _ => {
                return Err(refused(
                    "the sender of text messages (CODE_SENDER)",
                    "it is sns, none or, outside production, log",
                ));
            }
        };
        let mails = match env.settings.find("MAIL_FROM") {
            None => Mails::Nobody,
            Some("log") if stage != "prod" => Mails::Log,
            Some(from) if from.contains('@') => Mails::Ses(Mail::open(env, from)),
            _ => {
                return Err(refused(
                    "the sender of e-mail (MAIL_FROM)",
                    "it is an address, empty or, outside production, log",
                ));
            }
        };
        let endpoint = env.settings.find("ROBOT_ENDPOINT").map(str::to_owned);
        if endpoint.is_some() && stage == "prod" {
            return Err(refused("the hosts of robots (ROBOT_ENDPOINT)", "production calls the services themselves"));
        }
        Ok(Self { texts, mails, endpoint, https: OnceLock::new() })
    }

    /// Whether this installation sends text messages.
    pub(crate) fn has_texts(&self) -> bool {
        !matches!(self.texts, Texts::Nobody)
    }

    /// Whether this installation sends e-mail.
    pub(crate) fn has_mails(&self) -> bool {
        !matches!(self.mails, Mails::Nobody)
    }

    /// Sends `row` with the words `text` to an e-mail address.
    ///
    /// # Errors
    /// When it was not taken, or nobody knows whether it was.
    pub(crate) async fn mail(&self, row: &DeliveryRow, address: &str, text: &str) -> Result<(), Reason> {
        match &self.mails {
            Mails::Ses(mail) => mail.send(address, SUBJECT, text).await.map_err(|error| error.to_string()),
            Mails::Log if row.asked_for => {
                // On one machine, who asked reads it here: there is no other way to go on.
                tracing::info!(delivery = %row.id, text, "e-mail would be sent");
                Ok(())
            }
            Mails::Log => {
                tracing::info!(delivery = %row.id, "e-mail would be sent");
                Ok(())
            }
            Mails::Nobody => Err("this installation sends no e-mail".to_owned()),
        }
    }

    /// Sends `text` to a phone.
    ///
    /// # Errors
    /// When it was not taken, or nobody knows whether it was.
    pub(crate) async fn text(&self, id: DeliveryId, phone: &str, text: &str) -> Result<(), Reason> {
        match &self.texts {
            Texts::Sns(sms) => sms.send(phone, text).await.map_err(|error| error.to_string()),
            Texts::Log => {
                tracing::info!(delivery = %id, "a text message would be sent");
                Ok(())
            }
            Texts::Nobody => Err("this installation sends no text messages".to_owned()),
        }
    }

    /// Makes `robot` say `text`.
    ///
    /// # Errors
    /// When it was not taken, or nobody knows whether it was.
    pub(crate) async fn say(&self, id: DeliveryId, robot: &Robot, text: &str, now: Timestamp) -> Result<(), Reason> {
        let (path, body) = robots::request(robot, text, now);
        let host = self.endpoint.as_deref().unwrap_or_else(|| robots::host(robot.service));
        let request = Request::post(format!("{host}{path}"))
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("idempotency-key", id.to_string())
            .body(Full::from(body.to_string()));
        let request = request.map_err(|_| "the request cannot be made".to_owned())?;
        let client = self.client().map_err(|_| "the roots of certificates cannot be read".to_owned())?;
        let exchange = async {
            let answer = client.request(request).await.map_err(|error| {
                // The error itself may show the address, which has the token in it.
                if error.is_connect() { "no connection" } else { "no answer after the request was sent" }.to_owned()
            })?;
            let status = answer.status();
            if !status.is_success() {
                return Err(format!("answered with status {}", status.as_u16()));
            }
            let read = Limited::new(answer.into_body(), ANSWER).collect().await;
            let bytes = read.map_err(|_| "no answer after the request was sent".to_owned())?.to_bytes();
            robots::taken(&serde_json::from_slice(&bytes).unwrap_or_default())
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    /// A connection is used once: one that was kept while the function slept would be dead, and nobody would know
    /// whether the message had gone over it.
    fn client(&self) -> io::Result<&Https> {
        if let Some(client) = self.https.get() {
            return Ok(client);
        }
        let connector = HttpsConnectorBuilder::new().with_native_roots()?;
        let connector = match &self.endpoint {
            Some(_) => connector.https_or_http(),
            None => connector.https_only(),
        };
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector.enable_http1().build());
        Ok(self.https.get_or_init(|| client))
    }
}
