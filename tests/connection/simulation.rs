//! Random worlds: servers that go down, come back, refuse, redirect to error pages and send streams of all lengths.
//! The client checks each step; here is what must hold of a whole life.

use eventsource_wasm::connection::{ReadyState, Request, RetryPolicy};

use super::client::{Client, Happened};
use super::random::{Random, simulations};
use super::server::{Answer, Asked, Piece, retry_after, status};

/// A world with a temper of its own, from a seed.
struct World {
    random: Random,
    /// What it mostly does now, and until when.
    mood: Mood,
    until: f64,
    /// From then on all is well.
    heals_at: f64,
}

#[derive(Clone, Copy, Debug)]
enum Mood {
    Well,
    Down,
    Overloaded,
    ClosesAtOnce,
    Broken,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x5eed);
        let heals_at = 60_000.0 + random.unit() * 3_600_000.0;
        Self { random, mood: Mood::Well, until: 0.0, heals_at }
    }

    fn answer(&mut self, asked: Asked, now: f64) -> Answer {
        if now >= self.until {
            self.mood = self.random.pick(&[Mood::Well, Mood::Down, Mood::Overloaded, Mood::ClosesAtOnce, Mood::Broken]);
            self.until = now + self.random.unit() * 300_000.0;
        }
        let mood = if now >= self.heals_at { Mood::Well } else { self.mood };
        match mood {
            Mood::Well => self.stream(20),
            Mood::Down => Answer::Down,
            Mood::Overloaded if self.random.below(3) == 0 => retry_after(429, &self.random.below(90).to_string()),
            Mood::Overloaded => status(self.random.pick(&[500, 502, 503, 504])),
            Mood::ClosesAtOnce => Answer::Stream(Vec::new()),
            Mood::Broken if matches!(asked, Asked::ProbeReach | Asked::ProbeRedirect) => Answer::Refused,
            Mood::Broken if self.random.below(2) == 0 => Answer::Down,
            Mood::Broken => self.stream(2),
        }
    }

    fn stream(&mut self, most: u64) -> Answer {
        let mut pieces: Vec<_> = (0..self.random.below(most + 1))
            .map(|_| match self.random.below(12) {
                0 => Piece::Retry(self.random.unit() * 10_000.0),
                1..=5 => Piece::Pause(self.random.unit() * 20_000.0),
                _ => Piece::Event,
            })
            .collect();
        if self.random.below(2) == 0 {
            pieces.push(Piece::Break);
        }
        Answer::Stream(pieces)
    }
}

fn policy(random: &mut Random) -> RetryPolicy {
    RetryPolicy {
        factor: 1.0 + random.unit() * 3.0,
        max_delay: 1000.0 + random.unit() * 59_000.0,
        jitter: random.pick(&[None, Some(0.0), Some(0.3), Some(1.0)]),
        statuses: vec![429, 500, 502, 503, 504],
        reset_after: random.unit() * 10_000.0,
        ..RetryPolicy::default()
    }
}

#[test]
fn whatever_the_world_does_it_comes_back_when_all_is_well() {
    for seed in 0..simulations() {
        let mut random = Random::new(seed);
        let policy = policy(&mut random);
        let max_delay = policy.max_delay;
        // Let in once, or of the same origin: otherwise a refusal by CORS would rightly be the end.
        let request = Request { repeatable: true, ..Request::default() };
        let mut client = Client::seeded(request, policy, random.unit() * 5000.0, seed);
        let mut world = World::new(seed);
        let (mut attempts, mut opened_after) = (0, None);
        while opened_after.is_none() {
            attempts += 1;
            assert!(attempts < 2_000_000, "seed {seed}: it asks and asks");
            let begun = client.now;
            let failure = client.attempt(&mut |asked, now| world.answer(asked, now)).expect("each attempt ends");
            let delay = failure.reconnect_in.unwrap_or_else(|| panic!("seed {seed}: it gave up: {failure:?}"));
            let ceiling = max_delay.max(client.connection.reconnection_time()).max(90_000.0);
            assert!(delay <= ceiling, "seed {seed}: {failure:?}");
            if begun >= world.heals_at {
                opened_after = Some(begun - world.heals_at);
            }
            client.now += delay;
        }
        // It came within one wait of the healing, and to an open connection.
        let waited = opened_after.unwrap_or(f64::INFINITY);
        let last = client.log.iter().rev().find(|(_, what)| matches!(what, Happened::Opened));
        assert!(last.is_some_and(|(at, _)| *at >= world.heals_at), "seed {seed}: it is not open");
        assert!(waited <= max_delay.max(client.connection.reconnection_time()).max(400_000.0), "seed {seed}: {waited}");
    }
}

#[test]
fn failures_in_a_row_never_become_a_hot_loop() {
    for seed in 0..simulations() {
        let mut random = Random::new(seed);
        let mut policy = policy(&mut random);
        // All of the delay may be chance, and then it may be nothing: that is what was asked for.
        policy.jitter = random.pick(&[None, Some(0.0), Some(0.3), Some(0.6)]);
        policy.factor = 1.5 + random.unit();
        // Nothing that this server does counts as good.
        policy.reset_after = f64::INFINITY;
        let reconnection_time = random.pick(&[0.0, 1.0, 50.0, 3000.0]);
        let mut client =
            Client::seeded(Request { repeatable: true, ..Request::default() }, policy, reconnection_time, seed);
        let answers = [Answer::Down, Answer::Stream(Vec::new()), status(503), Answer::Stream(vec![Piece::Break])];
        client.run(200, |_, _| answers[random.below(4) as usize].clone());
        // A minute after the beginning it asks at most every few hundred milliseconds.
        let late = client.delays().into_iter().flatten().skip(60);
        assert!(late.clone().count() > 0);
        assert!(late.min_by(f64::total_cmp) >= Some(400.0), "seed {seed}: {:?}", client.delays());
    }
}

#[test]
fn a_life_ends_only_with_a_reason() {
    for seed in 0..simulations() {
        let mut random = Random::new(seed);
        let mut policy = policy(&mut random);
        policy.max_attempts = random.pick(&[1.0, 3.0, f64::INFINITY]);
        policy.statuses.truncate(random.below(6) as usize);
        let request = Request {
            repeatable: random.below(2) == 0,
            one_shot_body: random.below(4) == 0,
            cross_origin: random.below(2) == 0,
            can_probe: random.below(2) == 0,
            ..Request::default()
        };
        let mut client = Client::seeded(request, policy, 1000.0, seed);
        let mut world = World::new(seed);
        client.run(300, |asked, now| world.answer(asked, now));
        let failures = client.failures();
        let (last, before) = failures.split_last().expect("something happened");
        assert!(before.iter().all(|failure| failure.reconnect_in.is_some()), "only the last one is final");
        assert_eq!(last.reconnect_in.is_none(), client.connection.state() == ReadyState::Closed, "seed {seed}");
        // Attempts are numbered without a gap.
        let mut number = 0;
        for asked in client.asked() {
            if let Asked::Attempt(next) = asked {
                number += 1;
                assert_eq!(next, number);
            }
        }
    }
}
