//! The sign-off, bound to the content by its digest.

use super::Reader;
use super::fields::{date, must_have_words};
use crate::set::problem::{ProblemKind, Problems};
use crate::set::sign_off::{SignOff, content_digest, sign_off_starts};

impl Reader<'_> {
    pub(super) fn sign_off(&self, problems: &mut Problems<'_>) -> Option<SignOff> {
        let file = &self.file.sign_off;
        let byte = file.status.span().start;
        let starts = sign_off_starts(self.text).unwrap_or(0);
        if self.text[starts..].lines().skip(1).any(|line| line.trim_start().starts_with('[')) {
            let words =
                "[sign_off] must be the last table: its digest is of all that stands before it";
            problems.at(starts, ProblemKind::SignOff, "sign_off", words);
        }
        match file.status.get_ref().as_str() {
            "not signed off" => Some(SignOff::NotSignedOff),
            "signed off" => {
                let (Some(name), Some(role), Some(day), Some(digest)) =
                    (&file.name, &file.role, &file.date, &file.digest)
                else {
                    let words = "a sign-off needs name, role, date and digest";
                    problems.at(byte, ProblemKind::SignOff, "sign_off", words);
                    return None;
                };
                let of_this = content_digest(self.text);
                if *digest.get_ref() != of_this {
                    let words =
                        format!("signed off for another content: this one's digest is {of_this}");
                    problems.at(
                        digest.span().start,
                        ProblemKind::SignOff,
                        "sign_off digest",
                        words,
                    );
                }
                must_have_words(name, byte, "sign_off name", problems);
                must_have_words(role, byte, "sign_off role", problems);
                let date = date(day, "sign_off date", problems)?;
                Some(SignOff::SignedOff { name: name.clone(), role: role.clone(), date })
            }
            _ => {
                let words = "expected \"not signed off\" or \"signed off\"";
                problems.at(byte, ProblemKind::SignOff, "sign_off status", words);
                None
            }
        }
    }
}
