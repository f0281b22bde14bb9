//! Native tests of the connection's judgement, with a clock of their own. Nothing here knows the format or the web.
//!
//! `cargo test --test connection --no-default-features`; `SIMULATIONS=100000` makes the random parts longer.

mod connection {
    mod client;
    mod close;
    mod cors;
    mod delays;
    mod driver;
    mod facts;
    mod heartbeat;
    mod page;
    mod random;
    mod requests;
    mod responses;
    mod server;
    mod simulation;
}
