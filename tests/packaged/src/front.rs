//! A TLS front before a store, with a certificate made for the occasion.

use crate::Failure;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

/// Roots in the bundle that functions read: as many as the image of Lambda has, so that reading them costs what it costs
/// there.
const ROOTS: usize = 145;

/// An authority of its own, and a server certificate for loopback from it.
pub(crate) struct Authority {
    config: Arc<ServerConfig>,
    /// What `SSL_CERT_FILE` names: the root among others.
    pub(crate) bundle: String,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, Failure> {
        let root = Self::root(0)?;
        let mut bundle = root.pem();
        for n in 1..ROOTS {
            bundle.push_str(&Self::root(n)?.pem());
        }
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([Ipv4Addr::LOCALHOST.to_string()])?.signed_by(&key, &root)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        // DynamoDB speaks no other.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), bundle })
    }

    /// A root; its name is as long as it takes for a certificate of the usual size.
    fn root(n: usize) -> Result<CertifiedIssuer<'static, KeyPair>, Failure> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, format!("Root {n:03} {}", "of a test ".repeat(30)));
        Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
    }

    /// Listens on a loopback port and passes on to the store at `behind`.
    pub(crate) async fn front(&self, behind: SocketAddr) -> Result<Front, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (acceptor, opened) = (TlsAcceptor::from(Arc::clone(&self.config)), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&opened);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let acceptor = acceptor.clone();
                // A client that goes away is no failure of the front.
                tokio::spawn(async move { pass(stream, &acceptor, behind).await.ok() });
            }
        });
        Ok(Front { address, opened, task })
    }
}

async fn pass(stream: TcpStream, acceptor: &TlsAcceptor, behind: SocketAddr) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut outside = acceptor.accept(stream).await?;
    let mut inside = TcpStream::connect(behind).await?;
    inside.set_nodelay(true)?;
    copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}

/// A front that is open.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    opened: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Front {
    /// Connections that were opened so far.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}
