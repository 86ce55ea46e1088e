//! A KMS of one's own on loopback: one key that wraps and one that signs, both real and in memory. It speaks as much of
//! the protocol (JSON 1.1, `TrentService.*`) as the SDK needs for the four operations.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    digest::{Digest, SHA256},
    encoding::AsDer,
    rand,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kernel::Settings;
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc};
use tokio::net::TcpListener;

/// The key that wraps.
pub(crate) const DATA_KEY: &str = "arn:aws-cn:kms:cn-north-1:123456789012:key/data";
/// The key that signs.
pub(crate) const SIGNING_KEY: &str = "arn:aws-cn:kms:cn-north-1:123456789012:key/signing";

/// The fake.
pub(crate) struct FakeKms {
    endpoint: String,
}

struct Keys {
    data: RandomizedNonceKey,
    signing: EcdsaKeyPair,
}

impl FakeKms {
    /// Starts one with fresh keys.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mut data = [0; 32];
        rand::fill(&mut data).unwrap();
        let keys = Arc::new(Keys {
            data: RandomizedNonceKey::new(&AES_256_GCM, &data).unwrap(),
            signing: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let keys = Arc::clone(&keys);
                let service = service_fn(move |request| answer(Arc::clone(&keys), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { endpoint }
    }

    /// The settings with both keys in this KMS.
    pub(crate) fn settings(&self, settings: Settings) -> Settings {
        let settings = settings.with("AWS_ENDPOINT_URL_KMS", &self.endpoint);
        settings.with("DATA_KEY", DATA_KEY).with("SIGNING_KEY", SIGNING_KEY)
    }
}

async fn answer(keys: Arc<Keys>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("TrentService.").unwrap_or_default().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let input: Value = serde_json::from_slice(&body).unwrap();
    let done = match operation.as_str() {
        "GenerateDataKey" => keys.generate_data_key(&input),
        "Decrypt" => keys.decrypt(&input),
        "Sign" => keys.sign(&input),
        "GetPublicKey" => keys.get_public_key(&input),
        _ => Err("UnknownOperationException"),
    };
    let (status, output) = match done {
        Ok(output) => (200, output),
        Err(kind) => (400, json!({ "__type": kind })),
    };
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.1");
    Ok(response.body(Full::from(output.to_string())).unwrap())
}

/// What an operation answers, or the name of its exception.
type Output = Result<Value, &'static str>;

impl Keys {
    fn generate_data_key(&self, input: &Value) -> Output {
        expect(input, &[("KeyId", DATA_KEY), ("KeySpec", "AES_256")])?;
        let mut plain = [0; 32];
        rand::fill(&mut plain).unwrap();
        let mut wrapped = plain.to_vec();
        let nonce = self.data.seal_in_place_append_tag(context(input), &mut wrapped).unwrap();
        let blob = STANDARD.encode([&nonce.as_ref()[..], &wrapped].concat());
        Ok(json!({ "KeyId": DATA_KEY, "Plaintext": STANDARD.encode(plain), "CiphertextBlob": blob }))
    }

    fn decrypt(&self, input: &Value) -> Output {
        const WRONG: &str = "InvalidCiphertextException";
        expect(input, &[("KeyId", DATA_KEY)])?;
        let blob = STANDARD.decode(input["CiphertextBlob"].as_str().ok_or(WRONG)?).map_err(|_| WRONG)?;
        let (nonce, wrapped) = blob.split_at_checked(12).ok_or(WRONG)?;
        let (nonce, mut wrapped) = (Nonce::try_assume_unique_for_key(nonce).map_err(|_| WRONG)?, wrapped.to_vec());
        let plain = self.data.open_in_place(nonce, context(input), &mut wrapped).map_err(|_| WRONG)?;
        Ok(
            json!({ "KeyId": DATA_KEY, "Plaintext": STANDARD.encode(plain), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" }),
        )
    }

    fn sign(&self, input: &Value) -> Output {
        let wanted = [("KeyId", SIGNING_KEY), ("MessageType", "DIGEST"), ("SigningAlgorithm", "ECDSA_SHA_256")];
        expect(input, &wanted)?;
        let digest =
            STANDARD.decode(input["Message"].as_str().unwrap_or_default()).map_err(|_| "ValidationException")?;
        let digest = Digest::import_less_safe(&digest, &SHA256).map_err(|_| "ValidationException")?;
        let signature = STANDARD.encode(self.signing.sign_digest(&digest).unwrap());
        Ok(json!({ "KeyId": SIGNING_KEY, "Signature": signature, "SigningAlgorithm": "ECDSA_SHA_256" }))
    }

    fn get_public_key(&self, input: &Value) -> Output {
        expect(input, &[("KeyId", SIGNING_KEY)])?;
        let public = STANDARD.encode(self.signing.public_key().as_der().unwrap().as_ref());
        Ok(json!({ "KeyId": SIGNING_KEY, "PublicKey": public, "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY" }))
    }
}

fn expect(input: &Value, fields: &[(&str, &str)]) -> Result<(), &'static str> {
    let held = fields.iter().all(|(name, value)| input[name] == *value);
    if held { Ok(()) } else { Err("ValidationException") }
}

/// Every pair of the encryption context, in the order of names.
fn context(input: &Value) -> Aad<Vec<u8>> {
    Aad::from(input["EncryptionContext"].to_string().into_bytes())
}
