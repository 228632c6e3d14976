//! From a comparison to a verdict on two records: same person, doubtful, or different.
//!
//! The sum of bits alone never links: every link must also pass the guards below, each of which
//! stands for a known trap (twins, father and son, one household, a borrowed NHS number). To add a
//! guard: a [`Reason`] with its words, and a line in [`doubts_with_nhs`] or [`doubts_without_nhs`].
//! See `docs/matching.md`.

use crate::compare::Comparison;
use crate::compare::level::{Feature, Level};

/// Where the line runs between linking, asking a person, and neither.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// From this total on, records without a shared NHS number link if no guard objects.
    pub link_bits: f32,
    /// From this total on, a person is asked.
    pub review_bits: f32,
}

impl Thresholds {
    /// The thresholds that `docs/matching.md` gives figures for.
    pub const MEASURED: Self = Self { link_bits: 30.0, review_bits: 17.0 };
}

/// What is held about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Not the same person, as far as anybody can tell.
    Different,
    /// Possibly the same person: somebody has to look.
    Doubtful,
    /// The same person.
    Same,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident = $words:literal;)*) => {
        /// Why a verdict is what it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Reason { $($(#[$doc])* $reason,)* }

        impl Reason {
            const ALL: &[Self] = &[$(Self::$reason,)*];

            /// The reason in plain words for a page.
            pub fn words(self) -> &'static str {
                match self { $(Self::$reason => $words,)* }
            }
        }
    };
}

reasons! {
    /// NHS number agrees and the rest fits.
    NhsNumberConfirmed = "the NHS number agrees, and name and date of birth fit";
    /// Total above the link threshold, no guard objects.
    EvidenceSuffices = "name, date of birth and home together are beyond chance";
    /// Two verified NHS numbers that differ.
    NhsNumberConflict = "both NHS numbers are verified and they differ";
    /// Two NHS numbers that differ.
    NhsNumberDiffers = "the NHS numbers differ";
    /// NHS number agrees and the rest does not fit.
    NhsNumberOfAnother = "the NHS number agrees, but name or date of birth do not fit: it may be another person's";
    /// Different first names.
    GivenNameDiffers = "the first names differ: they may be twins or relatives";
    /// First names too weakly alike.
    GivenNameUnsure = "the first names are not alike enough to tell relatives apart";
    /// Different family names.
    FamilyNameDiffers = "the family names differ or one is missing";
    /// Different dates of birth.
    BirthDateDiffers = "the dates of birth differ by more than a slip";
    /// Dates of birth close, other facts not perfect.
    BirthDateUnsure = "the date of birth does not agree exactly and other facts are not beyond doubt";
    /// Two imperfect facts.
    TwoDoubts = "more than one of first name, family name and date of birth is inexact";
    /// Different sex.
    SexDiffers = "the sex differs";
    /// No shared home.
    NoSharedHome = "nothing but name and date of birth agrees: no shared postcode, telephone or e-mail";
    /// Both records from one system.
    SameSource = "both records come from one system, which keeps them apart";
    /// Multiple birth.
    MultipleBirth = "one record says twin or multiple birth, and the first names are not equal";
    /// Different places in a multiple birth.
    BirthOrderDiffers = "they hold different places in a multiple birth";
    /// Different dates of death.
    DeathDateDiffers = "the dates of death differ";
    /// Total between the thresholds.
    TooLittleEvidence = "the evidence does not reach the threshold for linking";
    /// Total below the review threshold.
    HardlyAnyEvidence = "the evidence does not reach the threshold for asking a person";
    /// Dates of birth a generation apart.
    GenerationApart = "the dates of birth lie too far apart for a slip";
    /// Another record of the person objects.
    AnotherRecordObjects = "another record of that person does not fit";
    /// Several persons match.
    SeveralPersonsMatch = "the record matches more than one person";
    /// A person confirmed the link.
    ConfirmedSame = "somebody confirmed that this is the same person";
    /// A person rejected the link.
    ConfirmedDifferent = "somebody confirmed that this is not the same person";
}

/// A set of reasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons(u32);

impl Reasons {
    /// The set with one reason.
    pub fn of(reason: Reason) -> Self {
        Self(1 << reason as u8)
    }

    /// Adds a reason.
    pub fn add(&mut self, reason: Reason) {
        self.0 |= 1 << reason as u8;
    }

    fn add_if(&mut self, condition: bool, reason: Reason) {
        if condition {
            self.add(reason);
        }
    }

    /// Whether the set holds a reason.
    pub fn contains(self, reason: Reason) -> bool {
        self.0 & 1 << reason as u8 != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The reasons in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.iter().copied().filter(move |reason| self.contains(*reason))
    }
}

/// Reasons strong enough that a record may not join a person who holds such a record.
const OBJECTIONS: [Reason; 9] = [
    Reason::NhsNumberConflict,
    Reason::NhsNumberDiffers,
    Reason::NhsNumberOfAnother,
    Reason::GivenNameDiffers,
    Reason::BirthDateDiffers,
    Reason::SexDiffers,
    Reason::SameSource,
    Reason::BirthOrderDiffers,
    Reason::DeathDateDiffers,
];

/// A verdict on two records and its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why: what confirms it, or every doubt that stands against a link.
    pub reasons: Reasons,
}

impl Judgement {
    /// Whether the record may not join a person who holds the other record.
    pub fn objects(&self) -> bool {
        OBJECTIONS.iter().any(|reason| self.reasons.contains(*reason))
    }
}

/// Judges two records.
pub fn judge(comparison: &Comparison, thresholds: Thresholds) -> Judgement {
    let total = comparison.total();
    let mut doubts = doubts_always(comparison);
    if agrees_on_nhs(comparison) {
        doubts = doubts.union(doubts_with_nhs(comparison));
        return if doubts.is_empty() {
            Judgement { verdict: Verdict::Same, reasons: Reasons::of(Reason::NhsNumberConfirmed) }
        } else {
            // One NHS number on two people is a hazard of its own, so somebody must always look.
            Judgement { verdict: Verdict::Doubtful, reasons: doubts }
        };
    }
    doubts = doubts.union(doubts_without_nhs(comparison));
    doubts.add_if(total < thresholds.link_bits, Reason::TooLittleEvidence);
    let is_generation = comparison.level(Feature::BirthDate) == Level::BirthFarApart;
    if total < thresholds.review_bits || is_generation {
        doubts.add_if(is_generation, Reason::GenerationApart);
        doubts.add_if(total < thresholds.review_bits, Reason::HardlyAnyEvidence);
        return Judgement { verdict: Verdict::Different, reasons: doubts };
    }
    if doubts.is_empty() {
        Judgement { verdict: Verdict::Same, reasons: Reasons::of(Reason::EvidenceSuffices) }
    } else {
        Judgement { verdict: Verdict::Doubtful, reasons: doubts }
    }
}

/// Whether both records hold the same usable NHS number.
pub fn agrees_on_nhs(comparison: &Comparison) -> bool {
    matches!(
        comparison.level(Feature::NhsNumber),
        Level::NhsBothVerified | Level::NhsOneVerified | Level::NhsUnverified
    )
}

fn doubts_always(c: &Comparison) -> Reasons {
    let given = c.level(Feature::GivenName);
    let mut doubts = Reasons::default();
    doubts.add_if(given == Level::GivenDiffer, Reason::GivenNameDiffers);
    doubts.add_if(c.level(Feature::DeathDate) == Level::DeathDiffer, Reason::DeathDateDiffers);
    doubts
        .add_if(c.level(Feature::BirthOrder) == Level::BirthOrderDiffer, Reason::BirthOrderDiffers);
    let is_equal = matches!(given, Level::GivenExact | Level::GivenSwapped);
    doubts.add_if(c.is_multiple_birth && !is_equal, Reason::MultipleBirth);
    doubts
}

/// What may be wrong although the NHS number agrees.
fn doubts_with_nhs(c: &Comparison) -> Reasons {
    use Level::{
        BirthCentury, BirthExact, BirthMissing, BirthOneDigit, BirthPartial, BirthSwapped,
        BirthYearOff, BirthYearOnly, FamilyDiffer, FamilyExact, FamilyMissing, FamilySwapped,
        GivenClose, GivenCloseButBothNames, GivenExact, GivenInitial, GivenMiddle, GivenMissing,
        GivenNickname, GivenSwapped,
    };
    let (family, given) = (c.level(Feature::FamilyName), c.level(Feature::GivenName));
    let is_family_strong = matches!(family, FamilyExact | FamilySwapped);
    let is_family_weak = matches!(family, FamilyDiffer | FamilyMissing);
    let is_given_strong = matches!(given, GivenExact | GivenSwapped | GivenNickname);
    let is_given_fair = is_given_strong || matches!(given, GivenMiddle | GivenClose | GivenInitial);
    let is_sex_other = c.level(Feature::Sex) == Level::SexDiffer;
    let is_birth_exact = c.level(Feature::BirthDate) == BirthExact;
    let fits = match c.level(Feature::BirthDate) {
        BirthExact if is_family_weak => {
            (is_given_strong || given == GivenMiddle) && !is_sex_other && family == FamilyDiffer
        }
        BirthExact if given == GivenMissing => is_family_strong,
        BirthExact => true,
        BirthPartial | BirthSwapped | BirthOneDigit | BirthYearOff | BirthCentury => {
            is_given_fair && !is_family_weak
        }
        BirthMissing | BirthYearOnly => is_given_strong && is_family_strong,
        _ => false,
    };
    let mut doubts = Reasons::default();
    doubts.add_if(!fits, Reason::NhsNumberOfAnother);
    doubts.add_if(given == GivenCloseButBothNames, Reason::GivenNameUnsure);
    doubts.add_if(is_sex_other && !(is_birth_exact && given == GivenExact), Reason::SexDiffers);
    let is_full_agreement = is_birth_exact && is_given_fair && !is_family_weak;
    doubts.add_if(c.is_same_source && !is_full_agreement, Reason::SameSource);
    doubts
}

/// What stands against linking on name, date of birth and home alone.
fn doubts_without_nhs(c: &Comparison) -> Reasons {
    use Level::{
        BirthCentury, BirthDiffer, BirthExact, BirthFarApart, BirthOneDigit, BirthSwapped,
        BirthTwoParts, BirthYearOff, EmailAgree, FamilyClose, FamilyDiffer, FamilyExact,
        FamilyMissing, FamilyPart, FamilySwapped, GivenClose, GivenDiffer, GivenExact, GivenMiddle,
        GivenNickname, GivenSwapped, NhsDiffer, NhsDifferVerified, PhoneAgree, PostcodeClose,
        PostcodeFull, SexDiffer,
    };
    let (family, given) = (c.level(Feature::FamilyName), c.level(Feature::GivenName));
    let birth = c.level(Feature::BirthDate);
    let nhs = c.level(Feature::NhsNumber);
    let postcode = c.level(Feature::Postcode);
    let mut doubts = Reasons::default();
    doubts.add_if(nhs == NhsDifferVerified, Reason::NhsNumberConflict);
    doubts.add_if(nhs == NhsDiffer, Reason::NhsNumberDiffers);

    let is_family_exact = matches!(family, FamilyExact | FamilySwapped);
    let is_given_exact = matches!(given, GivenExact | GivenSwapped);
    let is_given_fair = is_given_exact || matches!(given, GivenNickname | GivenMiddle | GivenClose);
    doubts.add_if(!is_given_fair && given != GivenDiffer, Reason::GivenNameUnsure);
    doubts.add_if(matches!(family, FamilyDiffer | FamilyMissing), Reason::FamilyNameDiffers);

    let is_apart = matches!(birth, BirthTwoParts | BirthDiffer | BirthFarApart);
    doubts.add_if(is_apart, Reason::BirthDateDiffers);
    let is_slip = matches!(birth, BirthSwapped | BirthOneDigit | BirthYearOff | BirthCentury);
    let is_beyond_doubt = is_slip && postcode == PostcodeFull;
    doubts.add_if(birth != BirthExact && !is_apart && !is_beyond_doubt, Reason::BirthDateUnsure);

    let is_family_near =
        matches!(family, FamilyPart | FamilyClose) || family == Level::FamilySounds;
    let inexact = [!is_given_exact, is_family_near || !is_family_exact, birth != BirthExact];
    doubts.add_if(inexact.into_iter().filter(|inexact| *inexact).count() > 1, Reason::TwoDoubts);

    let shares_home = matches!(postcode, PostcodeFull | PostcodeClose)
        || c.level(Feature::Phone) == PhoneAgree
        || c.level(Feature::Email) == EmailAgree;
    doubts.add_if(!shares_home, Reason::NoSharedHome);
    doubts.add_if(c.level(Feature::Sex) == SexDiffer, Reason::SexDiffers);
    doubts.add_if(c.is_same_source, Reason::SameSource);
    doubts
}
