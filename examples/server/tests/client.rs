//! An HTTP client that shows each chunk as it was framed and each end as it was: clean, cut off or reset.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub struct Client {
    reader: BufReader<TcpStream>,
    has_body: bool,
}

#[derive(Debug)]
pub struct Head {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
    pub chunks: Vec<Vec<u8>>,
    /// What came in place of a clean end.
    pub fault: Option<io::ErrorKind>,
}

impl Client {
    pub async fn send(port: u16, method: &str, target: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Self {
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n").into_bytes();
        for (name, value) in headers {
            request.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        if !body.is_empty() {
            request.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(&request).await.unwrap();
        Client { reader: BufReader::new(stream), has_body: method != "HEAD" }
    }

    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).await?;
        match line.strip_suffix(b"\r\n") {
            Some(line) => Ok(line.to_vec()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    pub async fn head(&mut self) -> io::Result<Head> {
        let status = String::from_utf8(self.line().await?).unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':').unwrap();
            let name = String::from_utf8(line[..colon].to_ascii_lowercase()).unwrap();
            headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
        Ok(Head { status: status.split(' ').nth(1).unwrap().parse().unwrap(), headers })
    }

    /// The next chunk of a chunked body; None at its clean end.
    pub async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = String::from_utf8(self.line().await?).unwrap();
        let size = usize::from_str_radix(&size, 16).unwrap();
        let mut chunk = vec![0; size];
        self.reader.read_exact(&mut chunk).await?;
        assert_eq!(self.line().await?, b"", "a chunk ends with CRLF");
        Ok((size > 0).then_some(chunk))
    }

    /// Reads on until `text` was received; answers all that came.
    pub async fn until(&mut self, text: &str) -> String {
        let mut received = Vec::new();
        loop {
            received.extend(self.chunk().await.unwrap().expect("the body ended before that"));
            let so_far = String::from_utf8_lossy(&received);
            if so_far.contains(text) {
                return so_far.into_owned();
            }
        }
    }

    /// Everything up to the end of the body, be it clean or not.
    pub async fn whole(mut self) -> Answer {
        let head = match self.head().await {
            Ok(head) => head,
            Err(error) => return Answer { status: 0, headers: vec![], chunks: vec![], fault: Some(error.kind()) },
        };
        let mut answer = Answer { status: head.status, headers: head.headers, chunks: vec![], fault: None };
        if !self.has_body || matches!(answer.status, 204 | 304) {
            return answer;
        }
        if let Some(length) = answer.header("content-length") {
            let mut body = vec![0; length.parse().unwrap()];
            self.reader.read_exact(&mut body).await.unwrap();
            answer.chunks.push(body);
            return answer;
        }
        loop {
            match self.chunk().await {
                Ok(Some(chunk)) => answer.chunks.push(chunk),
                Ok(None) => return answer,
                Err(error) => {
                    answer.fault = Some(error.kind());
                    return answer;
                }
            }
        }
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(it, _)| it == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    pub fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body()).unwrap()
    }

    /// The JSON of the one message in an event stream.
    pub fn message(&self) -> serde_json::Value {
        let text = self.text();
        let data = text.strip_prefix("data: ").and_then(|text| text.strip_suffix("\n\n")).expect("one message");
        serde_json::from_str(data).unwrap()
    }
}
