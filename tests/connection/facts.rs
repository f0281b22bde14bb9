//! Any facts in any order: bytes are read as what the world and the user do, `Connection` is told of it, and what must
//! hold of every answer is checked. Shared with the fuzz target, so it knows no test framework.

use eventsource_wasm::connection::{
    Cause, Connection, Failure, Moment, NetworkError, PageChange, PageVerdict, ReadyState, Reason, Request, Response,
    RetryPolicy, Verdict, retry_after,
};

/// What the hands are at, which says what facts can come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Nothing is under way: a new source, or one whose wait is over.
    Idle,
    /// A request is under way.
    Requesting,
    /// A probe is under way.
    Probing,
    /// A stream is accepted, and `open` not yet dispatched.
    Accepted,
    Reading,
    Waiting,
    /// The page is away.
    Resting,
    /// Closed, or failed for good.
    Over,
}

/// Reads values from bytes; zeros come after the last.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Small numbers, huge ones, and borders.
    fn number(&mut self) -> f64 {
        match self.byte() {
            0 => 0.0,
            250 => f64::MAX,
            251 => u64::MAX as f64,
            252 => 2_147_483_648.0,
            253 => 0.5,
            byte => f64::from(byte) * 10_f64.powi(i32::from(self.byte() % 8) - 1),
        }
    }

    /// From 0 up to 1; `closed`: with 1.
    fn share(&mut self, closed: bool) -> f64 {
        let byte = f64::from(self.byte());
        if closed { byte / 255.0 } else { byte / 256.0 }
    }

    fn text(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte() % 40).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        text
    }
}

struct Life<'a> {
    bytes: Bytes<'a>,
    connection: Connection,
    policy: RetryPolicy,
    request: Request,
    reconnection_time: f64,
    set_by_stream: bool,
    phase: Phase,
    now: f64,
    /// Requests and probes that are under way, and streams that are read.
    connections: u32,
    attempts: u32,
    /// Since the attempt at hand began.
    probes: u32,
    responded: bool,
    sent: u32,
}

/// Lives through what the bytes say; panics where something does not hold.
pub fn live(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let policy = RetryPolicy {
        factor: 1.0 + bytes.number(),
        max_delay: if bytes.flag() { f64::INFINITY } else { bytes.number() },
        jitter: if bytes.flag() { Some(bytes.share(true)) } else { None },
        max_attempts: if bytes.flag() { f64::INFINITY } else { f64::from(bytes.byte()) },
        statuses: if bytes.flag() { vec![429, 503, 204] } else { vec![] },
        reset_after: bytes.number(),
    };
    let flags = bytes.byte();
    let request = Request {
        repeatable: flags & 1 == 0,
        one_shot_body: flags & 6 == 2,
        cross_origin: flags & 8 == 8,
        can_probe: flags & 16 == 16,
        unfetchable: flags & 0xe0 == 0x60,
        is_stream: false,
        pause_when_hidden: bytes.flag(),
        heartbeat_timeout: bytes.flag().then(|| bytes.number()),
    };
    let reconnection_time = bytes.number();
    let connection = Connection::new(request, policy.clone(), reconnection_time);
    assert_eq!(connection.state(), ReadyState::Connecting);
    let mut life = Life {
        bytes,
        connection,
        policy,
        request,
        reconnection_time,
        set_by_stream: false,
        phase: Phase::Idle,
        now: 0.0,
        connections: 0,
        attempts: 0,
        probes: 0,
        responded: false,
        sent: 0,
    };
    // A little longer than the bytes: zeros are facts, too.
    while !life.bytes.0.is_empty() {
        life.step();
    }
    (0..4).for_each(|_| life.step());
}

impl Life<'_> {
    fn step(&mut self) {
        self.now += self.bytes.number().min(1e9);
        match self.bytes.byte() {
            // The user may do these at any time.
            0xff => self.close(),
            0xfe => self.reconnect(),
            0xfd if self.phase != Phase::Over => self.interrupted(Cause::ABORTED),
            0xf8..=0xfc => self.page(),
            _ => match self.phase {
                Phase::Idle => self.begin(),
                Phase::Requesting => self.answer(),
                Phase::Probing => self.probed(),
                Phase::Accepted => self.announce(),
                Phase::Reading => self.read(),
                Phase::Waiting => self.phase = Phase::Idle,
                Phase::Resting => self.page(),
                Phase::Over => self.late(),
            },
        }
        assert_eq!(self.connection.is_closed(), self.phase == Phase::Over, "{:?}", self.phase);
        assert_eq!(self.connection.state() == ReadyState::Open, self.phase == Phase::Reading, "{:?}", self.phase);
    }

    fn connect(&mut self) {
        assert_eq!(self.connections, 0, "a second connection at the same time");
        self.connections += 1;
    }

    fn begin(&mut self) {
        let moment = self.moment();
        if let Some(&failure) = self.connection.refusal(moment) {
            assert_eq!(failure.reconnect_in, None);
            assert!(!self.request.repeatable || self.request.one_shot_body, "{failure:?}");
            return self.fail(failure, 0.0);
        }
        self.attempts += 1;
        self.probes = 0;
        assert_eq!(self.connection.begin_attempt(moment.now), self.attempts);
        if self.bytes.byte() % 16 == 15 {
            return self.interrupted(Cause::NO_REQUEST);
        }
        self.send();
    }

    /// Sends the request itself.
    fn send(&mut self) {
        assert!(self.sent == 0 || !self.request.one_shot_body, "a body that is a stream was sent twice");
        assert!(!self.responded || self.request.repeatable, "sent again after a response had begun");
        self.sent = self.sent.saturating_add(1);
        self.connect();
        self.phase = Phase::Requesting;
    }

    fn answer(&mut self) {
        self.connections -= 1;
        match self.bytes.byte() % 8 {
            0..=3 => {
                self.connections += 1;
                self.respond(Response { status: 200, content_type: b"text/event-stream", retry_after: f64::NAN });
            }
            4 => {
                let moment = self.moment();
                if self.bytes.byte() % 16 == 15 {
                    self.connection.forbid();
                }
                let next = self.connection.network_error(moment);
                self.follow(next);
            }
            5 => self.interrupted(Cause::NO_REQUEST),
            _ => {
                let status = self.random_status();
                let (content_type, header) = (self.bytes.text(), self.bytes.text());
                let retry_after = retry_after(header, self.moment().now).unwrap_or(f64::NAN);
                self.connections += 1;
                self.respond(Response { status, content_type, retry_after });
            }
        }
    }

    fn random_status(&mut self) -> u16 {
        [200, 204, 301, 404, 429, 503, 0, u16::MAX][usize::from(self.bytes.byte() % 8)]
    }

    /// From 0 up to, not including, 1.
    fn moment(&mut self) -> Moment {
        Moment { now: 1.8e12 + self.now, random: self.bytes.share(false) }
    }

    fn respond(&mut self, response: Response<'_>) {
        self.responded = true;
        let moment = self.moment();
        match self.connection.response(response, moment) {
            Verdict::Open => {
                assert_eq!(response.status, 200);
                self.phase = Phase::Accepted;
            }
            Verdict::Failed => {
                let failure = *self.connection.failure();
                self.connections -= 1;
                assert_eq!(failure.status(), Some(response.status));
                let least = response.retry_after.max(0.0);
                if response.status != 200 {
                    assert!(failure.reconnect_in.is_none_or(|delay| delay >= least.min(f64::MAX)), "{failure:?}");
                }
                self.fail(failure, least);
            }
        }
    }

    fn follow(&mut self, next: NetworkError) {
        match next {
            NetworkError::ProbeReach | NetworkError::ProbeRedirect => {
                assert!(self.request.can_probe, "a probe where it makes no sense");
                self.probes += 1;
                assert!(self.probes <= 2, "it probes and probes");
                self.connect();
                self.phase = Phase::Probing;
            }
            NetworkError::Again => self.send(),
            NetworkError::Failed => self.fail(*self.connection.failure(), 0.0),
        }
    }

    fn probed(&mut self) {
        self.connections -= 1;
        let reached = self.bytes.flag();
        let moment = self.moment();
        let next = self.connection.probed(reached, moment);
        self.follow(next);
    }

    fn announce(&mut self) {
        self.connection.announce(1.8e12 + self.now);
        self.phase = Phase::Reading;
    }

    fn read(&mut self) {
        self.connection.reading(self.bytes.flag().then_some(self.now));
        let left = self.connection.heartbeat_left(self.now);
        assert_eq!(left, self.request.heartbeat_timeout, "a byte just came");
        match self.bytes.byte() % 8 {
            0..=2 => self.connection.event(),
            3 => {
                self.reconnection_time = self.bytes.number();
                self.set_by_stream = true;
                self.connection.set_reconnection_time(self.reconnection_time);
                assert_eq!(self.connection.reconnection_time(), self.reconnection_time);
            }
            4 => self.interrupted(Cause::ENDED),
            5 => self.interrupted(Cause::BROKEN),
            6 => self.interrupted(Cause::SILENCE),
            _ => self.interrupted(Cause::TOO_LARGE),
        }
    }

    /// The connection at hand, if there is one, is let go of.
    fn interrupted(&mut self, cause: &'static Cause) {
        self.connections = 0;
        let moment = self.moment();
        let failure = *self.connection.failed(cause, 1000, moment);
        assert_eq!(failure.cause, cause);
        self.fail(failure, 0.0);
    }

    fn fail(&mut self, mut failure: Failure, least: f64) {
        assert_eq!(self.connections, 0, "a connection outlives its failure");
        assert!(!failure.message("", "").is_empty(), "no reason: {failure:?}");
        assert!(failure.attempt >= 1);
        if let Some(delay) = failure.reconnect_in {
            let most = self.policy.max_delay.max(self.reconnection_time).max(least);
            let floor = if self.set_by_stream { self.reconnection_time } else { 0.0 };
            assert!(delay.is_finite() && delay >= floor && delay <= most, "{failure:?}, {floor} to {most}");
            assert!(f64::from(failure.attempt) < self.policy.max_attempts, "{failure:?}");
            assert!(!self.responded || self.request.repeatable, "{failure:?}");
        }
        // Only where the user said how to retry is there a function, and then a request may be repeated.
        if self.request.repeatable && failure.reason() != Reason::Aborted && self.bytes.byte() % 8 == 1 {
            let delay = self.bytes.flag().then(|| self.bytes.number());
            failure = *self.connection.decided(delay);
            assert!(failure.reconnect_in.is_none() || failure.reconnect_in == delay);
        }
        self.phase = if failure.reconnect_in.is_some() { Phase::Waiting } else { Phase::Over };
    }

    /// `reconnect()`: the connection or the wait at hand is given up for a new attempt.
    fn reconnect(&mut self) {
        self.connection.reconnect();
        // Whoever asks for it takes it on himself that the request is sent again.
        self.responded = false;
        if !matches!(self.phase, Phase::Resting | Phase::Over) {
            self.connections = 0;
            self.phase = Phase::Idle;
        }
    }

    fn page(&mut self) {
        let changes = [
            PageChange::Leaving,
            PageChange::Left,
            PageChange::Back,
            PageChange::Hidden,
            PageChange::Shown,
            PageChange::Online,
        ];
        let verdict = self.connection.page(changes[usize::from(self.bytes.byte() % 6)]);
        match verdict {
            _ if self.phase == Phase::Over => {}
            PageVerdict::GoOn => {}
            PageVerdict::Rest => {
                assert_ne!(self.phase, Phase::Resting, "it rests already");
                self.connections = 0;
                self.phase = Phase::Resting;
            }
            PageVerdict::Resume => {
                assert_eq!(self.phase, Phase::Resting, "there was no rest");
                self.phase = Phase::Idle;
            }
            PageVerdict::Hurry => {
                assert_ne!(self.phase, Phase::Resting, "the page is away");
                if self.phase == Phase::Waiting {
                    self.phase = Phase::Idle;
                }
            }
        }
        let patience = self.connection.patience();
        assert!((0.0..10_000.0).contains(&patience));
    }

    fn close(&mut self) {
        self.connection.close();
        self.connections = 0;
        self.phase = Phase::Over;
    }

    /// What was under way when it ended, and comes all the same.
    fn late(&mut self) {
        let moment = self.moment();
        match self.bytes.byte() % 7 {
            0 => {
                let stream = Response { status: 200, content_type: b"text/event-stream", retry_after: f64::NAN };
                if self.connection.response(stream, moment) == Verdict::Failed {
                    assert_eq!(self.connection.failure().reconnect_in, None);
                }
            }
            1 => self.connection.announce(moment.now),
            2 => self.connection.event(),
            3 => {
                let next = self.connection.network_error(moment);
                assert_eq!((next, self.connection.failure().reconnect_in), (NetworkError::Failed, None));
            }
            4 => {
                let next = self.connection.probed(self.bytes.flag(), moment);
                assert_eq!((next, self.connection.failure().reconnect_in), (NetworkError::Failed, None));
            }
            5 => {
                let failure = self.connection.failed(Cause::BROKEN, 0, moment);
                assert_eq!(failure.reconnect_in, None);
            }
            _ => self.connection.close(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::{Random, simulations};
    use super::live;

    #[test]
    fn the_facts_that_fuzzing_found_worth_keeping() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/connection");
        let inputs: Vec<_> = std::fs::read_dir(corpus).expect("the corpus is there").collect();
        assert!(inputs.len() > 10, "{} inputs in {corpus}", inputs.len());
        for input in inputs {
            let path = input.expect("an entry").path();
            live(&std::fs::read(&path).expect("an input"));
        }
    }

    #[test]
    fn random_facts_in_random_order() {
        for seed in 0..simulations() * 10 {
            let mut random = Random::new(seed);
            let length = random.below(300);
            let bytes: Vec<u8> = (0..length).map(|_| random.bits() as u8).collect();
            live(&bytes);
        }
    }
}
