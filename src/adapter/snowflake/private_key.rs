//! A private key as people write it -> PEM of PKCS#8, which the login signs with.

use super::Credentials;
use super::credentials::error;
use crate::diagnostic::{Diagnostic, Result};

const OPENED: &str = "-----BEGIN PRIVATE KEY-----";
const CLOSED: &str = "-----END PRIVATE KEY-----";
const ENCRYPTED_OPENED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const ENCRYPTED_CLOSED: &str = "-----END ENCRYPTED PRIVATE KEY-----";

/// How a key in another form becomes one that can be used.
const CONVERT: &str = "convert it: `openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.p8`";

/// The key of some credentials, and its passphrase where it is encrypted.
///
/// # Errors
/// There is no such file, or what it holds is no private key of PKCS#8. No message holds any of the key.
pub(super) fn pem(credentials: &Credentials) -> Result<(String, Option<String>)> {
    let (text, origin) = match (&credentials.private_key, &credentials.private_key_path) {
        (Some(text), _) => (text.clone(), "the key `private_key` of the output".to_owned()),
        (None, Some(path)) => {
            let text = std::fs::read(path).map_err(|problem| {
                Box::new(
                    error(format!("the private key `{}` cannot be read: {problem}", path.display()))
                        .help("check `private_key_path` of the output"),
                )
            })?;
            (as_text(text), format!("the private key `{}`", path.display()))
        }
        (None, None) => return Err(Box::new(error("the output has no private key".to_owned()))),
    };
    normalized(&text, credentials.private_key_passphrase.as_deref(), &origin).map_err(Box::new)
}

/// A file that is no text is DER, which is written in base64 like the rest.
fn as_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|problem| base64(problem.as_bytes()))
}

fn normalized(
    text: &str,
    passphrase: Option<&str>,
    origin: &str,
) -> std::result::Result<(String, Option<String>), Diagnostic> {
    // Environment variables often hold the line breaks as two letters.
    let text = text.trim().replace("\\n", "\n");
    let wrong = |why: &str| error(format!("{origin} {why}"));
    if text.contains("-----BEGIN RSA PRIVATE KEY-----") {
        return Err(wrong("is in the form PKCS#1, and PKCS#8 is needed").help(CONVERT));
    }
    if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        return Err(wrong("is in the form of OpenSSH, and PKCS#8 is needed").help(CONVERT));
    }
    if text.contains("PUBLIC KEY-----") {
        return Err(wrong("is a public key").help("give the private one, which belongs to it"));
    }
    let (body, encrypted) = if text.contains(ENCRYPTED_OPENED) {
        (between(&text, ENCRYPTED_OPENED, ENCRYPTED_CLOSED), true)
    } else if text.contains("-----BEGIN") {
        (between(&text, OPENED, CLOSED), false)
    } else {
        // dbt: without a heading it is DER in base64, encrypted where there is a passphrase.
        (Some(text.as_str()), passphrase.is_some())
    };
    let body: String = body.unwrap_or_default().split_whitespace().collect();
    let is_base64 =
        body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) && body.len() > 40;
    if !is_base64 {
        return Err(wrong("is no private key in PEM, nor DER in base64").help(CONVERT));
    }
    if encrypted && passphrase.is_none() {
        return Err(wrong("is encrypted, and there is no passphrase").help("add `private_key_passphrase:`"));
    }
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let (opened, closed) = if encrypted { (ENCRYPTED_OPENED, ENCRYPTED_CLOSED) } else { (OPENED, CLOSED) };
    Ok((format!("{opened}\n{}\n{closed}\n", lines.join("\n")), passphrase.filter(|_| encrypted).map(str::to_owned)))
}

fn between<'a>(text: &'a str, opened: &str, closed: &str) -> Option<&'a str> {
    text.split_once(opened)?.1.split_once(closed).map(|(body, _)| body)
}

/// Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let group = part.iter().fold(0u32, |group, byte| (group << 8) | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let letter = LETTERS[((group >> (18 - 6 * at)) & 63) as usize];
            text.push(if at <= part.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

    #[test]
    fn keys_are_taken_in_every_usual_form() {
        let whole = format!("{OPENED}\n{BODY}\n{CLOSED}\n");
        let expected = (format!("{OPENED}\n{}\n{}\n{CLOSED}\n", &BODY[..64], &BODY[64..]).replace("\n\n", "\n"), None);
        assert_eq!(normalized(&whole, None, "k").unwrap(), expected);
        assert_eq!(normalized(&whole.replace('\n', "\\n"), None, "k").unwrap(), expected);
        assert_eq!(normalized(BODY, None, "k").unwrap(), expected);
        let encrypted = normalized(BODY, Some("p"), "k").unwrap();
        assert!(encrypted.0.starts_with(ENCRYPTED_OPENED));
        assert_eq!(encrypted.1.as_deref(), Some("p"));
    }

    #[test]
    fn what_is_no_key_is_said_without_showing_it() {
        let message = |text: &str| normalized(text, None, "the private key `k`").unwrap_err().message;
        assert!(message(&format!("-----BEGIN RSA PRIVATE KEY-----\n{BODY}")).contains("PKCS#1"));
        assert!(message(&format!("{ENCRYPTED_OPENED}\n{BODY}\n{ENCRYPTED_CLOSED}")).contains("no passphrase"));
        assert!(message("-----BEGIN PUBLIC KEY-----").contains("public"));
        let secret = "this is not a key but somebody's password, which must not be shown anywhere";
        assert!(!message(secret).contains("password"));
        assert!(message("").contains("is no private key"));
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b"ab"), "YWI=");
        assert_eq!(base64(b"abc\xff"), "YWJj/w==");
    }
}
