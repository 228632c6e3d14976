//! Passwords: what one must be, and how it is kept. Spec: RFC 9106 (Argon2id); NIST SP 800-63B §5.1.1 and
//! the National Cyber Security Centre's advice: length counts, composition rules do not.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

/// Characters at the least.
pub const LENGTH_MIN: usize = 12;
/// Characters at the most: more would only cost time.
pub const LENGTH_MAX: usize = 128;

/// What hashing costs. A password kept at less is hashed anew at the next sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for Cost {
    /// 19 MiB and two passes: the least that OWASP's cheat sheet names for Argon2id.
    fn default() -> Cost {
        Cost { memory: 19 * 1024, passes: 2 }
    }
}

/// Why a password cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than [`LENGTH_MIN`] characters.
    Short,
    /// More than [`LENGTH_MAX`] characters.
    Long,
    /// Among those that are tried first: a common one, a row of keys, one character again and again.
    Common,
    /// It holds the name of the account.
    LikeName,
}

impl Weak {
    /// What to do about it, for the person.
    pub fn words(self) -> &'static str {
        match self {
            Weak::Short => {
                "Use 12 characters or more. Three random words are a good way to make one."
            }
            Weak::Long => "Use 128 characters or fewer.",
            Weak::Common => "This password is easy to guess. Try three random words.",
            Weak::LikeName => "Do not use your name or email address in your password.",
        }
    }
}

/// What passwords of the usual lists are made of: one that is nothing else is common.
const COMMON: [&str; 40] = [
    "password",
    "passw0rd",
    "pa55word",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "letmein",
    "welcome",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "liverpool",
    "chelsea",
    "arsenal",
    "everton",
    "princess",
    "sunshine",
    "superman",
    "batman",
    "charlie",
    "michael",
    "summer",
    "winter",
    "spring",
    "autumn",
    "admin",
    "administrator",
    "changeme",
    "secret",
    "correcthorsebatterystaple",
    "hospital",
    "doctor",
    "nurse",
    "patient",
    "nhs",
    "abc",
    "test",
];

/// Whether a password may be chosen for an account of this name.
pub fn check(password: &str, account: &str) -> Result<(), Weak> {
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Err(Weak::Short);
    }
    if length > LENGTH_MAX {
        return Err(Weak::Long);
    }
    let folded = password.to_lowercase();
    let name = account.split('@').next().unwrap_or("").to_lowercase();
    if name.chars().count() >= 4 && folded.contains(&name) {
        return Err(Weak::LikeName);
    }
    if is_common(&folded) { Err(Weak::Common) } else { Ok(()) }
}

/// Whether hardly anything is left once common words, digits in a row and repeats are taken out.
fn is_common(folded: &str) -> bool {
    let mut rest = folded.to_owned();
    for word in COMMON {
        rest = rest.replace(word, "");
    }
    let mut left = 0;
    let mut before: Option<char> = None;
    for c in rest.chars() {
        let follows = before.is_some_and(|b| {
            c == b || u32::from(c).abs_diff(u32::from(b)) == 1 && c.is_ascii_alphanumeric()
        });
        let counts = !follows && !c.is_ascii_digit() && !c.is_ascii_punctuation() && c != ' ';
        left += usize::from(counts);
        before = Some(c);
    }
    left < 4
}

/// A password as it is kept: a string of PHC's form with its salt and cost.
///
/// `None` where the cost is outside Argon2's bounds.
pub fn keep(password: &str, salt: &[u8; 16], cost: Cost) -> Option<String> {
    let salt = SaltString::encode_b64(salt).ok()?;
    Some(hasher(cost)?.hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

/// Whether a password is the one that was kept. A text that is no kept password matches none.
pub fn matches(password: &str, kept: &str) -> bool {
    let Ok(hash) = PasswordHash::new(kept) else { return false };
    password.len() <= LENGTH_MAX * 4
        && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

/// Whether a kept password should be hashed anew.
pub fn is_outdated(kept: &str, cost: Cost) -> bool {
    let Ok(hash) = PasswordHash::new(kept) else { return true };
    match Params::try_from(&hash) {
        Ok(params) => params.m_cost() < cost.memory || params.t_cost() < cost.passes,
        Err(_) => true,
    }
}

fn hasher(cost: Cost) -> Option<Argon2<'static>> {
    let params = Params::new(cost.memory, cost.passes, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}
