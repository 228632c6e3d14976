//! The rules at their boundaries.

mod jwt;
mod oauth;
mod passkey;

use identity::attempts::Attempts;
use identity::level::{Level, Missing, SignedInBy, Vector};
use identity::password::{self, Cost, Weak};
use identity::session::{self, Session};
use identity::{same_secret, secret_key, totp};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

#[test]
fn passwords_that_may_be_chosen() {
    let table = [
        ("coffee-window-tram", "ada@example.test", Ok(())),
        ("a7fk29dk3lsq", "ada@example.test", Ok(())),
        ("drei kleine Bären", "ada@example.test", Ok(())),
        ("ééééaaaa漢字漢字", "x", Ok(())),
        ("short", "ada@example.test", Err(Weak::Short)),
        ("elevenchars", "x", Err(Weak::Short)),
        ("password1234", "x", Err(Weak::Common)),
        ("Password!!!!", "x", Err(Weak::Common)),
        ("qwertyuiop12", "x", Err(Weak::Common)),
        ("aaaaaaaaaaaaaaa", "x", Err(Weak::Common)),
        ("123456789012", "x", Err(Weak::Common)),
        ("abcdefghijklmnop", "x", Err(Weak::Common)),
        ("Liverpool2026!", "x", Err(Weak::Common)),
        ("correcthorsebatterystaple", "x", Err(Weak::Common)),
        ("margaret-window-tram", "Margaret@example.test", Err(Weak::LikeName)),
    ];
    for (text, account, expected) in table {
        assert_eq!(password::check(text, account), expected, "{text}");
    }
    assert_eq!(password::check(&"coffee-tram ".repeat(20), "x"), Err(Weak::Long));
}

/// A cost that tests can pay.
const CHEAP: Cost = Cost { memory: 64, passes: 1 };

#[test]
fn passwords_are_kept_and_known_again() {
    let kept = password::keep("coffee-window-tram", &[7; 16], CHEAP).expect("a hash");
    assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
    assert!(!kept.contains("coffee"));
    let table = [
        ("coffee-window-tram", kept.as_str(), true),
        ("coffee-window-tram ", kept.as_str(), false),
        ("Coffee-window-tram", kept.as_str(), false),
        ("", kept.as_str(), false),
        ("coffee-window-tram", "", false),
        ("coffee-window-tram", "coffee-window-tram", false),
        ("coffee-window-tram", "$argon2id$v=19$m=64,t=1,p=1$", false),
    ];
    for (typed, kept, is_right) in table {
        assert_eq!(password::matches(typed, kept), is_right, "{typed:?}");
    }
    assert!(!password::matches(&"x".repeat(1 << 20), &kept));
    assert_ne!(password::keep("coffee-window-tram", &[8; 16], CHEAP).expect("a hash"), kept);
    assert!(password::is_outdated(&kept, Cost::default()));
    assert!(!password::is_outdated(&kept, CHEAP));
    assert!(password::is_outdated("nonsense", CHEAP));
    assert_eq!(password::keep("x", &[0; 16], Cost { memory: 0, passes: 0 }), None);
}

/// RFC 6238 appendix B (SHA-1), its eight digits cut to six.
#[test]
fn codes_are_those_of_the_rfc() {
    let secret = b"12345678901234567890";
    let table = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (seconds, expected) in table {
        assert_eq!(totp::code(secret, totp::step_at(seconds)), expected, "{seconds}");
    }
    let letters = [(&b""[..], ""), (b"f", "MY"), (b"fo", "MZXQ"), (b"foobar", "MZXW6YTBOI")];
    for (bytes, expected) in letters {
        assert_eq!(totp::base32(bytes), expected);
    }
}

#[test]
fn a_code_works_near_its_time_and_once() {
    let secret = b"12345678901234567890";
    let now = 1_111_111_109;
    let step = totp::step_at(now);
    let code = |step| totp::code(secret, step);
    let table = [
        (code(step), None, Some(step)),
        (code(step - 1), None, Some(step - 1)),
        (code(step + 1), None, Some(step + 1)),
        (code(step - 2), None, None),
        (code(step + 2), None, None),
        (code(step), Some(step), None),
        (code(step - 1), Some(step), None),
        (code(step), Some(step - 1), Some(step)),
        (format!("{} {}", &code(step)[..3], &code(step)[3..]), None, Some(step)),
        (String::new(), None, None),
        ("08180".to_owned(), None, None),
        ("0818041".to_owned(), None, None),
        ("०८१८०४".to_owned(), None, None),
        ("abcdef".to_owned(), None, None),
    ];
    for (typed, last, expected) in table {
        assert_eq!(totp::accepted(secret, &typed, now, last), expected, "{typed:?} {last:?}");
    }
    assert_eq!(totp::accepted(b"another secret", &code(step), now, None), None);
}

#[test]
fn what_reading_takes() {
    use Level::{P0, P5, P9};
    use SignedInBy::{Key, Password, PasswordAndCode};
    let table = [
        (P9, PasswordAndCode, None, "P9.Cp.Cd"),
        (P9, Key, None, "P9.Cm"),
        (P9, Password, Some(Missing::Code), "P9.Cp"),
        (P5, PasswordAndCode, Some(Missing::Proof), "P5.Cp.Cd"),
        (P5, Password, Some(Missing::Code), "P5.Cp"),
        (P0, Key, Some(Missing::Proof), "P0.Cm"),
    ];
    for (level, by, missing, words) in table {
        let vector = Vector { level, by };
        assert_eq!((vector.missing_for_reading(), vector.to_string().as_str()), (missing, words));
        assert_eq!(vector.may_read(), missing.is_none());
    }
}

#[test]
fn sessions_end() {
    let begun = 1_000 * MINUTE;
    let fresh = Session::begin("ada", Vector::default(), "t".to_owned(), begun);
    let table = [
        (begun - 1, false),
        (begun, true),
        (begun + session::IDLE - 1, true),
        (begun + session::IDLE, false),
    ];
    for (now, is_live) in table {
        assert_eq!(fresh.is_live(now), is_live, "{now}");
    }
    // Used again and again it ends all the same.
    let mut session = fresh.clone();
    let mut now = begun;
    while session.is_live(now) {
        now += 20 * MINUTE;
        session = session.used_at(now).unwrap_or(session);
    }
    assert_eq!(now, begun + session::WHOLE);
    assert_eq!(fresh.used_at(begun + MINUTE - 1), None);
    assert_eq!(fresh.used_at(begun + MINUTE).expect("noted").used, begun + MINUTE);
    let text = serde_json::to_string(&fresh).expect("json");
    assert_eq!(serde_json::from_str::<Session>(&text).expect("a session"), fresh);
}

#[test]
fn guessing_gets_slower_and_never_stops_for_good() {
    let mut attempts = Attempts::default();
    let mut waits = Vec::new();
    let mut now = 1_000_000 * MINUTE;
    for _ in 0..20 {
        attempts = attempts.failed(now);
        waits.push(attempts.wait(now) / SECOND);
        now += attempts.wait(now);
    }
    assert_eq!(waits[..9], [0, 0, 0, 0, 5, 10, 20, 40, 80]);
    assert_eq!(*waits.last().expect("some"), 15 * 60);
    assert!(attempts.wait(now - 1) > 0);
    assert_eq!(attempts.wait(now), 0);
    assert_eq!(attempts.wait(attempts.expires()), 0);
    assert_eq!(attempts.failed(attempts.expires()).failures, 1);
}

#[test]
fn secrets() {
    assert_eq!(
        secret_key("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    for (a, b, same) in [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false)] {
        assert_eq!(same_secret(a.as_bytes(), b.as_bytes()), same);
    }
}

proptest! {
    /// Whatever is typed, nothing panics, and only the six digits of a near step are taken.
    #[test]
    fn any_typed_code(typed in ".{0,12}", now in any::<i64>(), last in proptest::option::of(any::<i64>())) {
        let now = now / 4;
        if let Some(step) = totp::accepted(b"secret", &typed, now, last) {
            prop_assert!(step.abs_diff(totp::step_at(now)) <= 1);
        }
        let _ = password::check(&typed, &typed);
    }

    #[test]
    fn waits_are_bounded(failures in any::<u32>(), last in 0_i64..1 << 50, ago in 0_i64..1 << 40) {
        let attempts = Attempts { failures, last };
        let wait = attempts.wait(last + ago);
        prop_assert!((0..=15 * MINUTE).contains(&wait));
    }
}
