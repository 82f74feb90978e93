//! What a server is told when it starts.

/// The settings of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on.
    pub host: String,
    /// The port to listen on; 0 is any free one.
    pub port: u16,
    /// The one access key that is let in.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The region that requests must be signed for.
    pub region: String,
    /// Buckets to make at the start.
    pub buckets: Vec<String>,
    /// The port of the control endpoint on loopback, 0 for any; without one there are no faults.
    pub control_port: Option<u16>,
    /// What the draws of rules with a probability start from; without one it is made up.
    pub seed: Option<u64>,
    /// The domain under which `bucket.domain` names a bucket.
    pub domain: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            access_key_id: "dev".to_owned(),
            secret_access_key: "development".to_owned(),
            region: "us-east-1".to_owned(),
            buckets: Vec::new(),
            control_port: None,
            seed: None,
            domain: "localhost".to_owned(),
        }
    }
}
