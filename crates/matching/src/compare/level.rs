//! Every outcome that a comparison can have, as one list.
//!
//! A level belongs to one [`Feature`] and has one row in `data/weights.tsv` under its own name.
//! To add a level: name it here, give it a row there, return it from its file in `compare/`.

/// A fact that two records are compared on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Feature {
    /// NHS number.
    NhsNumber,
    /// Family name.
    FamilyName,
    /// First given name.
    GivenName,
    /// Further given names.
    MiddleNames,
    /// Date of birth.
    BirthDate,
    /// Administrative sex.
    Sex,
    /// Postcode.
    Postcode,
    /// House within the postcode.
    Door,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
    /// Registered GP practice.
    Practice,
    /// Date of death.
    DeathDate,
    /// Place in a multiple birth.
    BirthOrder,
}

impl Feature {
    /// How many features there are.
    pub const COUNT: usize = 13;

    /// Features that tell where somebody lives: people of one household share them.
    pub fn is_home(self) -> bool {
        matches!(self, Self::Postcode | Self::Door | Self::Phone | Self::Email | Self::Practice)
    }

    /// The feature's name on a page.
    pub fn words(self) -> &'static str {
        match self {
            Self::NhsNumber => "NHS number",
            Self::FamilyName => "Family name",
            Self::GivenName => "First name",
            Self::MiddleNames => "Middle names",
            Self::BirthDate => "Date of birth",
            Self::Sex => "Sex",
            Self::Postcode => "Postcode",
            Self::Door => "House",
            Self::Phone => "Telephone",
            Self::Email => "E-mail",
            Self::Practice => "GP practice",
            Self::DeathDate => "Date of death",
            Self::BirthOrder => "Multiple birth",
        }
    }
}

macro_rules! levels {
    ($($feature:ident: $($level:ident)*;)*) => {
        /// How two records stand on one feature.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each level is explained by its row in data/weights.tsv")]
        pub enum Level { $($($level,)*)* }

        impl Level {
            /// Every level, in the order of the features.
            pub const ALL: &[Self] = &[$($(Self::$level,)*)*];

            /// The feature that the level belongs to.
            pub fn feature(self) -> Feature {
                match self { $($(Self::$level)|* => Feature::$feature,)* }
            }

            /// The level's name in `data/weights.tsv`.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$level => stringify!($level),)*)* }
            }
        }
    };
}

levels! {
    NhsNumber: NhsBothVerified NhsOneVerified NhsUnverified NhsNearMiss NhsMissing NhsDiffer
        NhsDifferVerified;
    FamilyName: FamilyExact FamilyPart FamilySwapped FamilyClose FamilySounds FamilyMissing
        FamilyDiffer;
    GivenName: GivenExact GivenSwapped GivenNickname GivenMiddle GivenInitial GivenClose
        GivenCloseButBothNames GivenSounds GivenMissing GivenDiffer;
    MiddleNames: MiddleAgree MiddleInitial MiddleMissing MiddleDiffer;
    BirthDate: BirthExact BirthPartial BirthYearOnly BirthSwapped BirthOneDigit BirthYearOff
        BirthCentury BirthMissing BirthTwoParts BirthDiffer BirthFarApart;
    Sex: SexAgree SexMissing SexDiffer;
    Postcode: PostcodeFull PostcodeClose PostcodeOutward PostcodeMissing PostcodeDiffer;
    Door: DoorAgree DoorMissing DoorDiffer;
    Phone: PhoneAgree PhoneMissing PhoneDiffer;
    Email: EmailAgree EmailMissing EmailDiffer;
    Practice: PracticeAgree PracticeMissing PracticeDiffer;
    DeathDate: DeathAgree DeathMissing DeathDiffer;
    BirthOrder: BirthOrderAgree BirthOrderMissing BirthOrderDiffer;
}

/// What a level says in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The two records agree.
    Agree,
    /// They almost agree, in a way that one person's records do.
    Near,
    /// They differ.
    Differ,
    /// One of them does not say, which counts for nothing.
    Missing,
}
