//! Both keys in KMS, and the wrapped data key in the table.
#![expect(clippy::unwrap_used, reason = "helpers of a test may end it")]

mod fake_kms;

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_kms::{Client, primitives::Blob};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use dynamo::{Key, Read, Table};
use fake_kms::{DATA_KEY, FakeKms};
use jiff::SignedDuration;
use kernel::{MemberId, SessionId};
use serde_json::{Value, json};
use testkit::{Bench, Crash};
use vault::{Claims, OpenError, Place, Refused, Signer, Vault, Verifier};

const PLACE: Place<'_> = Place { table: "members", record: "mbr_1", field: "idCard" };

async fn bench() -> Bench {
    let kms = FakeKms::start().await;
    Bench::with(|settings| kms.settings(settings)).await
}

fn operations(bench: &Bench) -> Vec<String> {
    bench.wire.take().into_iter().map(|call| call.operation).collect()
}

/// The text of a sealed value.
fn text(sealed: &vault::Sealed) -> String {
    serde_json::from_value(json!(sealed)).unwrap()
}

#[tokio::test]
async fn the_first_start_makes_the_key_and_every_other_one_unwraps_it() {
    let bench = bench().await;
    let first = Vault::open(&bench.env).await.unwrap();
    assert_eq!(operations(&bench), ["GetItem", "GenerateDataKey", "PutItem", "GetItem", "Decrypt"]);
    let second = Vault::open(&bench.env).await.unwrap();
    assert_eq!(operations(&bench), ["GetItem", "Decrypt"]);

    let sealed = first.seal(&PLACE, "350102199003071234").unwrap();
    assert_eq!(second.unseal(&PLACE, &sealed).unwrap(), "350102199003071234");
    assert_eq!(first.index("phone", "+8613800000000"), second.index("phone", "+8613800000000"));
    assert!(operations(&bench).is_empty(), "sealing and opening need no call");
}

#[tokio::test]
async fn functions_that_start_at_the_same_moment_share_one_key() {
    let bench = bench().await;
    let (a, b, c) = tokio::join!(Vault::open(&bench.env), Vault::open(&bench.env), Vault::open(&bench.env));
    let sealed = a.unwrap().seal(&PLACE, "x").unwrap();
    assert_eq!(b.unwrap().unseal(&PLACE, &sealed).unwrap(), "x");
    assert_eq!(c.unwrap().unseal(&PLACE, &sealed).unwrap(), "x");
}

#[tokio::test]
async fn a_start_that_is_cut_off_at_any_call_does_no_harm() {
    for calls in 0..5 {
        for crash in [Crash::Before(calls), Crash::After(calls)] {
            let bench = bench().await;
            bench.wire.crash(Some(crash));
            assert!(Vault::open(&bench.env).await.is_err(), "{crash:?}");
            bench.wire.crash(None);
            let sealed = Vault::open(&bench.env).await.unwrap().seal(&PLACE, "x").unwrap();
            let later = Vault::open(&bench.env).await.unwrap();
            assert_eq!(later.unseal(&PLACE, &sealed).unwrap(), "x", "{crash:?}");
        }
    }
}

#[tokio::test]
async fn a_deployment_cannot_open_what_another_one_sealed() {
    let (ours, theirs) = (bench().await, bench().await);
    let sealed = Vault::open(&theirs.env).await.unwrap().seal(&PLACE, "x").unwrap();
    let vault = Vault::open(&ours.env).await.unwrap();
    assert_eq!(vault.unseal(&PLACE, &sealed), Err(OpenError::Foreign));
}

#[tokio::test]
async fn the_wrapped_key_opens_for_its_purpose_only_and_not_when_changed() {
    let bench = bench().await;
    Vault::open(&bench.env).await.unwrap();
    let table = Table::open(&bench.env, "MEMBERS_TABLE").unwrap();
    let mut row: Value = table.get(Key::new("KEY#1", "KEY"), Read::Consistent).await.unwrap().unwrap();
    let wrapped = STANDARD.decode(row["wrapped"].as_str().unwrap()).unwrap();

    let kms = Client::new(&bench.env.sdk_for("KMS"));
    for (purpose, opens) in [("register", true), ("other", false)] {
        let call = kms.decrypt().key_id(DATA_KEY).ciphertext_blob(Blob::new(wrapped.clone()));
        assert_eq!(call.encryption_context("purpose", purpose).send().await.is_ok(), opens, "{purpose}");
    }

    let mut changed = wrapped;
    changed[20] ^= 1;
    row["wrapped"] = json!(STANDARD.encode(changed));
    table.put(&row).await.unwrap();
    assert!(Vault::open(&bench.env).await.is_err());
}

#[tokio::test]
async fn a_new_version_seals_after_a_day_and_old_values_still_open() {
    let mut bench = bench().await;
    let before = Vault::open(&bench.env).await.unwrap();
    let old = before.seal(&PLACE, "old").unwrap();

    bench.env.settings = bench.env.settings.clone().with("DATA_KEY_VERSIONS", "2");
    let between = Vault::open(&bench.env).await.unwrap().seal(&PLACE, "between").unwrap();
    assert!(text(&between).starts_with("v1.1."));
    assert_eq!(before.unseal(&PLACE, &between).unwrap(), "between", "who started before the rotation can still read");

    bench.pass(SignedDuration::from_hours(24));
    let after = Vault::open(&bench.env).await.unwrap();
    let new = after.seal(&PLACE, "new").unwrap();
    assert!(text(&new).starts_with("v1.2."));
    for (sealed, plain) in [(&old, "old"), (&between, "between"), (&new, "new")] {
        assert_eq!(after.unseal(&PLACE, sealed).unwrap(), plain);
    }
    assert_eq!(before.unseal(&PLACE, &new), Err(OpenError::UnknownKey));
    assert_eq!(after.index("phone", "1"), before.index("phone", "1"), "who is unique does not change");
}

#[tokio::test]
async fn a_number_of_versions_that_is_none_is_an_error() {
    let mut bench = bench().await;
    for wrong in ["0", "65", "two", "-1"] {
        bench.env.settings = bench.env.settings.clone().with("DATA_KEY_VERSIONS", wrong);
        assert!(Vault::open(&bench.env).await.is_err(), "{wrong}");
    }
}

fn claims(bench: &Bench) -> Claims {
    let now = bench.now();
    Claims {
        iss: bench.env.settings.get("ISSUER").unwrap().to_owned(),
        sub: MemberId::from_bytes(1, [1; 10]),
        aud: bench.env.settings.get("AUDIENCE").unwrap().to_owned(),
        exp: now.as_second() + 600,
        nbf: now.as_second(),
        iat: now.as_second(),
        jti: "1".to_owned(),
        sid: SessionId::from_bytes(1, [2; 10]),
        mfa: true,
    }
}

#[tokio::test]
async fn a_token_that_kms_signed_verifies_with_its_public_key() {
    let bench = bench().await;
    let (signer, verifier) = (Signer::open(&bench.env).await.unwrap(), Verifier::open(&bench.env).await.unwrap());
    let _ = bench.wire.take();
    for _ in 0..20 {
        let token = signer.sign(&claims(&bench)).await.unwrap();
        assert_eq!(verifier.verify::<Claims>(&token, bench.now()), Ok(claims(&bench)));
    }
    assert!(operations(&bench).iter().all(|operation| operation == "Sign"), "verifying needs no call");

    bench.pass(SignedDuration::from_mins(11));
    let token = signer.sign(&Claims { exp: bench.now().as_second() - 60, ..claims(&bench) }).await.unwrap();
    assert_eq!(verifier.verify::<Claims>(&token, bench.now()), Err(Refused::Expired));
}

#[tokio::test]
async fn the_published_key_is_named_by_its_thumbprint() {
    let bench = bench().await;
    let jwks = Verifier::open(&bench.env).await.unwrap().jwks();
    let [key] = jwks["keys"].as_array().unwrap().as_slice() else { panic!("{jwks}") };
    let member = |name: &str| key[name].as_str().unwrap().to_owned();
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, member("x"), member("y"));
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
    assert_eq!((member("kid"), member("use"), member("alg")), (thumbprint, "sig".to_owned(), "ES256".to_owned()));
    assert_eq!(key.as_object().unwrap().len(), 7, "nothing private is in it: {key}");

    let token = Signer::open(&bench.env).await.unwrap().sign(&claims(&bench)).await.unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.kid, Some(member("kid")));
}

#[tokio::test]
async fn without_kms_nothing_starts_and_nothing_is_signed() {
    let bench = bench().await;
    let signer = Signer::open(&bench.env).await.unwrap();
    bench.wire.crash(Some(Crash::Before(0)));
    assert!(signer.sign(&claims(&bench)).await.is_err());
    for error in [
        Vault::open(&bench.env).await.map(drop).unwrap_err(),
        Signer::open(&bench.env).await.map(drop).unwrap_err(),
        Verifier::open(&bench.env).await.map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().contains("key is not available"), "{error}");
    }
}
