//! Requests that no honest client sends.

use super::{body, gateway, peer, request, router, target};
use axum::Router;
use bytes::Bytes;
use http::HeaderValue;
use proptest::prelude::*;

proptest! {
    /// Whatever a client sends, the gateway and the function's adapter stay on their feet.
    #[test]
    fn nothing_that_a_client_sends_is_our_failure(
        path in "/v1/([!-~]|%[0-9a-fA-F]{2}|[\u{80}-\u{ffff}]){0,20}(\\?([!-~]|%[0-9a-f]{2}){0,20})?",
        header in prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..], 0..20),
        sent in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let uri = path.parse::<http::Uri>();
        prop_assume!(uri.is_ok());
        let fine = Router::new().fallback(async |body: Bytes| body);
        let gateway = gateway(vec![target("POST /v1/{x}", router(fine), None)]);
        let mut asked = request("POST /").body(body(sent)).unwrap();
        *asked.uri_mut() = uri.unwrap();
        for name in ["cookie", "content-type", "x-forwarded-proto", "user-agent", "x-any"] {
            asked.headers_mut().append(name, HeaderValue::from_bytes(&header).unwrap());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let status = runtime.block_on(gateway.answer(asked, peer())).status().as_u16();
        prop_assert!(matches!(status, 200 | 404), "{status}");
    }
}
