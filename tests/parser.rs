//! Native tests of the event stream format. Nothing here knows the connection or the web.
//!
//! `cargo test --test parser`; `PROPTEST_CASES=100000` makes the random part longer.

mod parser {
    mod corpus;
    mod cuts;
    mod limits;
    mod memory;
    mod observed;
    mod properties;
    mod reference;
    mod tables;
    mod verbose;
}
