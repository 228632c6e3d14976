//! The functions: their names, how many arguments they take, and of which kind these are.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#functions>, <https://hl7.org/fhir/R4/fhirpath.html#functions>;
//! those of the later trial-use sections that the R4 suite uses are with them. To add one: a row
//! in `functions!`, its evaluation in `functions/`, its type in `check/call.rs`.

/// How a function takes its input and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Existence,
    Filtering,
    Subsetting,
    Combining,
    Conversion,
    Strings,
    Math,
    Tree,
    Utility,
    Temporal,
    Fhir,
    Terminology,
}

macro_rules! functions {
    ($($variant:ident $name:literal $family:ident $min:literal $max:literal;)*) => {
        /// A function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function {
            $(#[doc = $name] $variant,)*
        }

        impl Function {
            const ALL: &'static [Function] = &[$(Function::$variant),*];

            /// The name in an expression.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Function::$variant => $name,)* }
            }

            /// Where it is evaluated.
            pub(crate) fn family(self) -> Family {
                match self { $(Function::$variant => Family::$family,)* }
            }

            /// Arguments at least and at the most.
            pub(crate) fn arity(self) -> (usize, usize) {
                match self { $(Function::$variant => ($min, $max),)* }
            }

            /// The function of this name.
            pub(crate) fn find(name: &str) -> Option<Function> {
                match name { $($name => Some(Function::$variant),)* _ => None }
            }
        }
    };
}

functions! {
    Empty "empty" Existence 0 0;
    Exists "exists" Existence 0 1;
    All "all" Existence 1 1;
    AllTrue "allTrue" Existence 0 0;
    AnyTrue "anyTrue" Existence 0 0;
    AllFalse "allFalse" Existence 0 0;
    AnyFalse "anyFalse" Existence 0 0;
    SubsetOf "subsetOf" Existence 1 1;
    SupersetOf "supersetOf" Existence 1 1;
    Count "count" Existence 0 0;
    Distinct "distinct" Existence 0 0;
    IsDistinct "isDistinct" Existence 0 0;
    Not "not" Existence 0 0;
    Where "where" Filtering 1 1;
    Select "select" Filtering 1 1;
    Repeat "repeat" Filtering 1 1;
    RepeatAll "repeatAll" Filtering 1 1;
    Aggregate "aggregate" Filtering 1 2;
    Sort "sort" Filtering 0 8;
    Single "single" Subsetting 0 0;
    First "first" Subsetting 0 0;
    Last "last" Subsetting 0 0;
    Tail "tail" Subsetting 0 0;
    Skip "skip" Subsetting 1 1;
    Take "take" Subsetting 1 1;
    Intersect "intersect" Subsetting 1 1;
    Exclude "exclude" Subsetting 1 1;
    Union "union" Combining 1 1;
    Combine "combine" Combining 1 1;
    Coalesce "coalesce" Combining 1 64;
    Iif "iif" Utility 2 3;
    ToBoolean "toBoolean" Conversion 0 0;
    ConvertsToBoolean "convertsToBoolean" Conversion 0 0;
    ToInteger "toInteger" Conversion 0 0;
    ConvertsToInteger "convertsToInteger" Conversion 0 0;
    ToLong "toLong" Conversion 0 0;
    ConvertsToLong "convertsToLong" Conversion 0 0;
    ToDecimal "toDecimal" Conversion 0 0;
    ConvertsToDecimal "convertsToDecimal" Conversion 0 0;
    ToText "toString" Conversion 0 0;
    ConvertsToString "convertsToString" Conversion 0 0;
    ToDate "toDate" Conversion 0 0;
    ConvertsToDate "convertsToDate" Conversion 0 0;
    ToDateTime "toDateTime" Conversion 0 0;
    ConvertsToDateTime "convertsToDateTime" Conversion 0 0;
    ToTime "toTime" Conversion 0 0;
    ConvertsToTime "convertsToTime" Conversion 0 0;
    ToQuantity "toQuantity" Conversion 0 1;
    ConvertsToQuantity "convertsToQuantity" Conversion 0 1;
    IndexOf "indexOf" Strings 1 1;
    LastIndexOf "lastIndexOf" Strings 1 1;
    Substring "substring" Strings 1 2;
    StartsWith "startsWith" Strings 1 1;
    EndsWith "endsWith" Strings 1 1;
    Contains "contains" Strings 1 1;
    Upper "upper" Strings 0 0;
    Lower "lower" Strings 0 0;
    Replace "replace" Strings 2 2;
    Matches "matches" Strings 1 2;
    MatchesFull "matchesFull" Strings 1 2;
    ReplaceMatches "replaceMatches" Strings 2 3;
    Length "length" Strings 0 0;
    ToChars "toChars" Strings 0 0;
    Encode "encode" Strings 1 1;
    Decode "decode" Strings 1 1;
    Escape "escape" Strings 1 1;
    Unescape "unescape" Strings 1 1;
    Trim "trim" Strings 0 0;
    Split "split" Strings 1 1;
    Join "join" Strings 0 1;
    Abs "abs" Math 0 0;
    Ceiling "ceiling" Math 0 0;
    Exp "exp" Math 0 0;
    Floor "floor" Math 0 0;
    Ln "ln" Math 0 0;
    Log "log" Math 1 1;
    Power "power" Math 1 1;
    Round "round" Math 0 1;
    Sqrt "sqrt" Math 0 0;
    Truncate "truncate" Math 0 0;
    Children "children" Tree 0 0;
    Descendants "descendants" Tree 0 0;
    Type "type" Tree 0 0;
    Trace "trace" Utility 1 2;
    DefineVariable "defineVariable" Utility 1 2;
    Now "now" Utility 0 0;
    Today "today" Utility 0 0;
    TimeOfDay "timeOfDay" Utility 0 0;
    LowBoundary "lowBoundary" Temporal 0 1;
    HighBoundary "highBoundary" Temporal 0 1;
    Precision "precision" Temporal 0 0;
    Comparable "comparable" Temporal 1 1;
    YearOf "yearOf" Temporal 0 0;
    MonthOf "monthOf" Temporal 0 0;
    DayOf "dayOf" Temporal 0 0;
    HourOf "hourOf" Temporal 0 0;
    MinuteOf "minuteOf" Temporal 0 0;
    SecondOf "secondOf" Temporal 0 0;
    MillisecondOf "millisecondOf" Temporal 0 0;
    TimezoneOffsetOf "timezoneOffsetOf" Temporal 0 0;
    DateOf "dateOf" Temporal 0 0;
    TimeOf "timeOf" Temporal 0 0;
    Extension "extension" Fhir 1 1;
    HasExtension "hasExtension" Fhir 1 1;
    HasValue "hasValue" Fhir 0 0;
    GetValue "getValue" Fhir 0 0;
    Resolve "resolve" Fhir 0 0;
    ElementDefinition "elementDefinition" Fhir 0 0;
    Slice "slice" Fhir 2 2;
    CheckModifiers "checkModifiers" Fhir 0 64;
    ConformsTo "conformsTo" Fhir 1 1;
    HtmlChecks "htmlChecks" Fhir 0 0;
    MemberOf "memberOf" Terminology 1 1;
    Subsumes "subsumes" Terminology 1 1;
    SubsumedBy "subsumedBy" Terminology 1 1;
}

impl Function {
    /// The known name closest to an unknown one, to suggest.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        const SHARED_MIN: usize = 4;
        let shared = |known: &&str| {
            let pairs = known.bytes().zip(name.bytes());
            pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
        };
        let all =
            Function::ALL.iter().map(|function| function.as_str()).chain(["is", "as", "ofType"]);
        let nearest = all.max_by_key(|known| (shared(known), std::cmp::Reverse(known.len())))?;
        let is_same = nearest.eq_ignore_ascii_case(name);
        (is_same || shared(&nearest) >= SHARED_MIN).then_some(nearest)
    }
}
