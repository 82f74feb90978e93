//! Whom TLS trusts: the authorities that the options name, else the system's, those of `NODE_EXTRA_CA_CERTS`, and
//! Node's own list where the system has none.

use std::path::Path;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Whether the system keeps certificate authorities where TLS looks for them. Slim container images often don't, or have
/// nothing but the folder, which comes with OpenSSL. macOS and Windows always do.
pub(crate) fn system_has_roots() -> bool {
    if cfg!(any(target_os = "macos", target_os = "windows")) {
        return true;
    }
    let found = openssl_probe::probe();
    found.cert_file.is_some() || found.cert_dir.iter().any(|folder| has_file(folder))
}

fn has_file(folder: &Path) -> bool {
    std::fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_file()))
}

/// A context that trusts the system's authorities and, in PEM, `extra` and `fallback`.
pub(crate) fn context(extra: Option<&str>, fallback: Option<&str>) -> Result<TlsContext, String> {
    let mut trusted = TrustStore::empty().with_native_roots(fallback.is_none());
    for pem in [extra, fallback].into_iter().flatten() {
        // The TLS layer below panics on what it can't read, so only what can be read is handed on.
        for certificate in readable(pem) {
            trusted.add_pem_certificate(certificate);
        }
    }
    with_trust_store(trusted)
}

/// A context that trusts `ca`, in PEM, and nobody else. Each of it must be one that can be trusted.
pub(crate) fn only(ca: &str) -> Result<TlsContext, String> {
    let mut trusted = TrustStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("ca can't be read: {error}"))?;
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|error| format!("ca holds a certificate that can't be trusted: {error}"))?;
        trusted.add_pem_certificate(encode(&certificate));
    }
    with_trust_store(trusted)
}

fn with_trust_store(trusted: TrustStore) -> Result<TlsContext, String> {
    TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|error| error.to_string())
}

/// The certificates in `pem` that can be trusted, each as a PEM text of its own. Others are left out, as Node does
/// with a certificate of `NODE_EXTRA_CA_CERTS` that it can't read.
fn readable(pem: &str) -> Vec<String> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .map(|certificate| encode(&certificate))
        .collect()
}

fn encode(certificate: &CertificateDer<'_>) -> String {
    let body = aws_smithy_types::base64::encode(certificate.as_ref());
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use super::has_file;

    #[test]
    fn an_empty_folder_has_no_authorities() {
        let folder = std::env::temp_dir().join(format!("s3-store-roots-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("java")).unwrap();
        assert!(!has_file(&folder.join("absent")));
        assert!(!has_file(&folder));
        std::fs::write(folder.join("ca.pem"), "").unwrap();
        assert!(has_file(&folder));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
