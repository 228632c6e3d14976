//! `_text` and `_content`: the grammar.

use crate::query::check;

#[test]
fn what_words_mean() {
    let cases = [
        ("liver", "\"liver\""),
        ("LIVER", "\"liver\""),
        ("liver metastases", "(\"liver\" and \"metastases\")"),
        ("liver AND metastases", "(\"liver\" and \"metastases\")"),
        ("liver OR bone", "(\"liver\" or \"bone\")"),
        ("liver,bone", "(\"liver\" or \"bone\")"),
        ("(bone OR liver) and metastases", "((\"bone\" or \"liver\") and \"metastases\")"),
        ("a OR b c", "(\"a\" or (\"b\" and \"c\"))"),
        ("\"bone marrow\"", "\"bone marrow\""),
        ("metasta*", "\"metasta\"…"),
        ("liver NOT bone", "\"liver\" without \"bone\""),
        ("liver AND NOT bone*", "\"liver\" without \"bone\"…"),
        ("a NOT b c", "(\"a\" without \"b\" and \"c\")"),
        ("Smith-Jones", "\"smith jones\""),
        ("O’Brien", "\"obrien\""),
        ("Smith-Jo*", "(\"smith\" and \"jo\"…)"),
        ("été", "\"ete\""),
        (r"a\,b", "(\"a\" and \"b\")"),
        ("android nothing order", "(\"android\" and \"nothing\" and \"order\")"),
        ("\"and\"", "\"and\""),
    ];
    for (words, tree) in cases {
        check(&[
            ("Patient", &format!("_text={words}"), &format!("the narrative has {tree}")),
            ("Patient", &format!("_content={words}"), &format!("any text has {tree}")),
        ]);
    }
}

#[test]
fn words_at_the_end_of_a_chain() {
    check(&[(
        "Observation",
        "subject:Patient._content=x",
        "subject refers to Patient where /   any text has \"x\"",
    )]);
}
