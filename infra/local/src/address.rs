//! Where the gateway may listen.

use std::net::{IpAddr, SocketAddr};

/// An address that was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(SocketAddr);

/// The address can be reached from other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} can be reached from other machines, and demo accounts have passwords that everybody knows: take 127.0.0.1, or \
     say --allow-network"
)]
pub struct NetworkRefused(pub IpAddr);

impl Listen {
    /// `port` of `address`; 0 is any free port.
    ///
    /// # Errors
    /// [`NetworkRefused`] for an address that is not on loopback, unless `allow_network`.
    pub fn new(address: IpAddr, port: u16, allow_network: bool) -> Result<Self, NetworkRefused> {
        if allow_network || address.to_canonical().is_loopback() {
            Ok(Self(SocketAddr::new(address, port)))
        } else {
            Err(NetworkRefused(address))
        }
    }

    /// The address and port.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_allowed_unasked() {
        for inside in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(Listen::new(inside.parse().unwrap(), 0, false).is_ok(), "{inside}");
        }
        for outside in ["0.0.0.0", "::", "192.168.1.2", "10.0.0.1", "fe80::1", "::ffff:10.0.0.1"] {
            let address = outside.parse().unwrap();
            assert_eq!(Listen::new(address, 0, false), Err(NetworkRefused(address)));
            assert!(Listen::new(address, 0, true).is_ok());
        }
        let refusal = Listen::new("0.0.0.0".parse().unwrap(), 0, false).unwrap_err();
        assert!(refusal.to_string().contains("--allow-network"), "{refusal}");
    }
}
