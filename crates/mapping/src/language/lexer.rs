//! Text of a rule file → tokens with their line and column. Reference: `docs/mapping.md`.
//!
//! A statement ends with its line. A line that begins with `|`, `else`, `when`, `by`, `and` or `or`
//! carries on the statement before it. To add a symbol, add it to [`Symbol`] and `symbol`.

use super::{CompileError, Position};

/// A token's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name: letters, digits, `_` and inner `-`; HL7 fields (`PID-5`) are names too.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// Digits.
    Number(u32),
    Symbol(Symbol),
    /// The end of a statement.
    Line,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// `<-`
    From,
    /// `->`
    To,
    Open,
    Close,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Dot,
    Comma,
    Colon,
    Pipe,
    Equals,
    Dollar,
    Star,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) at: Position,
}

/// The longest text in quotes, in bytes.
const TEXT_LENGTH_MAX: usize = 2_000;
const CONTINUATIONS: [&str; 5] = ["else", "when", "by", "and", "or"];

pub(crate) fn tokens(file: &str, text: &str) -> Result<Vec<Placed>, CompileError> {
    let mut out: Vec<Placed> = Vec::new();
    let mut depth = 0_u32;
    for (index, line) in text.lines().enumerate() {
        let mut lexer = LineLexer { file, line: index as u32 + 1, text: line, at: 0 };
        let first = out.len();
        while let Some(placed) = lexer.next()? {
            match placed.token {
                Token::Symbol(Symbol::OpenParenthesis) => depth += 1,
                Token::Symbol(Symbol::CloseParenthesis) => depth = depth.saturating_sub(1),
                _ => {}
            }
            out.push(placed);
        }
        if out.len() == first {
            continue;
        }
        if continues(&out[first].token) && first > 0 && out[first - 1].token == Token::Line {
            out.remove(first - 1);
        }
        if depth == 0 {
            out.push(Placed { token: Token::Line, at: lexer.position() });
        }
    }
    let at = Position { line: text.lines().count() as u32 + 1, column: 1 };
    out.push(Placed { token: Token::End, at });
    Ok(out)
}

/// `when` and `else` open a statement only after a brace, where no line stands open.
fn continues(token: &Token) -> bool {
    match token {
        Token::Symbol(Symbol::Pipe) => true,
        Token::Word(word) => CONTINUATIONS.contains(&word.as_str()) && word != "when",
        _ => false,
    }
}

struct LineLexer<'t> {
    file: &'t str,
    line: u32,
    text: &'t str,
    at: usize,
}

impl LineLexer<'_> {
    fn position(&self) -> Position {
        let column = self.text[..self.at].chars().count() as u32 + 1;
        Position { line: self.line, column }
    }

    fn next(&mut self) -> Result<Option<Placed>, CompileError> {
        let rest = &self.text[self.at..];
        let blank = rest.len() - rest.trim_start().len();
        self.at += blank;
        let rest = &self.text[self.at..];
        let at = self.position();
        let Some(first) = rest.chars().next().filter(|c| *c != '#') else { return Ok(None) };
        let token = if first == '"' {
            self.quoted(at)?
        } else if first.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            self.at += length;
            let number = rest[..length].parse();
            Token::Number(number.map_err(|_| self.error(at, "this number is too large"))?)
        } else if first.is_ascii_alphabetic() || first == '_' {
            Token::Word(self.word())
        } else {
            let Some((symbol, length)) = symbol(rest) else {
                return Err(self.error(at, &format!("`{first}` has no meaning here")));
            };
            self.at += length;
            Token::Symbol(symbol)
        };
        Ok(Some(Placed { token, at }))
    }

    fn word(&mut self) -> String {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest
            .iter()
            .enumerate()
            .take_while(|(index, byte)| {
                let inner = rest.get(index + 1).is_some_and(u8::is_ascii_alphanumeric);
                byte.is_ascii_alphanumeric() || **byte == b'_' || (**byte == b'-' && inner)
            })
            .count();
        let word = self.text[self.at..self.at + length].to_owned();
        self.at += length;
        word
    }

    fn quoted(&mut self, at: Position) -> Result<Token, CompileError> {
        let mut out = String::new();
        let mut chars = self.text[self.at..].char_indices().skip(1);
        while let Some((index, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += index + 1;
                    if out.len() > TEXT_LENGTH_MAX {
                        return Err(self.error(at, "this text is too long"));
                    }
                    return Ok(Token::Text(out));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => out.push('\n'),
                    Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                    _ => return Err(self.error(at, "write `\\n`, `\\\"` or `\\\\` in a text")),
                },
                other => out.push(other),
            }
        }
        Err(self.error(at, "the text is not closed: add `\"` on the same line"))
    }

    fn error(&self, at: Position, message: &str) -> CompileError {
        CompileError { file: self.file.to_owned(), at, message: message.to_owned() }
    }
}

fn symbol(rest: &str) -> Option<(Symbol, usize)> {
    if rest.starts_with("<-") {
        return Some((Symbol::From, 2));
    }
    if rest.starts_with("->") {
        return Some((Symbol::To, 2));
    }
    let symbol = match rest.as_bytes()[0] {
        b'{' => Symbol::Open,
        b'}' => Symbol::Close,
        b'(' => Symbol::OpenParenthesis,
        b')' => Symbol::CloseParenthesis,
        b'[' => Symbol::OpenBracket,
        b']' => Symbol::CloseBracket,
        b'.' => Symbol::Dot,
        b',' => Symbol::Comma,
        b':' => Symbol::Colon,
        b'|' => Symbol::Pipe,
        b'=' => Symbol::Equals,
        b'$' => Symbol::Dollar,
        b'*' => Symbol::Star,
        _ => return None,
    };
    Some((symbol, 1))
}
