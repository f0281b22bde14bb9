//! The judgement: what a response means, whether and when to connect again, what to say of a failure.
//!
//! A state machine without I/O, clock or random source: it is told facts ("the response is 200, text/event-stream",
//! "the bytes ended", "it is 12.5 s since the start") and answers what follows. It implements [section 9.2.3 of the
//! HTML standard][processing] and the policy that goes beyond it.
//!
//! [processing]: https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model

mod driver;
mod failure;
mod machine;
mod media_type;
mod policy;
mod retry_after;

pub use driver::{Body, Driver, End, Step};
pub use failure::{Cause, Failure, Reason};
pub use machine::{Connection, Moment, NetworkError, PageChange, PageVerdict, ReadyState, Request, Response, Verdict};
pub use media_type::is_event_stream;
pub use policy::RetryPolicy;
pub use retry_after::retry_after;
