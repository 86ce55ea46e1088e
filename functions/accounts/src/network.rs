//! Where a request comes from, as far as attempts are counted by it.

use axum::extract::FromRequestParts;
use lambda_http::{http::request::Parts, request::RequestContext};
use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The network of a request: the first 24 bits of an IPv4 address, the first 48 of an IPv6 address. A provider gives one
/// customer at least as much of the latter, so that going from address to address inside does not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network(String);

impl Network {
    /// The network of the address that the gateway saw; all without a readable address share one.
    fn of(address: Option<&str>) -> Self {
        let address = address.and_then(|text| text.parse::<IpAddr>().ok()).map(|address| address.to_canonical());
        Self(match address {
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, ..] = address.segments();
                format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
            None => "unknown".to_owned(),
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for Network {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network_and_strangers_do_not() {
        let of = |text: &str| Network::of(Some(text)).to_string();
        assert_eq!(of("203.0.113.7"), "203.0.113.0/24");
        assert_eq!(of("203.0.113.250"), of("203.0.113.7"));
        assert_ne!(of("203.0.114.7"), of("203.0.113.7"));
        assert_eq!(of("2001:db8:1:2::3"), "2001:db8:1::/48");
        assert_eq!(of("2001:db8:1:ffff::"), of("2001:db8:1:2::3"));
        assert_ne!(of("2001:db8:2::3"), of("2001:db8:1::3"));
    }

    #[test]
    fn an_address_has_one_network_however_it_is_written() {
        assert_eq!(Network::of(Some("::ffff:203.0.113.7")), Network::of(Some("203.0.113.7")));
        assert_eq!(Network::of(None), Network::of(Some("not an address")));
    }
}
