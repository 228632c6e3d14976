//! Text of an expression → tokens with their byte ranges.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#lexical-elements> and its grammar. Strings keep their
//! quotes here; the parser takes escapes out. To add a token, add it to [`Token`] and `next`.

use crate::error::{Error, ErrorKind};

/// What stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word: an identifier or a keyword.
    Word,
    /// An identifier in backticks (or, as older texts have it, in double quotes).
    Delimited,
    /// A string in single quotes.
    String,
    /// Digits, with or without a fraction.
    Number,
    /// Digits and `L`.
    Long,
    /// `@…`: a date, a date and time, or a time.
    Temporal,
    /// `$this`, `$index`, `$total`.
    Special,
    /// `%`: a variable's name follows.
    Percent,
    /// An operator or a bracket, one or two characters.
    Symbol,
    /// The end of the text.
    End,
}

/// A token and its byte range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) token: Token,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Lexeme {
    pub(crate) fn range(self) -> (u32, u32) {
        (self.start, self.end)
    }

    pub(crate) fn text(self, source: &str) -> &str {
        &source[self.start as usize..self.end as usize]
    }
}

/// All tokens, the end as the last.
pub(crate) fn tokens(source: &str) -> Result<Vec<Lexeme>, Error> {
    let mut lexer = Lexer { bytes: source.as_bytes(), source, at: 0 };
    let mut all = Vec::with_capacity(source.len() / 4 + 1);
    loop {
        let lexeme = lexer.next()?;
        all.push(lexeme);
        if lexeme.token == Token::End {
            return Ok(all);
        }
    }
}

struct Lexer<'s> {
    bytes: &'s [u8],
    source: &'s str,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn error(&self, start: usize, message: &str) -> Error {
        Error::new(ErrorKind::Syntax, (start as u32, self.at.max(start) as u32), message)
    }

    fn skip_space(&mut self) -> Result<(), Error> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => self.at += 1,
                (b'/', b'/') => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                }
                (b'/', b'*') => {
                    let start = self.at;
                    let rest = &self.source[start + 2..];
                    let Some(length) = rest.find("*/") else {
                        self.at = self.bytes.len();
                        return Err(self.error(start, "a comment that does not end; expected */"));
                    };
                    self.at = start + 2 + length + 2;
                }
                _ => return Ok(()),
            }
        }
    }

    fn next(&mut self) -> Result<Lexeme, Error> {
        self.skip_space()?;
        let start = self.at;
        if start >= self.bytes.len() {
            return Ok(Lexeme { token: Token::End, start: start as u32, end: start as u32 });
        }
        let token = match self.peek(0) {
            b'\'' => self.quoted(b'\'', Token::String)?,
            b'`' => self.quoted(b'`', Token::Delimited)?,
            b'"' => self.quoted(b'"', Token::Delimited)?,
            b'0'..=b'9' => self.number(),
            b'@' => self.temporal()?,
            b'$' => self.special()?,
            b'%' => {
                self.at += 1;
                Token::Percent
            }
            b if is_word_start(b) => {
                self.skip_while(is_word);
                Token::Word
            }
            _ => self.symbol()?,
        };
        Ok(Lexeme { token, start: start as u32, end: self.at as u32 })
    }

    fn skip_while(&mut self, accept: fn(u8) -> bool) {
        while accept(self.peek(0)) {
            self.at += 1;
        }
    }

    fn quoted(&mut self, quote: u8, token: Token) -> Result<Token, Error> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None => {
                    let message =
                        format!("text in quotes that does not end; expected {}", quote as char);
                    return Err(self.error(start, &message));
                }
                Some(b'\\') => self.at = (self.at + 2).min(self.bytes.len()),
                Some(b) if *b == quote => {
                    self.at += 1;
                    return Ok(token);
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Token {
        self.skip_while(|b| b.is_ascii_digit());
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.skip_while(|b| b.is_ascii_digit());
        } else if self.peek(0) == b'L' && !is_word(self.peek(1)) {
            self.at += 1;
            return Token::Long;
        }
        Token::Number
    }

    /// The longest text that can be a date, date and time or time; the value is checked later.
    fn temporal(&mut self) -> Result<Token, Error> {
        let start = self.at;
        self.at += 1;
        if self.peek(0) == b'T' {
            self.at += 1;
            self.clock(start)?;
            return Ok(Token::Temporal);
        }
        self.digits(start, 4, "a year of four digits")?;
        for part in ["a month of two digits", "a day of two digits"] {
            if self.peek(0) == b'-' && self.peek(1).is_ascii_digit() {
                self.at += 1;
                self.digits(start, 2, part)?;
            }
        }
        if self.peek(0) != b'T' {
            return Ok(Token::Temporal);
        }
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.clock(start)?;
        }
        match self.peek(0) {
            b'Z' => self.at += 1,
            b'+' | b'-' if self.is_offset() => self.at += 6,
            _ => {}
        }
        Ok(Token::Temporal)
    }

    /// `+hh:mm`, so that `@2014T + 1 day` and `@2014T-1 day` stay sums.
    fn is_offset(&self) -> bool {
        let digit = |ahead| self.peek(ahead).is_ascii_digit();
        digit(1) && digit(2) && self.peek(3) == b':' && digit(4) && digit(5)
    }

    fn clock(&mut self, start: usize) -> Result<(), Error> {
        self.digits(start, 2, "an hour of two digits")?;
        for part in ["a minute of two digits", "a second of two digits"] {
            if self.peek(0) != b':' {
                return Ok(());
            }
            self.at += 1;
            self.digits(start, 2, part)?;
        }
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.skip_while(|b| b.is_ascii_digit());
        }
        Ok(())
    }

    fn digits(&mut self, start: usize, count: usize, what: &str) -> Result<(), Error> {
        for _ in 0..count {
            if !self.peek(0).is_ascii_digit() {
                return Err(self.error(start, &format!("not a date or time; expected {what}")));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn special(&mut self) -> Result<Token, Error> {
        let start = self.at;
        self.at += 1;
        self.skip_while(is_word);
        match &self.source[start..self.at] {
            "$this" | "$index" | "$total" => Ok(Token::Special),
            _ => Err(self.error(start, "unknown; expected $this, $index or $total")),
        }
    }

    fn symbol(&mut self) -> Result<Token, Error> {
        let length = match (self.peek(0), self.peek(1)) {
            (b'!', b'=' | b'~') | (b'<' | b'>', b'=') => 2,
            (
                b'.' | b',' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'+' | b'-' | b'*' | b'/'
                | b'&' | b'|' | b'=' | b'~' | b'<' | b'>',
                _,
            ) => 1,
            _ => {
                let start = self.at;
                return Err(self.error(start, "a character that no expression has here"));
            }
        };
        self.at += length;
        Ok(Token::Symbol)
    }
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
