//! The shapes of benchmark streams: what their events look like, and a block of them with the sums over any count.
//! Everything follows from the seed.

use std::fmt::Write;
use std::str::FromStr;

use axum::body::Bytes;

use super::Totals;
use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Prices, 30 bytes each.
    Tick30,
    /// Deltas as OpenAI's streams have them, of about 110 bytes.
    Llm110,
    /// Deltas as Anthropic's streams have them, of about 230 bytes, with a type of their own.
    Llm230,
    /// Chinese text, three bytes a character.
    Chinese,
    /// English text with emoji, four bytes a code point and some joined from several.
    Emoji,
    /// 16 KB on one line.
    Long16k,
    /// 16 MB on one line.
    Line16m,
    /// An id and two to six lines of data.
    Multiline,
    /// Nineteen of twenty events have types that nobody listens to.
    Unlistened,
}

impl Shape {
    pub const ALL: [(&str, Shape); 9] = [
        ("tick30", Shape::Tick30),
        ("llm110", Shape::Llm110),
        ("llm230", Shape::Llm230),
        ("chinese", Shape::Chinese),
        ("emoji", Shape::Emoji),
        ("long16k", Shape::Long16k),
        ("line16m", Shape::Line16m),
        ("multiline", Shape::Multiline),
        ("unlistened", Shape::Unlistened),
    ];
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Shape::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, shape)| *shape).ok_or_else(|| format!("wants one of {:?}", Shape::ALL.map(|(name, _)| name)))
    }
}

const BLOCK_SIZE: usize = 1 << 20;
const OTHER_TYPES: u64 = 19;

const WORDS: [&str; 32] = [
    "the",
    "of",
    "and",
    "stream",
    "a",
    "server",
    "to",
    "browser",
    "in",
    "event",
    "is",
    "which",
    "that",
    "connection",
    "it",
    "was",
    "for",
    "on",
    "reconnects",
    "as",
    "with",
    "by",
    "after",
    "this",
    "message",
    "be",
    "at",
    "one",
    "have",
    "every",
    "from",
    "second",
];
const CHINESE: [&str; 12] =
    ["服务器", "发送", "事件", "浏览器", "连接", "断开", "以后", "自动", "重新", "消息", "数据", "，"];
const EMOJI: [&str; 8] = ["😀", "🚀", "👍🏽", "👩‍💻", "🇪🇸", "❤️", "🎉", "🧪"];

/// About a megabyte of events, or one event where that is more.
pub struct Block {
    bytes: Bytes,
    /// The data of all events, one after the other.
    data: Vec<u8>,
    events: Vec<Event>,
}

struct Event {
    /// Where it ends in `bytes`, and where its data ends in `data`.
    end: usize,
    data_end: usize,
    /// "message" where the stream names none.
    name: String,
}

impl Block {
    pub fn generate(shape: Shape, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (mut bytes, mut data, mut events) = (String::new(), Vec::new(), Vec::<Event>::new());
        while bytes.len() < BLOCK_SIZE {
            let Written { id, name, lines } = write_event(shape, events.len(), &mut random);
            if let Some(id) = id {
                let _ = writeln!(bytes, "id: {id}");
            }
            if let Some(name) = &name {
                let _ = writeln!(bytes, "event: {name}");
            }
            for line in &lines {
                let _ = writeln!(bytes, "data: {line}");
            }
            bytes.push('\n');
            data.extend_from_slice(lines.join("\n").as_bytes());
            events.push(Event {
                end: bytes.len(),
                data_end: data.len(),
                name: name.unwrap_or_else(|| "message".into()),
            });
        }
        Block { bytes: bytes.into(), data, events }
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// How many events it has.
    pub fn len(&self) -> u64 {
        self.events.len() as u64
    }

    /// The bytes of event `number` of the stream, counted from 0.
    pub fn event(&self, number: u64) -> Bytes {
        let index = (number % self.len()) as usize;
        let start = if index == 0 { 0 } else { self.events[index - 1].end };
        self.bytes.slice(start..self.events[index].end)
    }

    /// The types that occur, sorted.
    pub fn types(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.events.iter().map(|event| event.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub fn totals(&self, count: u64) -> Totals {
        let whole = count / self.len();
        let rest = &self.events[..(count % self.len()) as usize];
        let (rest_end, rest_data_end) = rest.last().map_or((0, 0), |last| (last.end, last.data_end));
        let is_message = |event: &&Event| event.name == "message";
        let messages = |events: &[Event]| events.iter().filter(is_message).count() as u64;
        // The data of the messages alone, and how much of it the events of `rest` have.
        let mut message_data = Vec::new();
        let mut rest_message_data_end = 0;
        let mut start = 0;
        for (index, event) in self.events.iter().enumerate() {
            if is_message(&event) {
                message_data.extend_from_slice(&self.data[start..event.data_end]);
            }
            start = event.data_end;
            if index + 1 == rest.len() {
                rest_message_data_end = message_data.len();
            }
        }
        let checksum = fnv1a_repeated(&self.data, whole, rest_data_end);
        let all_are_messages = message_data.len() == self.data.len();
        Totals {
            bytes: whole * self.bytes.len() as u64 + rest_end as u64,
            checksum,
            messages: whole * messages(&self.events) + messages(rest),
            message_checksum: if all_are_messages {
                checksum
            } else {
                fnv1a_repeated(&message_data, whole, rest_message_data_end)
            },
        }
    }
}

/// FNV-1a, 32 bits, over `data` so many times and then its first `rest` bytes.
fn fnv1a_repeated(data: &[u8], times: u64, rest: usize) -> u32 {
    let add =
        |sum: u32, bytes: &[u8]| bytes.iter().fold(sum, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    add((0..times).fold(0x811c_9dc5, |sum, _| add(sum, data)), &data[..rest])
}

struct Written {
    id: Option<usize>,
    name: Option<String>,
    lines: Vec<String>,
}

fn write_event(shape: Shape, index: usize, random: &mut Random) -> Written {
    let message = |line: String| Written { id: None, name: None, lines: vec![line] };
    match shape {
        Shape::Tick30 => message(tick(random)),
        Shape::Llm110 => {
            let (id, word) = (random.next(), random.pick(&WORDS));
            message(format!(
                r#"{{"id":"chatcmpl-{id:016x}","choices":[{{"index":0,"delta":{{"content":" {word}"}},"logprobs":null}}]}}"#
            ))
        }
        Shape::Llm230 => {
            let text = text_of(110, " ", &WORDS, random);
            let line = format!(
                r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
            );
            Written { id: None, name: Some("content_block_delta".into()), lines: vec![line] }
        }
        Shape::Chinese => message(format!(r#"{{"delta":"{}"}}"#, text_of(120, "", &CHINESE, random))),
        Shape::Emoji => {
            let words = text_of(60, " ", &WORDS, random);
            let (first, second) = (random.pick(&EMOJI), random.pick(&EMOJI));
            message(format!(r#"{{"delta":"{first} {words} {second}"}}"#))
        }
        Shape::Long16k => message(text_of(16 << 10, " ", &WORDS, random)),
        Shape::Line16m => message(text_of(16 << 20, " ", &WORDS, random)),
        Shape::Multiline => {
            let count = 2 + random.below(5);
            let lines = (0..count).map(|_| text_of(40, " ", &WORDS, random)).collect();
            Written { id: Some(index), name: None, lines }
        }
        Shape::Unlistened => {
            let name = match random.below(OTHER_TYPES + 1) {
                0 => None,
                number => Some(format!("type-{number:02}")),
            };
            Written { id: None, name, lines: vec![format!(r#"{{"number":{index},"tick":{}}}"#, tick(random))] }
        }
    }
}

fn tick(random: &mut Random) -> String {
    let symbol = random.pick(&["EUR", "USD", "JPY", "GBP", "CHF"]);
    format!(r#"{{"s":"{symbol}","p":{}.{:02}}}"#, 100 + random.below(900), random.below(100))
}

/// Words until there are `length` bytes of them or a little more.
fn text_of(length: usize, between: &str, words: &[&str], random: &mut Random) -> String {
    let mut text = random.pick(words).to_owned();
    while text.len() < length {
        text.push_str(between);
        text.push_str(random.pick(words));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_fnv_1a() {
        assert_eq!(fnv1a_repeated(b"foobar", 1, 0), 0xbf9c_f968);
        assert_eq!(fnv1a_repeated(b"foobar", 2, 3), fnv1a_repeated(b"foobarfoobarfoo", 1, 0));
    }

    #[test]
    fn events_have_the_size_that_the_shape_is_named_after() {
        for (shape, size) in [
            (Shape::Tick30, 30),
            (Shape::Llm110, 110),
            (Shape::Llm230, 230),
            (Shape::Long16k, 16 << 10),
            (Shape::Line16m, 16 << 20),
        ] {
            let block = Block::generate(shape, 1);
            let mean = block.bytes.len() / block.events.len();
            assert!(mean.abs_diff(size) * 100 <= size * 4, "{shape:?}: {mean} bytes");
        }
    }

    #[test]
    fn one_event_in_twenty_has_a_listener_in_unlistened() {
        let block = Block::generate(Shape::Unlistened, 1);
        assert_eq!(block.types().len(), 20);
        let count = block.events.len() as u64;
        assert!((count / 21..count / 19).contains(&block.totals(count).messages));
    }

    #[test]
    fn a_seed_gives_the_same_block_and_another_seed_another() {
        for (name, shape) in Shape::ALL {
            let block = Block::generate(shape, 7);
            assert_eq!(block.bytes, Block::generate(shape, 7).bytes, "{name}");
            assert_ne!(block.bytes, Block::generate(shape, 8).bytes, "{name}");
        }
    }
}
