//! Serving HTTP/1.1 until told to stop.

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{convert::Infallible, error::Error, future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How long running requests may take once the server stops.
const GRACE: Duration = Duration::from_secs(35);
/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(30);
/// How long to wait when the system accepts no more connections.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells servers and schedules to stop.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// Nothing is stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Stops everything that waits for this.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Returns once [`Stop::now`] was called.
    pub async fn called(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        self.0.subscribe().wait_for(|stopped| *stopped).await.ok();
    }
}

/// Something that runs in the background, and no longer than this value lives.
#[derive(Debug)]
pub struct Task(&'static str, JoinHandle<()>);

impl Task {
    /// Starts `work`; `name` is for the log.
    pub fn start(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(name, tokio::spawn(work))
    }

    /// Returns once it has ended by itself.
    pub async fn ended(mut self) {
        if let Err(problem) = (&mut self.1).await {
            tracing::error!(%problem, "{} failed", self.0);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// A server that runs in the background.
#[derive(Debug)]
pub struct Server(Task);

impl Server {
    /// Serves `answer` on `listener` until `stop`.
    pub fn start<A, F, B>(listener: TcpListener, stop: &Stop, answer: A) -> Self
    where
        A: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let stop = stop.clone();
        Self(Task::start("a server", async move {
            let connections = GracefulShutdown::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stop.called() => break,
                };
                match accepted {
                    Ok((stream, peer)) => serve(&connections, stream, peer, answer.clone()),
                    Err(problem) => {
                        tracing::warn!(%problem, "a connection was not accepted");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            drop(listener);
            if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
                tracing::warn!("some requests did not finish in {} s and were cut off", GRACE.as_secs());
            }
        }))
    }

    /// Returns once every running request has been answered after a stop.
    pub async fn ended(self) {
        self.0.ended().await;
    }
}

fn serve<A, F, B>(connections: &GracefulShutdown, stream: TcpStream, peer: SocketAddr, answer: A)
where
    A: Fn(Request<Incoming>, SocketAddr) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if let Err(problem) = stream.set_nodelay(true) {
        tracing::debug!(%problem, "small answers may be delayed");
    }
    let service = service_fn(move |request| {
        let answer = answer(request, peer);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(problem) = connection.await {
            tracing::debug!(%problem, "a connection ended early");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use std::net::Ipv4Addr;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::Notify,
    };

    #[tokio::test]
    async fn running_requests_finish_and_no_new_ones_begin() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let stop = Stop::new();
        let notes = (Arc::clone(&begun), Arc::clone(&finish));
        let server = Server::start(listener, &stop, move |_, _| {
            let (begun, finish) = notes.clone();
            async move {
                begun.notify_one();
                finish.notified().await;
                Response::new(Full::<Bytes>::from("done"))
            }
        });
        let mut client = TcpStream::connect(address).await.unwrap();
        let idle = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        begun.notified().await;
        stop.now();
        let ended = tokio::spawn(server.ended());
        finish.notify_one();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
        ended.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
        drop(idle);
    }

    #[tokio::test]
    async fn a_task_ends_with_its_value() {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let task = Task::start("a task", async move {
            std::future::pending::<()>().await;
            drop(sender);
        });
        drop(task);
        assert!(receiver.await.is_err());
    }
}
