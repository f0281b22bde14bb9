//! The event stream format: bytes in, batches of records out.
//!
//! [`Parser`] implements [section 9.2.6 of the HTML standard][parsing] for a stream that comes in pieces. It
//! knows neither the web nor the network, allocates only what an unfinished event holds, and looks at each byte a
//! fixed number of times, however long a line is and however small the pieces are.
//!
//! [parsing]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

mod batch;
mod block;
mod buffered;
mod event_types;
mod field;
mod lines;
mod machine;
pub(crate) mod room;
mod simd;
mod utf16;

pub use batch::{Batch, Event, Events, Record, RecordKind, Records, Text};
pub use event_types::{MESSAGE, UNCACHED};
pub use machine::{Parser, ParserOptions, TooLarge};
