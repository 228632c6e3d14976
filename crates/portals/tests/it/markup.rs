//! Every page of the gallery is sound HTML: what a browser would mend in silence fails here.

use crate::gallery::pages;
use std::collections::HashSet;

const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

/// One tag of a page.
struct Tag<'a> {
    name: &'a str,
    closing: bool,
    empty: bool,
    attributes: Vec<(&'a str, &'a str)>,
    /// Where the text after it begins.
    end: usize,
}

impl<'a> Tag<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(of, _)| *of == name).map(|(_, value)| *value)
    }
}

/// Reads a page strictly: our templates quote every attribute and close every tag.
fn tags(page: &str) -> Result<Vec<Tag<'_>>, String> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = page[at..].find('<').map(|offset| at + offset) {
        let text = &page[at..open];
        if text.contains('>') {
            return Err(format!("an unescaped > in {text:?}"));
        }
        let tag = tag(page, open)?;
        at = tag.end;
        tags.push(tag);
    }
    Ok(tags)
}

fn tag(page: &str, open: usize) -> Result<Tag<'_>, String> {
    let here = || page[open..].chars().take(60).collect::<String>();
    let mut rest = &page[open + 1..];
    let closing = rest.starts_with('/');
    rest = rest.trim_start_matches('/');
    let name_end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    let (name, mut rest) = rest.split_at(name_end.ok_or_else(here)?);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok(Tag {
                name,
                closing,
                empty: true,
                attributes,
                end: page.len() - after.len(),
            });
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok(Tag {
                name,
                closing,
                empty: false,
                attributes,
                end: page.len() - after.len(),
            });
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>')).ok_or_else(here)?;
        let (attribute, after) = rest.split_at(end);
        rest = after;
        let mut value = "";
        if let Some(after) = rest.strip_prefix("=\"") {
            let end = after.find('"').ok_or_else(here)?;
            value = &after[..end];
            rest = &after[end + 1..];
        } else if rest.starts_with('=') {
            return Err(format!("an attribute without quotes: {}", here()));
        }
        if attribute.is_empty() || attributes.iter().any(|(of, _)| *of == attribute) {
            return Err(format!("an empty or repeated attribute: {}", here()));
        }
        attributes.push((attribute, value));
    }
}

fn check_balance(tags: &[Tag<'_>]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags.iter().filter(|tag| tag.name != "!DOCTYPE" && !tag.empty) {
        if tag.closing {
            match open.pop() {
                Some(name) if name == tag.name => {}
                other => return Err(format!("</{}> closes {other:?}", tag.name)),
            }
        } else if !VOID.contains(&tag.name) {
            // A paragraph is closed by any block inside it, which would move what follows.
            let block =
                ["p", "div", "ul", "ol", "dl", "table", "section", "form", "details", "h2", "h3"];
            if open.contains(&"p") && block.contains(&tag.name) {
                return Err(format!("<{}> stands in a <p>", tag.name));
            }
            if tag.name == "a" && open.contains(&"a") {
                return Err("a link stands in a link".to_owned());
            }
            if tag.name == "form" && open.contains(&"form") {
                return Err("a form stands in a form".to_owned());
            }
            open.push(tag.name);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

fn check_references(tags: &[Tag<'_>]) -> Result<(), String> {
    let mut ids = HashSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        if !ids.insert(id) {
            return Err(format!("the id {id} stands twice"));
        }
    }
    let labels: HashSet<&str> =
        tags.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
    for tag in tags.iter().filter(|tag| !tag.closing) {
        let mut targets: Vec<&str> = ["aria-labelledby", "aria-describedby", "for"]
            .iter()
            .filter_map(|name| tag.get(name))
            .flat_map(str::split_whitespace)
            .collect();
        targets.extend(tag.get("href").and_then(|href| href.strip_prefix('#')));
        if let Some(missing) = targets.iter().find(|target| !ids.contains(*target)) {
            return Err(format!("nothing has the id {missing}"));
        }
        let hidden = tag.get("type") == Some("hidden");
        if tag.name == "input" && !hidden && !tag.get("id").is_some_and(|id| labels.contains(id)) {
            return Err(format!("the field {:?} has no label", tag.get("name")));
        }
    }
    Ok(())
}

fn check_policy(tags: &[Tag<'_>]) -> Result<(), String> {
    for tag in tags {
        if tag.name == "style" || (tag.name == "script" && !tag.closing && tag.get("src").is_none())
        {
            return Err(format!("<{}> in the page", tag.name));
        }
        for (name, value) in &tag.attributes {
            if *name == "style" || name.starts_with("on") {
                return Err(format!("{name}= in <{}>", tag.name));
            }
            let address = matches!(*name, "href" | "src" | "action");
            let is_call = matches!(*value, "tel:999" | "tel:111");
            if address && !value.starts_with('/') && !value.starts_with('#') && !is_call {
                return Err(format!("{name} leads to {value}"));
            }
        }
        if tag.name == "form" && !tag.closing && tag.get("method").is_none() {
            return Err("a form without a method".to_owned());
        }
    }
    Ok(())
}

fn check_outline(tags: &[Tag<'_>]) -> Result<(), String> {
    let levels: Vec<u32> = tags
        .iter()
        .filter(|tag| !tag.closing)
        .filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok())
        .collect();
    let tops = levels.iter().filter(|level| **level == 1).count();
    if tops != 1 {
        return Err(format!("{tops} headings of level 1"));
    }
    let after_top = levels.iter().skip_while(|level| **level != 1).collect::<Vec<_>>();
    match after_top.windows(2).find(|pair| *pair[1] > pair[0] + 1) {
        Some(pair) => Err(format!("a heading of level {} follows one of {}", pair[1], pair[0])),
        None => Ok(()),
    }
}

#[test]
fn every_page_is_sound() {
    for (name, page) in pages() {
        let tags = tags(&page).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        for check in [check_balance, check_references, check_policy, check_outline] {
            check(&tags).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        }
        assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en-GB\">"), "{name}");
        assert!(!page.contains("<title> –"), "{name} has no title");
        assert!(page.contains("Skip to main content"), "{name}");
    }
}

#[test]
fn every_form_that_changes_something_carries_its_token() {
    for (name, page) in pages() {
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let token = form.contains("name=\"csrf\" value=\"t0k3n\"");
            assert_eq!(form.contains("method=\"post\""), token, "{name}: {form}");
        }
    }
}

#[test]
fn the_checks_find_what_they_look_for() {
    let problem = |page: &str| {
        let read = tags(page);
        let tags = match &read {
            Ok(tags) => tags,
            Err(problem) => return Some(problem.clone()),
        };
        [check_balance, check_references, check_policy].iter().find_map(|check| check(tags).err())
    };
    assert_eq!(problem("<p><a href=\"/x\">a</a></p><br><path d=\"M0\"/>"), None);
    for page in [
        "<p><b></p></b>",
        "<p>",
        "<p><div></div></p>",
        "<a href=\"/\"><a href=\"/\"></a></a>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<a href=\"#b\"></a>",
        "<a href=\"javascript:x\"></a>",
        "<a href=\"https://nhs.uk/\"></a>",
        "<p style=\"x\"></p>",
        "<p onclick=\"x\"></p>",
        "<script>x</script>",
        "<input id=\"a\" name=\"a\">",
        "<p class=a></p>",
        "a > b <br>",
    ] {
        assert!(problem(page).is_some(), "{page}");
    }
}
