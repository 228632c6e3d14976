//! The library: the sieve, the topics in force, and older versions kept so that old answers replay.
//!
//! To add a topic to the demonstrator, write `sets/<topic>.toml` and list it in [`EMBEDDED`].

use crate::disposition::Dispositions;
use crate::set::{self, Person, Problem, ProblemKind, Topic};

/// The files of the demonstrator, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("sieve", include_str!("../sets/sieve.toml")),
    ("fever-baby", include_str!("../sets/fever-baby.toml")),
    ("fever-child", include_str!("../sets/fever-child.toml")),
    ("headache", include_str!("../sets/headache.toml")),
    ("chest-pain", include_str!("../sets/chest-pain.toml")),
    ("back-pain", include_str!("../sets/back-pain.toml")),
    ("breathing", include_str!("../sets/breathing.toml")),
    ("tummy-pain", include_str!("../sets/tummy-pain.toml")),
    ("diabetes", include_str!("../sets/diabetes.toml")),
    ("urine-infection", include_str!("../sets/urine-infection.toml")),
    ("sore-throat", include_str!("../sets/sore-throat.toml")),
    ("rash", include_str!("../sets/rash.toml")),
    ("mental-health", include_str!("../sets/mental-health.toml")),
];

/// Problems of one file.
#[derive(Clone, Debug)]
pub struct FileProblems {
    /// The file's name.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Question sets that work together.
#[derive(Clone, Debug)]
pub struct Library {
    dispositions: Dispositions,
    older_dispositions: Vec<Dispositions>,
    sieve: Topic,
    topics: Vec<Topic>,
    archive: Vec<Topic>,
}

impl Library {
    /// The demonstrator. It is not clinically assured.
    pub fn embedded() -> Result<Library, Vec<FileProblems>> {
        let dispositions = Dispositions::embedded()
            .map_err(|problems| vec![FileProblems { file: "dispositions".to_owned(), problems }])?;
        Library::read(dispositions, EMBEDDED.iter().copied())
    }

    /// Reads a library from files by name and text: one sieve, and topics that do not overlap.
    pub fn read<'f>(
        dispositions: Dispositions,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<Library, Vec<FileProblems>> {
        let mut wrong = Vec::new();
        let mut sieves = Vec::new();
        let mut topics: Vec<Topic> = Vec::new();
        for (file, text) in files {
            match set::read(text, &dispositions) {
                Ok(topic) if topic.is_sieve => sieves.push(topic),
                Ok(topic) => {
                    let problems = clashes(&topic, &topics);
                    if !problems.is_empty() {
                        wrong.push(FileProblems { file: file.to_owned(), problems });
                    }
                    topics.push(topic);
                }
                Err(problems) => wrong.push(FileProblems { file: file.to_owned(), problems }),
            }
        }
        if sieves.len() != 1 && wrong.is_empty() {
            let words = format!("{} sieves of emergency questions; expected one", sieves.len());
            let problems = vec![of_topic(ProblemKind::Missing, "sieve", words)];
            wrong.push(FileProblems { file: "library".to_owned(), problems });
        }
        match sieves.pop() {
            Some(sieve) if wrong.is_empty() => {
                for topic in &topics {
                    let problems = repeats(topic, &sieve);
                    if !problems.is_empty() {
                        wrong.push(FileProblems { file: topic.id.clone(), problems });
                    }
                }
                if !wrong.is_empty() {
                    return Err(wrong);
                }
                Ok(Library {
                    dispositions,
                    older_dispositions: Vec::new(),
                    sieve,
                    topics,
                    archive: Vec::new(),
                })
            }
            _ => Err(wrong),
        }
    }

    /// Keeps an older version of a topic or of the sieve, so that what was answered to it replays.
    pub fn keep_older(&mut self, text: &str) -> Result<(), Vec<Problem>> {
        let mut older = self.older_dispositions.iter();
        let topic = older
            .find_map(|table| set::read(text, table).ok())
            .map_or_else(|| set::read(text, &self.dispositions), Ok)?;
        self.archive.push(topic);
        Ok(())
    }

    /// Keeps an older table of dispositions, for the same; before the topics that need it.
    pub fn keep_older_dispositions(&mut self, text: &str) -> Result<(), Vec<Problem>> {
        self.older_dispositions.push(Dispositions::read(text)?);
        Ok(())
    }

    /// The table of a digest.
    pub(crate) fn table(&self, digest: &str) -> Option<&Dispositions> {
        [&self.dispositions]
            .into_iter()
            .chain(&self.older_dispositions)
            .find(|table| table.digest() == digest)
    }

    /// The dispositions.
    pub fn dispositions(&self) -> &Dispositions {
        &self.dispositions
    }

    /// The emergency questions that go before every topic.
    pub fn sieve(&self) -> &Topic {
        &self.sieve
    }

    /// The topics in force.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic in force of an id.
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == id)
    }

    /// Whether somebody answers clinically for the sieve and a topic. Where not, every page says so.
    pub fn is_signed_off(&self, topic: &str) -> bool {
        self.sieve.sign_off.is_signed_off()
            && self.topic(topic).is_some_and(|topic| topic.sign_off.is_signed_off())
    }

    /// A topic or sieve of any version by its digest.
    pub(crate) fn version(&self, id: &str, digest: &str) -> Option<&Topic> {
        let known = self.topics.iter().chain([&self.sieve]).chain(&self.archive);
        known.into_iter().find(|topic| topic.id == id && topic.digest == digest)
    }

    /// Topics that a person may choose, those first whose words hold more of what they typed.
    ///
    /// With nothing typed, every topic for that person in the order of titles.
    pub fn search(&self, person: Person, typed: &str) -> Vec<&Topic> {
        let words: Vec<String> = words_of(typed).take(20).collect();
        let mut found: Vec<(usize, &Topic)> = self
            .topics
            .iter()
            .filter(|topic| topic.gate.holds(person))
            .map(|topic| (words.iter().filter(|word| is_about(topic, word)).count(), topic))
            .filter(|(hits, _)| *hits > 0 || words.is_empty())
            .collect();
        found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.title.cmp(&y.title)));
        found.into_iter().map(|(_, topic)| topic).collect()
    }
}

fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
}

fn is_about(topic: &Topic, word: &str) -> bool {
    let texts = topic.search_words.iter().chain([&topic.title]);
    texts
        .into_iter()
        .flat_map(|text| words_of(text).collect::<Vec<_>>())
        .any(|known| known == word || (word.chars().count() > 3 && known.starts_with(word)))
}

fn of_topic(kind: ProblemKind, field: &str, words: String) -> Problem {
    Problem { kind, line: 0, column: 0, field: field.to_owned(), words }
}

/// A topic may not have another's id, nor stand for the same people as another of its family.
fn clashes(topic: &Topic, earlier: &[Topic]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for other in earlier {
        if other.id == topic.id {
            let words = format!("a topic \"{}\" is there already", topic.id);
            problems.push(of_topic(ProblemKind::Duplicate, "topic", words));
        }
        if topic.family.is_some()
            && topic.family == other.family
            && topic.gate.overlaps(&other.gate)
        {
            let words = format!("ages and sexes overlap with \"{}\" of the same family", other.id);
            problems.push(of_topic(ProblemKind::Gate, "family", words));
        }
    }
    problems
}

/// A topic may not ask what the sieve has asked.
fn repeats(topic: &Topic, sieve: &Topic) -> Vec<Problem> {
    let asked = |question: &set::Question| {
        sieve.questions.iter().any(|earlier| {
            earlier.id == question.id || earlier.text.eq_ignore_ascii_case(&question.text)
        })
    };
    let repeated = topic.questions.iter().filter(|question| asked(question));
    repeated
        .map(|question| {
            let field = format!("question \"{}\"", question.id);
            of_topic(ProblemKind::Duplicate, &field, "the sieve has asked this already".to_owned())
        })
        .collect()
}
