//! Access tokens: what is accepted, and everything that is not.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of a test may end it")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cloud::Environment;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto};
use kernel::{Clock, MemberId, SessionId, Settings};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use vault::{Claims, Refused, Signer, Vault, Verifier};

const NOW: i64 = 1_795_485_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Signer and verifier over one key file, and the key itself for the forger.
struct Desk {
    env: Environment,
    signer: Signer,
    verifier: Verifier,
    folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = environment(&format!("file:{}", folder.path().join("signing.key").display()));
        let (signer, verifier) = tokio::join!(Signer::open(&env), Verifier::open(&env));
        Self { signer: signer.unwrap(), verifier: verifier.unwrap(), env, folder }
    }

    fn key(&self) -> EncodingKey {
        EncodingKey::from_ec_der(&fs::read(self.folder.path().join("signing.key")).unwrap())
    }

    fn kid(&self) -> String {
        self.verifier.jwks()["keys"][0]["kid"].as_str().unwrap().to_owned()
    }

    fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "ES256", "kid": self.kid() })
    }

    /// A token of any header and claims, with a signature of our own key that is right.
    fn forge(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let signature = crypto::sign(message.as_bytes(), &self.key(), Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    fn verify(&self, token: &str) -> Result<Claims, Refused> {
        self.verifier.verify(token, at(NOW))
    }
}

fn environment(signing_key: &str) -> Environment {
    let settings = [
        ("AWS_REGION", "cn-north-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("ISSUER", "urn:zhibu:test"),
        ("AUDIENCE", "urn:zhibu:test:api"),
        ("SIGNING_KEY", signing_key),
    ];
    let settings: Settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Environment::new(settings, Clock::new(|| at(NOW))).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn claims() -> Claims {
    Claims {
        iss: "urn:zhibu:test".to_owned(),
        sub: MemberId::from_bytes(1, [1; 10]),
        aud: "urn:zhibu:test:api".to_owned(),
        exp: NOW + 600,
        nbf: NOW,
        iat: NOW,
        jti: "1".to_owned(),
        sid: SessionId::from_bytes(1, [2; 10]),
        mfa: false,
    }
}

/// The claims with some of them replaced; `null` takes one out.
fn but(changes: &Value) -> Value {
    let mut all = json!(claims());
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    all
}

#[tokio::test]
async fn our_own_token_is_accepted_and_says_what_was_signed() {
    let desk = Desk::new().await;
    let token = desk.signer.sign(&claims()).await.unwrap();
    assert_eq!(desk.verify(&token), Ok(claims()));
    assert_eq!(desk.verify(&desk.forge(&desk.header(), &json!(claims()))), Ok(claims()), "the forger knows its trade");
    assert!(token.len() < 800, "{} bytes travel with each request", token.len());
}

#[tokio::test]
async fn a_token_runs_out_and_begins_with_five_seconds_of_leeway() {
    let desk = Desk::new().await;
    let token = desk.signer.sign(&claims()).await.unwrap();
    let seen = |second| desk.verifier.verify::<Claims>(&token, at(second)).map(drop);
    assert_eq!(seen(NOW - 6), Err(Refused::Invalid));
    assert_eq!(seen(NOW - 5), Ok(()));
    assert_eq!(seen(NOW + 604), Ok(()));
    assert_eq!(seen(NOW + 605), Err(Refused::Expired));
}

#[tokio::test]
async fn expired_is_said_only_of_a_token_that_was_right() {
    let desk = Desk::new().await;
    let old = json!({ "exp": NOW - 60, "nbf": NOW - 660 });
    assert_eq!(desk.verify(&desk.forge(&desk.header(), &but(&old))), Err(Refused::Expired));
    for (name, wrong) in
        [("aud", json!("other")), ("iss", json!("other")), ("nbf", json!(NOW + 60)), ("sid", json!(null))]
    {
        let mut changes = old.clone();
        changes[name] = wrong;
        assert_eq!(desk.verify(&desk.forge(&desk.header(), &but(&changes))), Err(Refused::Invalid), "{name}");
    }
    let token = desk.forge(&desk.header(), &but(&old));
    let (message, _) = token.rsplit_once('.').unwrap();
    assert_eq!(desk.verify(&format!("{message}.{}", URL_SAFE_NO_PAD.encode([1; 64]))), Err(Refused::Invalid));
}

#[tokio::test]
async fn no_other_header_is_accepted_although_the_signature_is_right() {
    let desk = Desk::new().await;
    let jwk = desk.verifier.jwks()["keys"][0].clone();
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("alg", Value::Null),
        ("typ", json!("JWT")),
        ("typ", json!("rt+jwt")),
        ("typ", Value::Null),
        ("kid", json!("another")),
        ("kid", json!("")),
        ("kid", json!("../../etc/passwd")),
        ("kid", Value::Null),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
        ("jwk", jwk),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("anything", json!(1)),
    ] {
        let mut header = desk.header();
        header[name] = value.clone();
        if value.is_null() {
            header.as_object_mut().unwrap().remove(name);
        }
        let token = desk.forge(&header, &json!(claims()));
        assert_eq!(desk.verify(&token), Err(Refused::Invalid), "{name} {value}");
    }
}

#[tokio::test]
async fn a_token_without_a_signature_of_ours_is_refused() {
    let desk = Desk::new().await;
    let unsigned = part(&json!({ "typ": "at+jwt", "alg": "none", "kid": desk.kid() }));
    for token in [format!("{unsigned}.{}.", part(&json!(claims()))), format!("{unsigned}.{}", part(&json!(claims())))] {
        assert_eq!(desk.verify(&token), Err(Refused::Invalid));
    }

    // The public key as the secret of an HMAC, in each form that it is published in.
    let jwk = desk.verifier.jwks()["keys"][0].clone();
    let point: Vec<u8> =
        ["x", "y"].iter().flat_map(|name| URL_SAFE_NO_PAD.decode(jwk[*name].as_str().unwrap()).unwrap()).collect();
    let header = Header { typ: Some("at+jwt".to_owned()), kid: Some(desk.kid()), ..Header::new(Algorithm::HS256) };
    for secret in [point.clone(), [&[4], &point[..]].concat(), jwk.to_string().into_bytes()] {
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(desk.verify(&token), Err(Refused::Invalid));
    }

    let stranger = Desk::new().await;
    let token = stranger.signer.sign(&claims()).await.unwrap();
    assert_eq!(desk.verify(&token), Err(Refused::Invalid), "another key under its own name");
    let token = stranger.forge(&desk.header(), &json!(claims()));
    assert_eq!(desk.verify(&token), Err(Refused::Invalid), "another key under our name");
}

#[tokio::test]
async fn claims_that_are_wrong_or_missing_are_refused() {
    let desk = Desk::new().await;
    for changes in [
        json!({ "iss": "urn:zhibu:prod" }),
        json!({ "aud": "urn:zhibu:prod:api" }),
        json!({ "aud": ["urn:zhibu:test:api", "other"] }),
        json!({ "iss": ["urn:zhibu:test"] }),
        json!({ "nbf": NOW + 60 }),
        json!({ "exp": "never" }),
        json!({ "exp": 1e30 }),
        json!({ "sub": "org_0190a0b0c0d07000800000000000000a" }),
        json!({ "iss": null }),
        json!({ "sub": null }),
        json!({ "aud": null }),
        json!({ "exp": null }),
        json!({ "nbf": null }),
        json!({ "iat": null }),
        json!({ "jti": null }),
        json!({ "sid": null }),
        json!({ "mfa": null }),
        json!({ "mfa": "true" }),
    ] {
        let token = desk.forge(&desk.header(), &but(&changes));
        assert_eq!(desk.verify(&token), Err(Refused::Invalid), "{changes}");
    }
    for (exp, expected) in [(i64::MAX, Ok(())), (i64::MIN, Err(Refused::Invalid)), (0, Err(Refused::Expired))] {
        let token = desk.forge(&desk.header(), &but(&json!({ "exp": exp })));
        assert_eq!(desk.verify(&token).map(drop), expected, "{exp}");
    }
}

#[tokio::test]
async fn a_token_is_bounded_before_it_is_read() {
    let desk = Desk::new().await;
    for bytes in [4_000, 10_000, 1_000_000] {
        let token = desk.forge(&desk.header(), &but(&json!({ "jti": "x".repeat(bytes) })));
        assert_eq!(desk.verify(&token), Err(Refused::Invalid), "{bytes}");
    }
    let room = desk.forge(&desk.header(), &but(&json!({ "jti": "x".repeat(2_000) })));
    assert!(room.len() <= Verifier::LIMIT && desk.verify(&room).is_ok());
}

#[tokio::test]
async fn a_token_cut_short_or_drawn_out_is_refused() {
    let desk = Desk::new().await;
    let token = desk.signer.sign(&claims()).await.unwrap();
    for end in 0..token.len() {
        assert_eq!(desk.verify(&token[..end]), Err(Refused::Invalid), "{end}");
    }
    for other in
        [format!("{token}A"), format!("{token}."), format!(" {token}"), format!("{token}\n"), format!("{token}=")]
    {
        assert_eq!(desk.verify(&other), Err(Refused::Invalid), "{other:?}");
    }
}

#[test]
fn no_change_of_a_byte_goes_unnoticed_and_no_text_panics() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let desk = runtime.block_on(Desk::new());
    let token = runtime.block_on(desk.signer.sign(&claims())).unwrap();
    proptest!(|(at: prop::sample::Index, other in 0_u8..128)| {
        let mut bytes = token.clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != other);
        bytes[at] = other;
        prop_assert_eq!(desk.verify(&String::from_utf8(bytes).unwrap()), Err(Refused::Invalid));
    });
    proptest!(|(text in "\\PC{0,200}", parts in "[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}")| {
        prop_assert_eq!(desk.verify(&text), Err(Refused::Invalid));
        prop_assert_eq!(desk.verify(&parts), Err(Refused::Invalid));
    });
}

#[tokio::test]
async fn a_signing_key_is_replaced_without_signing_anybody_out() {
    let folder = tempfile::tempdir().unwrap();
    let name = |key: &str| format!("file:{}", folder.path().join(key).display());
    let (old, new) = (name("old.key"), name("new.key"));
    let mut before: Option<String> = None;
    for step in [old.clone(), format!("{old},{new}"), format!("{new}, {old}"), new] {
        let env = environment(&step);
        let verifier = Verifier::open(&env).await.unwrap();
        let fresh = Signer::open(&env).await.unwrap().sign(&claims()).await.unwrap();
        assert!(verifier.verify::<Claims>(&fresh, at(NOW)).is_ok());
        if let Some(token) = before {
            assert!(verifier.verify::<Claims>(&token, at(NOW)).is_ok(), "a token of the step before still counts");
        }
        before = Some(fresh);
    }
}

#[tokio::test]
async fn keys_do_not_show_in_debug_output() {
    let desk = Desk::new().await;
    assert_eq!(format!("{:?} {:?}", desk.signer, desk.verifier), "Signer Verifier");
}

#[tokio::test]
async fn a_file_that_holds_no_key_is_an_error() {
    let desk = Desk::new().await;
    fs::write(desk.folder.path().join("signing.key"), "not a key").unwrap();
    assert!(Signer::open(&desk.env).await.is_err());
    assert!(Verifier::open(&desk.env).await.is_err());

    let mut env = desk.env.clone();
    env.settings = env.settings.with("DATA_KEY", format!("file:{}", desk.folder.path().join("signing.key").display()));
    assert!(Vault::open(&env).await.is_err());
}

#[tokio::test]
async fn the_data_key_in_a_file_is_the_same_for_everyone() {
    let desk = Desk::new().await;
    let mut env = desk.env.clone();
    let path = desk.folder.path().join("keys").join("data.key");
    env.settings = env.settings.with("DATA_KEY", format!("file:{}", path.display()));
    let (a, b) = tokio::join!(Vault::open(&env), Vault::open(&env));
    let place = vault::Place { table: "members", record: "mbr_1", field: "phone" };
    let sealed = a.unwrap().seal(&place, "x").unwrap();
    assert_eq!(b.unwrap().unseal(&place, &sealed).unwrap(), "x");

    env.settings = env.settings.with("DATA_KEY_VERSIONS", "2");
    let rotated = Vault::open(&env).await.unwrap();
    assert_eq!(rotated.unseal(&place, &sealed).unwrap(), "x");
    let sealed: String = serde_json::from_value(json!(rotated.seal(&place, "y").unwrap())).unwrap();
    assert!(sealed.starts_with("v1.2."), "{sealed}");
    assert!(path.with_added_extension("2").exists());
}
