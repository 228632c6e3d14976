//! Why a token is refused, in words that hold nothing of the token.

use std::fmt;

/// A part of a compact token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before the first dot.
    Header,
    /// Between the dots.
    Payload,
    /// After the second dot.
    Signature,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Part::Header => "header",
            Part::Payload => "payload",
            Part::Signature => "signature",
        }
    }
}

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is longer than anything that is read.
    TooLong,
    /// It is not three parts with dots between them.
    NotCompact,
    /// A part is not base64url, or not the one spelling of its bytes.
    NotBase64(Part),
    /// A part is no JSON object, or a name stands twice in it.
    NotObject(Part),
    /// A header parameter has a form that it may not have.
    HeaderForm(&'static str),
    /// The header names extensions that must be understood (`crit`).
    Critical,
    /// The algorithm is not one that is accepted here; `none` among them.
    Algorithm,
    /// No key of the set has this `kid` and is bound to this algorithm.
    UnknownKey,
    /// The header names no key, and more than one would do.
    UnclearKey,
    /// The signature does not hold.
    Signature,
    /// `typ` is another than expected.
    Type,
    /// A claim that must be there is not.
    Missing(&'static str),
    /// A claim has a form that it may not have.
    ClaimForm(&'static str),
    /// `iss` is another.
    Issuer,
    /// `aud` does not name the one who reads.
    Audience,
    /// `sub` is another.
    Subject,
    /// It has expired this many seconds ago.
    Expired(i64),
    /// It begins to hold in this many seconds.
    NotYet(i64),
    /// It was issued this many seconds from now.
    IssuedAhead(i64),
    /// It was issued longer ago, or lives longer, than is accepted: this many seconds at the most.
    TooOld(i64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::TooLong => {
                write!(f, "the token is longer than {} bytes", super::TOKEN_LENGTH_MAX)
            }
            Refusal::NotCompact => f.write_str(
                "a token is header, payload and signature with a dot between them (RFC 7515, section 3.1)",
            ),
            Refusal::NotBase64(part) => {
                write!(f, "the token's {} is not base64url without padding", part.as_str())
            }
            Refusal::NotObject(part) => write!(
                f,
                "the token's {} is not a JSON object with names that differ",
                part.as_str()
            ),
            Refusal::HeaderForm(name) => {
                write!(f, "{name} in the token's header is not a text of a sensible length")
            }
            Refusal::Critical => {
                f.write_str("the token needs extensions (crit), of which none is understood")
            }
            Refusal::Algorithm => f.write_str("the token's alg is not one that is accepted here"),
            Refusal::UnknownKey => f.write_str(
                "no key with the token's kid is bound to its alg; were the keys changed, read them again",
            ),
            Refusal::UnclearKey => {
                f.write_str("more than one key could have signed the token; name it with kid")
            }
            Refusal::Signature => f.write_str("the token's signature does not hold"),
            Refusal::Type => f.write_str("the token's typ is not the one expected"),
            Refusal::Missing(claim) => write!(f, "the token has no {claim}"),
            Refusal::ClaimForm(claim) => {
                write!(f, "{claim} in the token has a form that it may not have")
            }
            Refusal::Issuer => f.write_str("the token's iss is another than expected"),
            Refusal::Audience => f.write_str("the token's aud does not name who reads it"),
            Refusal::Subject => f.write_str("the token's sub is another than expected"),
            Refusal::Expired(ago) => write!(f, "the token expired {ago} s ago"),
            Refusal::NotYet(ahead) => write!(f, "the token holds only in {ahead} s (nbf)"),
            Refusal::IssuedAhead(ahead) => {
                write!(f, "the token is issued {ahead} s from now (iat); set the clock right")
            }
            Refusal::TooOld(most) => write!(f, "the token may live for {most} s at the most"),
        }
    }
}

impl std::error::Error for Refusal {}
