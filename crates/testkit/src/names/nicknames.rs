//! The short names that people go by. To add one, add a line to the table.

/// The short form of a given name, where it has one that stands in the table.
pub(crate) fn short_form(given: &str) -> Option<&'static str> {
    SHORT.iter().find(|(full, _)| *full == given).map(|(_, short)| *short)
}

#[rustfmt::skip]
const SHORT: &[(&str, &str)] = &[
    ("Elizabeth", "Liz"), ("Margaret", "Peggy"), ("Patricia", "Pat"), ("Barbara", "Babs"),
    ("Dorothy", "Dot"), ("Kathleen", "Kath"), ("Pamela", "Pam"), ("Christine", "Chris"),
    ("Jacqueline", "Jackie"), ("Jennifer", "Jenny"), ("Susan", "Sue"), ("Gillian", "Gill"),
    ("Deborah", "Debbie"), ("Tracey", "Trace"), ("Nicola", "Nicky"), ("Amanda", "Mandy"),
    ("Michelle", "Shell"), ("Joanne", "Jo"), ("Samantha", "Sam"), ("Rebecca", "Becky"),
    ("Victoria", "Vicky"), ("Catherine", "Cathy"), ("Katherine", "Kate"), ("Charlotte", "Charlie"),
    ("Jessica", "Jess"), ("Isabella", "Bella"), ("Bethany", "Beth"), ("Eleanor", "Ellie"),
    ("Abigail", "Abi"), ("Georgia", "George"), ("Matilda", "Tilly"), ("Harriet", "Hattie"),
    ("Theresa", "Tess"), ("Bernadette", "Bernie"), ("Bridget", "Biddy"), ("William", "Bill"),
    ("James", "Jim"), ("Ronald", "Ron"), ("Robert", "Bob"), ("Kenneth", "Ken"), ("Thomas", "Tom"),
    ("Frederick", "Fred"), ("Peter", "Pete"), ("Arthur", "Art"), ("Leonard", "Len"),
    ("Derek", "Del"), ("Charles", "Charlie"), ("Stanley", "Stan"), ("Albert", "Bert"),
    ("Harold", "Harry"), ("Raymond", "Ray"), ("Edward", "Ted"), ("Douglas", "Doug"),
    ("Donald", "Don"), ("Anthony", "Tony"), ("Michael", "Mick"), ("David", "Dave"),
    ("Sidney", "Sid"), ("Geoffrey", "Geoff"), ("Reginald", "Reg"), ("Walter", "Wally"),
    ("Terence", "Terry"), ("Andrew", "Andy"), ("Stephen", "Steve"), ("Steven", "Steve"),
    ("Richard", "Dick"), ("Christopher", "Chris"), ("Simon", "Si"), ("Philip", "Phil"),
    ("Timothy", "Tim"), ("Jonathan", "Jon"), ("Nicholas", "Nick"), ("Stuart", "Stu"),
    ("Patrick", "Paddy"), ("Matthew", "Matt"), ("Daniel", "Dan"), ("Oliver", "Ollie"),
    ("Joshua", "Josh"), ("Samuel", "Sam"), ("Jacob", "Jake"), ("Benjamin", "Ben"),
    ("Alexander", "Alex"), ("Joseph", "Joe"), ("Nathan", "Nate"), ("Henry", "Hal"),
    ("Mohammed", "Mo"), ("Muhammad", "Mo"), ("Mohamed", "Mo"), ("Emmanuel", "Manny"),
    ("Krzysztof", "Krzyś"), ("Katarzyna", "Kasia"), ("Małgorzata", "Gosia"), ("Agnieszka", "Aga"),
    ("Alexandru", "Alex"), ("Oleksandr", "Sasha"), ("Babatunde", "Tunde"), ("Temitope", "Temi"),
    ("Dafydd", "Dai"), ("Rhiannon", "Rhi"), ("Harpreet", "Harps"), ("Jaswinder", "Jas"),
];
