//! Parameters of a request: each stands once (RFC 6749, section 3.1), and none is longer than is sensible.

use super::{ErrorCode, OauthError};

/// Parameters of a request at the most.
const COUNT_MAX: usize = 40;
/// Bytes of a value at the most; an assertion is the longest.
const VALUE_MAX: usize = 16 << 10;

/// The parameters of a query or a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// These pairs. One without a value is as if it were not sent; one that stands twice is refused, even
    /// if nothing knows it, since another reader could take the other value.
    pub fn of(pairs: Vec<(String, String)>) -> Result<Parameters, OauthError> {
        let refused = |words: String| Err(OauthError::new(ErrorCode::InvalidRequest, words));
        if pairs.len() > COUNT_MAX {
            return refused(format!("a request has {COUNT_MAX} parameters at the most"));
        }
        for (index, (name, value)) in pairs.iter().enumerate() {
            let shown: String = name.chars().take(40).collect();
            if value.len() > VALUE_MAX {
                return refused(format!("{shown} is longer than {VALUE_MAX} bytes"));
            }
            if pairs[..index].iter().any(|(before, _)| before == name) {
                return refused(format!("{shown} stands twice; each parameter stands once"));
            }
        }
        Ok(Parameters(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub fn required(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| {
            OauthError::new(ErrorCode::InvalidRequest, format!("the request has no {name}"))
        })
    }
}
