//! Links between records: the doubtful ones wait for a person, each one made can be undone.

use crate::components::form::CsrfToken;
use crate::components::moment::Moment;
use crate::components::nhs_number::NhsNumber;
use crate::components::source::Source;
use crate::components::tag::{Colour, Tag};
use crate::layout::Layout;
use askama::Template;

/// The list of links.
#[derive(Clone, Debug, Template)]
#[template(path = "console/links.html")]
pub struct LinksPage {
    /// The frame.
    pub layout: Layout,
    /// The token of the forms.
    pub csrf: CsrfToken,
    /// What was just done, as `Linked. Undo it below.`; empty for nothing.
    pub done: String,
    /// Pairs that wait, those with the highest total first.
    pub waiting: Vec<WaitingLink>,
    /// How many wait in all.
    pub waiting_total: usize,
    /// Decisions, newest first.
    pub decided: Vec<DecidedLink>,
}

/// A pair that waits.
#[derive(Clone, Debug)]
pub struct WaitingLink {
    /// Its review page.
    pub href: String,
    /// The names of both.
    pub names: [String; 2],
    /// The systems of both.
    pub sources: [Source; 2],
    /// The total of the weights.
    pub total: f64,
    /// What speaks against, in few words; empty for nothing.
    pub doubt: String,
    /// Since when it waits.
    pub since: Moment,
}

/// A link that was decided.
#[derive(Clone, Debug)]
pub struct DecidedLink {
    /// Its review page.
    pub href: String,
    /// The names of both.
    pub names: [String; 2],
    /// The systems of both.
    pub sources: [Source; 2],
    /// What was decided.
    pub decision: Decision,
    /// Who decided, as `automatically` or a person's name.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Where the undo form is sent; `None` where there is nothing to undo.
    pub undo: Option<String>,
}

/// What was decided about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They are the same person.
    Same,
    /// They are two people.
    NotSame,
    /// Nobody can tell yet.
    NotSure,
    /// A link was taken back.
    Undone,
}

impl Decision {
    fn tag(self) -> Tag {
        match self {
            Self::Same => Tag::new(Colour::Green, "Same person"),
            Self::NotSame => Tag::new(Colour::Blue, "Not the same"),
            Self::NotSure => Tag::new(Colour::Yellow, "Not sure"),
            Self::Undone => Tag::new(Colour::Grey, "Undone"),
        }
    }
}

/// The review of one pair.
#[derive(Clone, Debug, Template)]
#[template(path = "console/link.html")]
pub struct LinkPage {
    /// The frame.
    pub layout: Layout,
    /// The token of the forms.
    pub csrf: CsrfToken,
    /// Where the forms are sent.
    pub action: String,
    /// The version of the pair when it was shown, so that two reviewers cannot overwrite each other.
    pub version: String,
    /// The two records.
    pub records: [Record; 2],
    /// One row a feature.
    pub features: Vec<Feature>,
    /// The total of the weights.
    pub total: f64,
    /// The total from which records are linked without asking.
    pub automatic_from: f64,
    /// The total from which a pair waits for a person.
    pub review_from: f64,
    /// What was decided so far; `None` while it waits.
    pub decided: Option<(Decision, String, Moment)>,
    /// Where the undo form is sent, where there is something to undo.
    pub undo: Option<String>,
}

/// One of the two records.
#[derive(Clone, Debug)]
pub struct Record {
    /// The system that holds it.
    pub source: Source,
    /// The name in the banner's form.
    pub name: String,
    /// NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// The number within the system.
    pub local_number: String,
    /// When it last changed.
    pub updated: Moment,
    /// The record of the person that it is linked to now; `None` while it stands alone.
    pub href: Option<String>,
}

/// One feature compared.
#[derive(Clone, Debug)]
pub struct Feature {
    /// As `Family name`.
    pub name: String,
    /// What both records say; empty where one says nothing.
    pub values: [String; 2],
    /// How they compare, as `Same`, `Day and month swapped`, `Only one known`.
    pub comparison: String,
    /// The weight: above 0 speaks for one person, below for two.
    pub weight: f64,
}

impl Feature {
    fn words(&self) -> &'static str {
        weight_in_words(self.weight)
    }

    fn direction(&self) -> &'static str {
        if self.weight >= 0.5 {
            "for"
        } else if self.weight <= -0.5 {
            "against"
        } else {
            "neither"
        }
    }

    fn signed(&self) -> String {
        signed(self.weight)
    }
}

/// A weight (the base-2 logarithm of how much likelier the comparison is for one person) in words.
pub fn weight_in_words(weight: f64) -> &'static str {
    match (weight.abs(), weight > 0.0) {
        (..0.5, _) => "Says little",
        (..3.0, true) => "Some for",
        (..6.0, true) => "Strong for",
        (_, true) => "Very strong for",
        (..3.0, false) => "Some against",
        (..6.0, false) => "Strong against",
        (_, false) => "Very strong against",
    }
}

/// A weight with its sign and one decimal; the minus is a minus, not a hyphen.
pub fn signed(weight: f64) -> String {
    let rounded = (weight * 10.0).round() / 10.0;
    if rounded < 0.0 {
        format!("\u{2212}{:.1}", -rounded)
    } else if rounded > 0.0 {
        format!("+{rounded:.1}")
    } else {
        "0.0".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_in_words() {
        let cases = [
            (17.2, "Very strong for", "+17.2"),
            (3.0, "Strong for", "+3.0"),
            (0.5, "Some for", "+0.5"),
            (0.0, "Says little", "0.0"),
            (-0.01, "Says little", "0.0"),
            (-0.5, "Some against", "\u{2212}0.5"),
            (-3.1, "Strong against", "\u{2212}3.1"),
            (-9.0, "Very strong against", "\u{2212}9.0"),
        ];
        for (weight, words, number) in cases {
            assert_eq!((weight_in_words(weight), signed(weight).as_str()), (words, number));
        }
    }
}
