//! Streams, and by hand what each does: neither the parser nor the reference had a part in the expectations.

mod blocks;
mod fields;
mod lines;
mod utf8;

use super::reference::{Happening, Outcome};

/// A stream and what it does.
pub struct Case {
    /// The rule that it is about.
    pub name: String,
    pub stream: Vec<u8>,
    pub expected: Outcome,
}

fn case(name: &str, stream: impl AsRef<[u8]>, happenings: impl Into<Vec<Happening>>, last_event_id: &str) -> Case {
    Case {
        name: name.to_owned(),
        stream: stream.as_ref().to_vec(),
        expected: Outcome { happenings: happenings.into(), last_event_id: last_event_id.to_owned() },
    }
}

fn event(event_type: &str, data: &str, last_event_id: &str) -> Happening {
    Happening::Event {
        event_type: event_type.to_owned(),
        data: data.to_owned(),
        last_event_id: last_event_id.to_owned(),
    }
}

/// An event of the default type, with no id before it.
fn message(data: &str) -> Happening {
    event("message", data, "")
}

pub fn all() -> Vec<Case> {
    [lines::cases(), fields::cases(), blocks::cases(), utf8::cases()].into_iter().flatten().collect()
}
