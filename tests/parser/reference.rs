//! A second, slow implementation of the event stream format, for tests and fuzzing only: the standards' own sentences,
//! each with the code that does just that, over a whole stream at once. It shares nothing with `src/parser`.

/// What a stream does, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// An event is dispatched.
    Event { event_type: String, data: String, last_event_id: String },
    /// The reconnection time is set, in milliseconds; where 64 bits do not hold it, the most that they hold.
    Retry(u64),
}

/// All that a stream did, and the last event ID string that it left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub happenings: Vec<Happening>,
    pub last_event_id: String,
}

/// Interprets a whole event stream, as HTML's section 9.2.6 "Interpreting an event stream" says.
pub fn interpret(stream: &[u8]) -> Outcome {
    // > Streams must be decoded using the UTF-8 decode algorithm.
    let text = utf8_decode(stream);
    let mut interpreter = Interpreter::default();
    // > The stream must then be parsed by reading everything line by line, …
    // > Lines must be processed, in the order they are received, as follows:
    for line in lines(&text) {
        interpreter.process_line(&line);
    }
    // > Once the end of the file is reached, any pending data must be discarded. (If the file ends in the middle of an
    // > event, before the final empty line, the incomplete event is not dispatched.)
    interpreter.outcome
}

/// > When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must be associated with
/// > it. They must be initialized to the empty string.
#[derive(Default)]
struct Interpreter {
    data_buffer: String,
    event_type_buffer: String,
    last_event_id_buffer: String,
    outcome: Outcome,
}

impl Interpreter {
    fn process_line(&mut self, line: &str) {
        if line.is_empty() {
            // > If the line is empty (a blank line): Dispatch the event, as defined below.
            self.dispatch_the_event();
        } else if line.starts_with('\u{003A}') {
            // > If the line starts with a U+003A COLON character (:): Ignore the line.
        } else if line.contains('\u{003A}') {
            // > If the line contains a U+003A COLON character (:): Collect the characters on the line before the first
            // > U+003A COLON character (:), and let field be that string.
            let field: String = line.chars().take_while(|&character| character != '\u{003A}').collect();
            // > Collect the characters on the line after the first U+003A COLON character (:), and let value be that
            // > string.
            let mut value: String = line.chars().skip_while(|&character| character != '\u{003A}').skip(1).collect();
            // > If value starts with a U+0020 SPACE character, remove it from value.
            if value.starts_with('\u{0020}') {
                value.remove(0);
            }
            // > Process the field using the steps described below, using field as the field name and value as the
            // > field value.
            self.process_the_field(&field, &value);
        } else {
            // > Otherwise, the string is not empty but does not contain a U+003A COLON character (:): Process the
            // > field using the steps described below, using the whole line as the field name, and the empty string
            // > as the field value.
            self.process_the_field(line, "");
        }
    }

    /// > The steps to process the field given a field name and a field value depend on the field name, as given in the
    /// > following list. Field names must be compared literally, with no case folding performed.
    fn process_the_field(&mut self, field_name: &str, field_value: &str) {
        match field_name {
            // > If the field name is "event": Set the event type buffer to the field value.
            "event" => self.event_type_buffer = field_value.to_owned(),
            // > If the field name is "data": Append the field value to the data buffer, then append a single U+000A
            // > LINE FEED (LF) character to the data buffer.
            "data" => {
                self.data_buffer.push_str(field_value);
                self.data_buffer.push('\u{000A}');
            }
            // > If the field name is "id": If the field value does not contain U+0000 NULL, then set the last event ID
            // > buffer to the field value. Otherwise, ignore the field.
            "id" if !field_value.contains('\u{0000}') => self.last_event_id_buffer = field_value.to_owned(),
            // > If the field name is "retry": If the field value consists of only ASCII digits, then interpret the
            // > field value as an integer in base ten, and set the event stream's reconnection time to that integer.
            // > Otherwise, ignore the field.
            "retry" => {
                if let Some(integer) = only_ascii_digits(field_value) {
                    self.outcome.happenings.push(Happening::Retry(integer));
                }
            }
            // > Otherwise: The field is ignored.
            _ => {}
        }
    }

    /// > For web browsers, the appropriate steps to dispatch the event are as follows:
    fn dispatch_the_event(&mut self) {
        // > 1. Set the last event ID string of the event source to the value of the last event ID buffer. The buffer
        // > does not get reset, so the last event ID string of the event source remains set to this value until the
        // > next time it is set by the server.
        self.outcome.last_event_id = self.last_event_id_buffer.clone();
        // > 2. If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string
        // > and return.
        if self.data_buffer.is_empty() {
            self.data_buffer = String::new();
            self.event_type_buffer = String::new();
            return;
        }
        // > 3. If the data buffer's last character is a U+000A LINE FEED (LF) character, remove the last character from
        // > the data buffer.
        if self.data_buffer.ends_with('\u{000A}') {
            self.data_buffer.pop();
        }
        // > 4. Let event be the result of creating an event using MessageEvent …
        // > 5. Initialize event's type attribute to "message", its data attribute to data buffer, … and its lastEventId
        // > attribute to the last event ID string of the event source.
        let mut event_type = String::from("message");
        let data = self.data_buffer.clone();
        let last_event_id = self.outcome.last_event_id.clone();
        // > 6. If the event type buffer has a value other than the empty string, change the type of the newly created
        // > event to equal the value of the event type buffer.
        if !self.event_type_buffer.is_empty() {
            event_type = self.event_type_buffer.clone();
        }
        // > 7. Set the data buffer and the event type buffer to the empty string.
        self.data_buffer = String::new();
        self.event_type_buffer = String::new();
        // > 8. Queue a task which … dispatches the newly created event at the EventSource object.
        self.outcome.happenings.push(Happening::Event { event_type, data, last_event_id });
    }
}

/// The integer of a string of ASCII digits. An empty string has no digit and is no integer, so it is none here.
fn only_ascii_digits(value: &str) -> Option<u64> {
    if value.is_empty() || !value.chars().all(|character| character.is_ascii_digit()) {
        return None;
    }
    let significant = value.trim_start_matches('0');
    match significant.len() {
        0 => Some(0),
        1..=20 => Some(significant.parse::<u128>().unwrap().min(u128::from(u64::MAX)) as u64),
        _ => Some(u64::MAX),
    }
}

/// The finished lines of a text.
///
/// > … with a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character
/// > not preceded by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not
/// > followed by a U+000A LINE FEED (LF) character being the ways in which a line can end.
fn lines(text: &[char]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut at = 0;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('\u{000D}', Some('\u{000A}')) => {
                lines.push(std::mem::take(&mut line));
                at += 2;
            }
            ('\u{000A}' | '\u{000D}', _) => {
                lines.push(std::mem::take(&mut line));
                at += 1;
            }
            (character, _) => {
                line.push(character);
                at += 1;
            }
        }
    }
    lines
}

/// The Encoding standard's "UTF-8 decode".
///
/// > 1. Let buffer be the result of peeking three bytes from ioQueue, converted to a byte sequence.
/// > 2. If buffer is 0xEF 0xBB 0xBF, then read three bytes from ioQueue. (Do nothing with those bytes.)
/// > 3. Process a queue with an instance of UTF-8's decoder, ioQueue, output, and "replacement".
fn utf8_decode(bytes: &[u8]) -> Vec<char> {
    let mut io_queue = bytes;
    if let [0xEF, 0xBB, 0xBF, rest @ ..] = io_queue {
        io_queue = rest;
    }
    let mut decoder = Utf8Decoder::default();
    let mut output = Vec::new();
    let mut at = 0;
    loop {
        match decoder.handler(io_queue.get(at).copied()) {
            Handled::Finished => return output,
            Handled::Continue => at += 1,
            Handled::CodePoint(code_point) => {
                at += 1;
                output.push(char::from_u32(code_point).expect("the decoder's boundaries let no surrogate through"));
            }
            // > Otherwise, if result is an error, switch on mode: "replacement": Push U+FFFD to output.
            Handled::Error { restored } => {
                output.push('\u{FFFD}');
                if !restored {
                    at += 1;
                }
            }
        }
    }
}

enum Handled {
    Finished,
    Continue,
    CodePoint(u32),
    /// Whether the byte goes back to the queue and is handled once more.
    Error {
        restored: bool,
    },
}

/// > UTF-8's decoder's has an associated UTF-8 code point, UTF-8 bytes seen, and UTF-8 bytes needed (all initially 0), a
/// > UTF-8 lower boundary (initially 0x80), and a UTF-8 upper boundary (initially 0xBF).
struct Utf8Decoder {
    code_point: u32,
    bytes_seen: u8,
    bytes_needed: u8,
    lower_boundary: u8,
    upper_boundary: u8,
}

impl Default for Utf8Decoder {
    fn default() -> Self {
        Self { code_point: 0, bytes_seen: 0, bytes_needed: 0, lower_boundary: 0x80, upper_boundary: 0xBF }
    }
}

impl Utf8Decoder {
    /// > UTF-8's decoder's handler, given ioQueue and byte, runs these steps:
    fn handler(&mut self, byte: Option<u8>) -> Handled {
        let Some(byte) = byte else {
            // > 1. If byte is end-of-queue and UTF-8 bytes needed is not 0, then set UTF-8 bytes needed to 0 and return
            // > error.
            if self.bytes_needed != 0 {
                self.bytes_needed = 0;
                // There is no byte to step over at the end of the queue.
                return Handled::Error { restored: true };
            }
            // > 2. If byte is end-of-queue, then return finished.
            return Handled::Finished;
        };
        // > 3. If UTF-8 bytes needed is 0, then, based on byte:
        if self.bytes_needed == 0 {
            match byte {
                // > 0x00 to 0x7F: Return a code point whose value is byte.
                0x00..=0x7F => return Handled::CodePoint(u32::from(byte)),
                // > 0xC2 to 0xDF: Set UTF-8 bytes needed to 1. Set UTF-8 code point to byte & 0x1F.
                0xC2..=0xDF => {
                    self.bytes_needed = 1;
                    self.code_point = u32::from(byte & 0x1F);
                }
                // > 0xE0 to 0xEF: If byte is 0xE0, then set UTF-8 lower boundary to 0xA0. If byte is 0xED, then set
                // > UTF-8 upper boundary to 0x9F. Set UTF-8 bytes needed to 2. Set UTF-8 code point to byte & 0xF.
                0xE0..=0xEF => {
                    if byte == 0xE0 {
                        self.lower_boundary = 0xA0;
                    }
                    if byte == 0xED {
                        self.upper_boundary = 0x9F;
                    }
                    self.bytes_needed = 2;
                    self.code_point = u32::from(byte & 0xF);
                }
                // > 0xF0 to 0xF4: If byte is 0xF0, then set UTF-8 lower boundary to 0x90. If byte is 0xF4, then set
                // > UTF-8 upper boundary to 0x8F. Set UTF-8 bytes needed to 3. Set UTF-8 code point to byte & 0x7.
                0xF0..=0xF4 => {
                    if byte == 0xF0 {
                        self.lower_boundary = 0x90;
                    }
                    if byte == 0xF4 {
                        self.upper_boundary = 0x8F;
                    }
                    self.bytes_needed = 3;
                    self.code_point = u32::from(byte & 0x7);
                }
                // > Otherwise: Return error.
                _ => return Handled::Error { restored: false },
            }
            // > Return continue.
            return Handled::Continue;
        }
        // > 4. If byte is not in the range UTF-8 lower boundary to UTF-8 upper boundary, inclusive, then:
        if !(self.lower_boundary..=self.upper_boundary).contains(&byte) {
            // > Set UTF-8 code point, UTF-8 bytes needed, and UTF-8 bytes seen to 0, set UTF-8 lower boundary to 0x80,
            // > and set UTF-8 upper boundary to 0xBF. Restore byte to ioQueue. Return error.
            *self = Self::default();
            return Handled::Error { restored: true };
        }
        // > 5. Set UTF-8 lower boundary to 0x80 and UTF-8 upper boundary to 0xBF.
        self.lower_boundary = 0x80;
        self.upper_boundary = 0xBF;
        // > 6. Set UTF-8 code point to (UTF-8 code point << 6) | (byte & 0x3F)
        self.code_point = (self.code_point << 6) | u32::from(byte & 0x3F);
        // > 7. Increase UTF-8 bytes seen by one.
        self.bytes_seen += 1;
        // > 8. If UTF-8 bytes seen is not equal to UTF-8 bytes needed, then return continue.
        if self.bytes_seen != self.bytes_needed {
            return Handled::Continue;
        }
        // > 9. Let codePoint be UTF-8 code point.
        let code_point = self.code_point;
        // > 10. Set UTF-8 code point, UTF-8 bytes needed, and UTF-8 bytes seen to 0.
        self.code_point = 0;
        self.bytes_needed = 0;
        self.bytes_seen = 0;
        // > 11. Return a code point whose value is codePoint.
        Handled::CodePoint(code_point)
    }
}
