//! OAuth 2.1, OpenID Connect and SMART App Launch 2.2 as rules over values.
//!
//! A client is a value that an operator has registered ([`Client`]); what it asks is read from pairs of a
//! query or form ([`Parameters`]) and answered with a value or with an [`OauthError`] in the words of the
//! RFCs. Codes, tokens and grants are values that the caller keeps under the hash of their secret; what
//! may be done with one that was found is decided here ([`Code::redeem`], [`RefreshToken::rotate`]). Time,
//! secrets and the keys of others are parameters.
//!
//! ```
//! use identity::oauth::{Parameters, pkce};
//!
//! let form = Parameters::of(vec![("code".to_owned(), "abc".to_owned())]).unwrap();
//! assert_eq!(form.required("code"), Ok("abc"));
//! assert!(form.required("redirect_uri").is_err());
//!
//! // RFC 7636, appendix B.
//! let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
//! assert!(pkce::holds("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", verifier));
//! ```
//!
//! Spec: draft-ietf-oauth-v2-1, RFC 6749, RFC 7009, RFC 7523, RFC 7636, RFC 7662, RFC 8414, RFC 9207,
//! <https://openid.net/specs/openid-connect-core-1_0.html>,
//! <https://hl7.org/fhir/smart-app-launch/STU2.2/>. To add a grant type: its rule in a file here, its
//! name in [`GrantType`], its use case in `interactions::oauth`.

mod assertion;
mod authenticate;
mod client;
mod code;
mod discovery;
mod error;
mod id_token;
mod outside;
mod parameters;
pub mod pkce;
pub mod rate;
mod request;
mod token;

pub use assertion::{ASSERTION_LIFETIME_MAX, ASSERTION_TYPE, Assertion, AssertionCheck};
pub use authenticate::{Credentials, GrantType};
pub use client::{Client, ClientError, ClientKind, is_origin, origin_of};
pub use code::{CODE_LIFETIME, Code, CodeRefused, Redeemed, SPENT_KEPT};
pub use discovery::{Addresses, openid_configuration, smart_configuration};
pub use error::{ErrorCode, OauthError};
pub use id_token::{IdToken, proofing_level, subject_of};
pub use outside::{Outgoing, OutsideClient, OutsidePerson, OutsideProvider};
pub use parameters::Parameters;
pub use request::{AuthorizationRequest, Prompt, Refused, redirect_back};
pub use token::{
    ACCESS_LIFETIME, AccessToken, Grant, Holder, Launch, OFFLINE_IDLE, OFFLINE_WHOLE, RefreshToken,
    Rotated,
};
