//! A service that takes messages, on a port of its own: it writes down what it is asked and answers as it is told.

use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the service does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it.
    Takes,
    /// Answers with this status.
    Fails(u16),
    /// Answers that it does not take it, with this code.
    Refuses(i64),
    /// Takes it, and the answer is lost.
    Loses,
}

/// A message that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) path: String,
    pub(crate) key: String,
    /// What it was signed with.
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Taken {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
struct Book {
    asked: usize,
    taken: Vec<Taken>,
    moods: VecDeque<Mood>,
}

#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    book: Arc<Mutex<Book>>,
    pub(crate) endpoint: String,
}

impl Receiver {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let receiver = Self { book: Arc::default(), endpoint };
        let at_work = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let at_work = at_work.clone();
                tokio::spawn(async move { at_work.serve(stream).await });
            }
        });
        receiver
    }

    /// What it does with the next requests, one after the other; afterwards it takes everything.
    pub(crate) fn expect(&self, moods: &[Mood]) {
        self.book.lock().unwrap().moods.extend(moods);
    }

    /// How often it was asked since it was opened.
    pub(crate) fn asked(&self) -> usize {
        self.book.lock().unwrap().asked
    }

    /// What it has taken since the last time.
    pub(crate) fn take(&self) -> Vec<Taken> {
        std::mem::take(&mut self.book.lock().unwrap().taken)
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut read = Vec::new();
        let (head, mut body) = loop {
            let mut some = [0; 4_096];
            let count = stream.read(&mut some).await.ok()?;
            read.extend_from_slice(some.get(..count).filter(|some| !some.is_empty())?);
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                break (head.to_owned(), read.split_off(head.len() + 4));
            }
        };
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
        };
        let length: usize = header("content-length")?.parse().ok()?;
        while body.len() < length {
            let mut some = [0; 4_096];
            let count = stream.read(&mut some).await.ok()?;
            body.extend_from_slice(some.get(..count).filter(|some| !some.is_empty())?);
        }
        let path = head.split(' ').nth(1)?.to_owned();
        let [key, signature] = ["idempotency-key", "authorization"].map(|name| header(name).unwrap_or_default());
        let taken = Taken { path, key, signature, body: String::from_utf8(body).ok()? };
        let mood = {
            let mut book = self.book.lock().unwrap();
            book.asked += 1;
            let mood = book.moods.pop_front().unwrap_or(Mood::Takes);
            if matches!(mood, Mood::Takes | Mood::Loses) {
                book.taken.push(taken.clone());
            }
            mood
        };
        let sms =
            "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>".to_owned();
        let (status, answer) = match mood {
            Mood::Takes if taken.body.starts_with("Action=SendEmail") => (200, sms.replace("Publish", "SendEmail")),
            Mood::Takes if taken.path == "/" => (200, sms),
            Mood::Takes if taken.path.starts_with("/open-apis/") => (200, r#"{"code":0,"msg":"success"}"#.to_owned()),
            Mood::Takes => (200, r#"{"errcode":0,"errmsg":"ok"}"#.to_owned()),
            Mood::Refuses(code) => (200, format!(r#"{{"errcode":{code},"errmsg":"no"}}"#)),
            Mood::Fails(status) => (status, String::new()),
            Mood::Loses => return None,
        };
        let length = answer.len();
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}");
        stream.write_all(answer.as_bytes()).await.ok()
    }
}
