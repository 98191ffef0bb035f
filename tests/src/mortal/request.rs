//! HTTP as a function's program speaks it: read from the wire, and passed on as it was signed.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Operations of DynamoDB that change nothing.
const READS: [&str; 3] = ["BatchGetItem", "GetItem", "Query"];

/// A request.
pub(super) struct Request {
    /// Everything before the body, with the empty line behind it.
    head: String,
    method: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
}

/// An answer, as it came.
pub(super) struct Answer(pub(super) Vec<u8>);

impl Request {
    /// The next request of a connection; none if there are no more.
    pub(super) fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(None);
            }
        }
        let mut words = head.split(' ');
        let mut word = || words.next().map(str::to_owned).context("a request line");
        let (method, path) = (word()?, word()?);
        let mut request = Self { head, method, path, body: Vec::new() };
        request.body = match request.field("content-length") {
            Some(length) => exactly(reader, length.parse()?)?,
            None if request.is_chunked() => chunks(reader)?,
            None => Vec::new(),
        };
        Ok(Some(request))
    }

    fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut named = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim())
    }

    fn is_chunked(&self) -> bool {
        self.field("transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"))
    }

    /// What it is called, if it is there to change something.
    pub(super) fn change(&self) -> Option<String> {
        match self.field("x-amz-target").and_then(|target| target.rsplit('.').next()) {
            Some(operation) => (!READS.contains(&operation)).then(|| operation.to_owned()),
            None => (!matches!(&*self.method, "GET" | "HEAD")).then(|| format!("S3 {}", self.method)),
        }
    }

    /// What is answered at that address.
    pub(super) fn forward(&self, address: &str, patience: Duration) -> Result<Answer> {
        ensure!(!self.is_chunked(), "a call in chunks would have to be passed on as it came");
        let (first, rest) = self.head.split_once("\r\n").context("a request line")?;
        let mut there = TcpStream::connect(address)?;
        there.set_read_timeout(Some(patience))?;
        // What follows the request line isn't signed unless its signature says so.
        there.write_all(format!("{first}\r\nconnection: close\r\n{rest}").as_bytes())?;
        there.write_all(&self.body)?;
        let mut answer = Vec::new();
        there.read_to_end(&mut answer)?;
        ensure!(!answer.is_empty(), "no answer to {} {}", self.method, self.path);
        Ok(Answer(answer))
    }
}

impl Answer {
    /// Whether what was asked for was done.
    pub(super) fn succeeded(&self) -> bool {
        self.0.split(|byte| *byte == b' ').nth(1).is_some_and(|status| status.starts_with(b"2"))
    }
}

fn exactly(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// A body in chunks, each behind its length.
fn chunks(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16)?;
        let chunk = exactly(reader, length + 2)?;
        body.extend(chunk.strip_suffix(b"\r\n").context("a chunk's end")?);
        if length == 0 {
            return Ok(body);
        }
    }
}
