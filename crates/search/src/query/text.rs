//! `_text` and `_content`: words, `"phrases"`, `begin*`, AND, OR, NOT and parentheses.
//! Spec: <https://hl7.org/fhir/R4/search.html#content>.
//!
//! ```text
//! list  = or *( "," or )                  a comma is OR, as everywhere
//! or    = and *( "OR" and )
//! and   = term *( [ "AND" ] term / [ "AND" ] "NOT" term )
//! term  = word / word "*" / '"' words '"' / "(" or ")"
//! ```
//!
//! Operators are read in capitals and small letters, as the spec's example has both. Words are
//! folded as strings are, so a text of several words without spaces (`Smith-Jones`) is a phrase.

use fhir::{Issue, IssueCode};

use super::fault::Fault;
use crate::expression::{Expression, TextPart, TextQuery};
use crate::fold::fold;

/// Parentheses inside one another at the most.
const DEPTH_MAX: usize = 16;
/// Words at the most.
const WORDS_MAX: usize = 100;

/// The filter of a `_text` or `_content`.
pub(crate) fn filter(part: TextPart, values: &str, place: &str) -> Result<Expression, Issue> {
    // An escaped comma parts words and nothing else; two spaces keep every place as it is.
    let text = values.replace("\\,", "  ");
    let mut parser = Parser { text: &text, at: 0, depth: 0, words: 0 };
    let read = parser.list().map_err(|fault| fault.issue(place, "the value"))?;
    if parser.words > WORDS_MAX {
        let message = format!("it has more than {WORDS_MAX} words; search by fewer");
        return Err(Issue::error(IssueCode::TooCostly, place, message));
    }
    Ok(Expression::FullText { part, query: read })
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    words: usize,
}

/// What stands next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    Phrase(&'t str),
    Begins(&'t str),
    Word(&'t str),
}

impl<'t> Parser<'t> {
    fn list(&mut self) -> Result<TextQuery, Fault> {
        let mut any = vec![self.or()?];
        while self.take(Token::Comma)? {
            any.push(self.or()?);
        }
        match self.peek()? {
            None => Ok(one_or(any, TextQuery::Or)),
            Some(_) => Err(self.fault("has a ) without its (")),
        }
    }

    fn or(&mut self) -> Result<TextQuery, Fault> {
        let mut any = vec![self.and()?];
        while self.take(Token::Or)? {
            any.push(self.and()?);
        }
        Ok(one_or(any, TextQuery::Or))
    }

    fn and(&mut self) -> Result<TextQuery, Fault> {
        if self.peek()? == Some(Token::Not) {
            return Err(self.fault("begins with NOT; write first what there must be"));
        }
        let mut query = self.term()?;
        loop {
            let has_and = self.take(Token::And)?;
            if self.take(Token::Not)? {
                query = TextQuery::Without(Box::new(query), Box::new(self.term()?));
                continue;
            }
            let goes_on = matches!(
                self.peek()?,
                Some(Token::Open | Token::Phrase(_) | Token::Begins(_) | Token::Word(_))
            );
            if !goes_on && !has_and {
                return Ok(query);
            }
            let next = self.term()?;
            query = match query {
                TextQuery::And(mut all) => {
                    all.push(next);
                    TextQuery::And(all)
                }
                first => TextQuery::And(vec![first, next]),
            };
        }
    }

    fn term(&mut self) -> Result<TextQuery, Fault> {
        let (token, start) = (self.peek()?, self.at);
        match token {
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Err(self.fault(&format!(
                        "has parentheses inside one another more than {DEPTH_MAX} deep"
                    )));
                }
                self.next()?;
                let inner = self.or()?;
                if !self.take(Token::Close)? {
                    return Err(self.fault("has a ( without its )"));
                }
                self.depth -= 1;
                // A group stays one, so that `(a b) c` and `a b c` mean the same tree.
                Ok(inner)
            }
            Some(Token::Phrase(text) | Token::Word(text)) => {
                self.next()?;
                let words = self.words_of(text, start)?;
                Ok(TextQuery::Phrase(words))
            }
            Some(Token::Begins(text)) => {
                self.next()?;
                let mut words = self.words_of(text, start)?;
                let Some(last) = words.pop() else { return Ok(TextQuery::Begins(text.into())) };
                Ok(if words.is_empty() {
                    TextQuery::Begins(last)
                } else {
                    TextQuery::And(vec![TextQuery::Phrase(words), TextQuery::Begins(last)])
                })
            }
            _ => Err(self.fault("lacks a word here; write one, or a phrase in double quotes")),
        }
    }

    fn words_of(&mut self, text: &str, start: usize) -> Result<Vec<Box<str>>, Fault> {
        let folded = fold(text);
        let words: Vec<Box<str>> =
            folded.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
        self.words += words.len();
        if words.is_empty() {
            return Err(Fault::new(start, "has no letter or digit here to search by"));
        }
        Ok(words)
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::new(self.at, message)
    }

    fn take(&mut self, token: Token<'_>) -> Result<bool, Fault> {
        let is = self.peek()? == Some(token);
        if is {
            self.next()?;
        }
        Ok(is)
    }

    /// The next token; its place is `at` afterwards.
    fn peek(&mut self) -> Result<Option<Token<'t>>, Fault> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        Ok(self.token()?.map(|(token, _)| token))
    }

    fn next(&mut self) -> Result<(), Fault> {
        if let Some((_, length)) = self.token()? {
            self.at += length;
        }
        Ok(())
    }

    /// The token at `at` with its length.
    fn token(&self) -> Result<Option<(Token<'t>, usize)>, Fault> {
        let rest = &self.text[self.at..];
        let token = match rest.chars().next() {
            None => return Ok(None),
            Some('(') => (Token::Open, 1),
            Some(')') => (Token::Close, 1),
            Some(',') => (Token::Comma, 1),
            Some('"') => {
                let inner = &rest[1..];
                let end = inner
                    .find('"')
                    .ok_or_else(|| self.fault("has a phrase without its closing double quote"))?;
                (Token::Phrase(&inner[..end]), end + 2)
            }
            Some(_) => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | ',');
                let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
                let token = match word {
                    "AND" | "and" => Token::And,
                    "OR" | "or" => Token::Or,
                    "NOT" | "not" => Token::Not,
                    _ => match word.strip_suffix('*') {
                        Some(start) => Token::Begins(start),
                        None => Token::Word(word),
                    },
                };
                (token, word.len())
            }
        };
        Ok(Some(token))
    }
}

fn one_or(mut list: Vec<TextQuery>, many: fn(Vec<TextQuery>) -> TextQuery) -> TextQuery {
    match list.pop() {
        Some(only) if list.is_empty() => only,
        Some(last) => {
            list.push(last);
            many(list)
        }
        None => many(list),
    }
}
