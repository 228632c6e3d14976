//! What may be written: subjects, limits, and the words that can mean an emergency.
//!
//! Nothing here decides how urgent a message is: who writes words that can mean an emergency is told what
//! to do, and the practice is told that they were. To add such words, add them to [`RED_FLAGS`] in the form
//! that [`plain`] gives them.

/// Characters of a message at the most.
pub const TEXT_MAX: usize = 2_000;
/// Messages to a practice in 24 hours at the most, about one person.
pub const A_DAY_MAX: usize = 5;
/// Open threads of one person at the most.
pub const OPEN_MAX: usize = 10;
/// Messages of a thread at the most.
pub const THREAD_MAX: usize = 100;
/// Characters of what a practice says while it takes no messages.
pub const WORDS_MAX: usize = 300;

/// What a thread is about, chosen from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A test result.
    Result,
    /// A medicine.
    Medicine,
    /// An appointment.
    Appointment,
    /// A fit note (a note for work).
    FitNote,
    /// Anything else.
    Other,
}

impl Subject {
    /// All, in the order of the list.
    pub const ALL: [Subject; 5] = [
        Subject::Result,
        Subject::Medicine,
        Subject::Appointment,
        Subject::FitNote,
        Subject::Other,
    ];

    /// Its code in resources and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::Result => "about-result",
            Subject::Medicine => "about-medicine",
            Subject::Appointment => "about-appointment",
            Subject::FitNote => "about-fit-note",
            Subject::Other => "about-other",
        }
    }

    /// The subject of this code.
    pub fn parse(code: &str) -> Option<Subject> {
        Subject::ALL.into_iter().find(|subject| subject.as_str() == code)
    }

    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Subject::Result => "A test result",
            Subject::Medicine => "A medicine",
            Subject::Appointment => "An appointment",
            Subject::FitNote => "A fit note (a note for work)",
            Subject::Other => "Something else",
        }
    }
}

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing in it.
    Empty,
    /// It is longer than [`TEXT_MAX`]: by so many characters.
    TooLong(usize),
    /// [`A_DAY_MAX`] were sent in the last 24 hours.
    TooManyToday,
    /// [`OPEN_MAX`] threads are open.
    TooManyOpen,
    /// The thread has [`THREAD_MAX`] messages.
    ThreadFull,
    /// The thread is closed.
    Closed,
    /// The practice takes no messages, or no letter box of this id is theirs.
    NotTaken,
    /// Who acts for the person was not given the whole record, and messages with it.
    NotForProxy,
    /// It has words that can mean an emergency, and who wrote it has not yet been told what to do.
    MayBeEmergency(Vec<&'static str>),
}

/// A text as it is kept: lines end in one character, what cannot be seen is gone, nothing before or after.
pub(super) fn cleaned(text: &str) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // Marks that turn the direction of text around can make it look like other words.
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let kept = |c: &char| matches!(c, '\n' | '\t') || !(c.is_control() || turns(*c));
    let text: String = text.chars().filter(kept).collect();
    let text = text.trim();
    // What has no letter, digit or sign says nothing: spaces of any width, joiners.
    if !text.chars().any(|c| !c.is_whitespace() && !is_joiner(c)) {
        return Err(Refusal::Empty);
    }
    match text.chars().count() {
        count if count > TEXT_MAX => Err(Refusal::TooLong(count - TEXT_MAX)),
        _ => Ok(text.to_owned()),
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
}

/// Words that can mean an emergency, in lower case without marks.
const RED_FLAGS: [&str; 44] = [
    "anaphylaxis",
    "bleeding a lot",
    "bleeding heavily",
    "blue lips",
    "breathing is hard",
    "cannot breathe",
    "cannot stay awake",
    "cant breathe",
    "cant stay awake",
    "chest pain",
    "chest pains",
    "choking",
    "coughing up blood",
    "crushing pain",
    "end my life",
    "ending my life",
    "face drooping",
    "hard to breathe",
    "hard to wake",
    "harm myself",
    "heart attack",
    "heavy bleeding",
    "hurt myself",
    "kill myself",
    "killing myself",
    "lost my sight",
    "meningitis",
    "not breathing",
    "not responding",
    "overdose",
    "pain in my chest",
    "passed out",
    "seizure",
    "self harm",
    "sepsis",
    "slurred speech",
    "stroke",
    "struggling to breathe",
    "suicidal",
    "suicide",
    "throat is closing",
    "unconscious",
    "vomiting blood",
    "want to die",
];

/// The words of a text that can mean an emergency, in the order of the alphabet.
pub fn red_flags(text: &str) -> Vec<&'static str> {
    let text = plain(text);
    let is_in = |words: &&str| {
        text.match_indices(*words).any(|(at, _)| {
            let end = at + words.len();
            text[..at].ends_with(' ') && text[end..].starts_with(' ')
        })
    };
    RED_FLAGS.into_iter().filter(is_in).collect()
}

/// A text as words in lower case with one space before, between and after them; apostrophes join.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '`' | '\u{00AD}' | '\u{200B}')
            && !out.ends_with(' ')
        {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_text() {
        let long = "x".repeat(TEXT_MAX);
        let table = [
            ("", Err(Refusal::Empty)),
            (" \r\n\t ", Err(Refusal::Empty)),
            ("\u{200B}\u{2060} \u{FEFF}", Err(Refusal::Empty)),
            ("\u{7}\u{0}", Err(Refusal::Empty)),
            ("a", Ok("a")),
            ("  a\r\nb\rc\n\nd  ", Ok("a\nb\nc\n\nd")),
            ("a\u{0}b\u{1b}[31m\tc", Ok("ab[31m\tc")),
            ("pay \u{202E}ton od\u{202C}", Ok("pay ton od")),
            ("<script>alert(1)</script>", Ok("<script>alert(1)</script>")),
            ("👩‍⚕️ Siân Wójcik 日本", Ok("👩‍⚕️ Siân Wójcik 日本")),
            (long.as_str(), Ok(long.as_str())),
        ];
        for (text, expected) in table {
            assert_eq!(cleaned(text), expected.map(str::to_owned), "{text:?}");
        }
        // Characters are counted, not bytes, and what is cut off does not count.
        assert!(cleaned(&"é".repeat(TEXT_MAX)).is_ok());
        assert!(cleaned(&format!("{}\n\n ", "x".repeat(TEXT_MAX))).is_ok());
        assert_eq!(cleaned(&"é".repeat(TEXT_MAX + 3)), Err(Refusal::TooLong(3)));
    }

    #[test]
    fn words_that_can_mean_an_emergency() {
        let table: [(&str, &[&str]); 14] = [
            ("I have CHEST  PAIN since today", &["chest pain"]),
            ("chest-pain, and I can’t breathe!", &["cant breathe", "chest pain"]),
            ("I can't\nbreathe", &["cant breathe"]),
            ("My dad had a stroke in 2010", &["stroke"]),
            ("no chest pain", &["chest pain"]),
            ("I want to die.", &["want to die"]),
            ("the cat's strokes", &[]),
            ("backstroke at the pool", &[]),
            ("chest painting class", &[]),
            ("a headache", &[]),
            ("", &[]),
            ("suicide", &["suicide"]),
            ("Ich kann nicht atmen", &[]),
            ("che\u{00AD}st pain", &["chest pain"]),
        ];
        for (text, expected) in table {
            assert_eq!(red_flags(text), expected, "{text:?}");
        }
        for words in RED_FLAGS {
            assert_eq!(plain(words).trim(), words, "it would never be found");
        }
        assert!(RED_FLAGS.is_sorted());
    }

    #[test]
    fn subjects_have_codes() {
        for subject in Subject::ALL {
            assert_eq!(Subject::parse(subject.as_str()), Some(subject));
        }
        for code in ["", "about", "About-result", "about-result "] {
            assert_eq!(Subject::parse(code), None, "{code:?}");
        }
    }
}
