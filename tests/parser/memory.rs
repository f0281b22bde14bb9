//! What the parser asks of the allocator: traffic linear in the stream, and never much more held than the limit allows.
//!
//! No clock: bytes asked for are counted, per thread, by a global allocator around the system's. That proves nothing
//! about how often a byte is looked at, and no count from outside can; but the streams here are so long and their
//! pieces so short that a parser which looked at the unfinished line again with each piece would read 100 GB and more,
//! and never come to the end of these tests.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use eventsource_wasm::parser::{Parser, ParserOptions};

thread_local! {
    /// Bytes asked for, and again at each growth all that may have to be moved.
    static TRAFFIC: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

fn count(traffic: usize, held: isize) {
    // A thread that is ending has no counters any more, and nothing that these tests ask about.
    let _ = TRAFFIC.try_with(|counter| counter.set(counter.get() + traffic));
    let _ = HELD.try_with(|counter| {
        counter.set(counter.get() + held);
        let _ = MOST_HELD.try_with(|most| most.set(most.get().max(counter.get())));
    });
}

// SAFETY: each call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), layout.size() as isize);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -(layout.size() as isize));
        // SAFETY: the pointer came from `System`, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old and the new place may both be held for a moment.
        count(size, size as isize);
        count(0, -(layout.size() as isize));
        // SAFETY: the pointer came from `System`, with this layout.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What feeding cost.
#[derive(Debug)]
struct Cost {
    /// Bytes that the allocator was asked for.
    traffic: usize,
    /// Most bytes held at once beyond what was held before.
    most_held: usize,
    /// Bytes held at the end beyond what was held before.
    held: isize,
}

fn cost(work: impl FnOnce()) -> Cost {
    let (traffic, held) = (TRAFFIC.get(), HELD.get());
    MOST_HELD.set(held);
    work();
    Cost { traffic: TRAFFIC.get() - traffic, most_held: (MOST_HELD.get() - held) as usize, held: HELD.get() - held }
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// What a parser may keep for its next pieces, whatever it is fed.
const KEPT: usize = 2 * MIB;

/// A long event in small pieces: `head`, then `body` again and again, then `tail`, which completes it.
struct Long {
    name: &'static str,
    head: &'static [u8],
    body: &'static [u8],
    tail: &'static [u8],
}

/// Bodies of 64 bytes, so that each is a piece.
const LONG: &[Long] = &[
    Long { name: "one line of data", head: b"data: ", body: &[b'x'; 64], tail: b"\n\n" },
    Long {
        name: "one line beyond ASCII",
        head: b"data: ",
        body: "中文é😀😀中文é😀😀中文é😀😀中文é😀é".as_bytes(),
        tail: b"\n\n",
    },
    Long { name: "one line of broken bytes", head: b"data: ", body: &[0xFF; 64], tail: b"\n\n" },
    Long {
        name: "many lines of data",
        head: b"",
        body: b"data: 23456789012345678901234567890\ndata: 2345678901234567890123\r\n",
        tail: b"\n",
    },
    Long {
        name: "data without a colon",
        head: b"",
        body: b"data\rdata\rdata\ndata\ndata\rdata\rdata\ndata\ndata\rdata\rdata\ndata\n:3\n",
        tail: b"\n",
    },
    Long { name: "an id", head: b"data: a\nid: ", body: &[b'x'; 64], tail: b"\n\n" },
    Long { name: "a type", head: b"data: a\nevent: ", body: &[b'x'; 64], tail: b"\n\n" },
    Long {
        name: "data with retries between",
        head: b"",
        body: b"data: 234567890123456789012345678901234567890123456789\nretry: 10\n",
        tail: b"\n",
    },
    Long {
        name: "data with ids and types between",
        head: b"",
        body: b"data: 234567890123456789012345678901\nid: 23456789\nevent: 90123456\n",
        tail: b"\n",
    },
];

/// Feeds a long event, `pieces` bodies long, and says what that cost.
fn feed(parser: &mut Parser, long: &Long, pieces: usize) -> Cost {
    cost(|| {
        parser.feed(long.head);
        for _ in 0..pieces {
            assert_eq!(parser.feed(long.body).events().count(), 0, "{}", long.name);
        }
        assert_eq!(parser.feed(long.tail).events().count(), 1, "{}", long.name);
    })
}

#[test]
fn a_long_event_in_small_pieces_costs_memory_traffic_linear_in_its_length() {
    for long in LONG {
        for length in [256 * KIB, 4 * MIB] {
            let mut parser = Parser::default();
            let cost = feed(&mut parser, long, length / long.body.len());
            assert_eq!(parser.too_large(), None);
            // A buffer that doubles as it grows asks for four times what it holds in the end; the line, the field that
            // it becomes, the batch and the last event ID are such buffers. Broken bytes become three times as many.
            let most = if long.body[0] == 0xFF { 24 } else { 16 };
            assert!(cost.traffic < most * length + MIB, "{} of {length} bytes: {cost:?}", long.name);
        }
    }
}

#[test]
fn what_is_ignored_takes_no_memory() {
    let ignored: [(&str, &[u8], &[u8]); 5] = [
        ("a comment", b":", &[b'x'; 64]),
        ("an unknown field", b"unknown: ", &[b'x'; 64]),
        ("a line without a colon", b"x", &[b'x'; 64]),
        ("many comments", b"", b":234567890123456789012345678\n:23456789012345678901234567890\r\n:\n"),
        ("blank lines", b"", &[b'\n'; 64]),
    ];
    for (name, head, body) in ignored {
        let cost = cost(|| {
            let mut parser = Parser::default();
            parser.feed(head);
            for _ in 0..4 * MIB / body.len() {
                parser.feed(body);
            }
        });
        assert!(cost.traffic < KIB, "{name}: {cost:?}");
    }
}

#[test]
fn small_events_in_small_pieces_allocate_nothing_once_running() {
    let mut parser = Parser::default();
    let mut pieces = || {
        for _ in 0..1000 {
            for piece in b"event: tick\r\ndata: {\"price\": 1}\r\n\r\ndata: a\ndata: b\n\n".chunks(7) {
                parser.feed(piece);
                parser.table_in_utf16();
            }
        }
    };
    pieces();
    let cost = cost(pieces);
    assert_eq!(cost.traffic, 0, "{cost:?}");
}

#[test]
fn an_event_holds_a_few_times_the_limit_at_most() {
    let options = ParserOptions { max_event_size: MIB, verbose: false };
    for long in LONG {
        let mut parser = Parser::new(options);
        let cost = cost(|| {
            parser.feed(long.head);
            for _ in 0..8 * MIB / long.body.len() {
                if parser.too_large().is_some() {
                    break;
                }
                parser.feed(long.body);
            }
        });
        assert!(parser.too_large().is_some(), "{}", long.name);
        // A buffer that grows holds its old half beside its new double for a moment: three times the limit, for the
        // line and for what it becomes.
        assert!(cost.most_held < 6 * MIB + KIB, "{}: {cost:?}", long.name);
    }
}

#[test]
fn each_field_in_turn_at_its_limit_holds_a_few_times_the_limit() {
    let mut parser = Parser::new(ParserOptions { max_event_size: MIB, verbose: false });
    let cost = cost(|| {
        for field in ["data: ", "id: ", "event: ", "id: ", "event: ", "id: "] {
            parser.feed(field.as_bytes());
            for _ in 0..MIB / 64 {
                parser.feed(&[b'x'; 64]);
            }
            parser.feed(b"\n");
        }
        assert_eq!(parser.feed(b"\n").events().count(), 1);
    });
    assert_eq!(parser.too_large(), None);
    assert!(cost.most_held < 16 * MIB, "{cost:?}");
}

#[test]
fn the_memory_of_a_burst_is_given_back() {
    let ways: [fn(&mut Parser, &[u8]); 2] = [
        |parser, bytes| {
            parser.feed(bytes);
            parser.table_in_utf16();
        },
        |parser, bytes| {
            parser.reserve(bytes.len()).copy_from_slice(bytes);
            parser.scan();
            parser.gather(u32::MAX);
        },
    ];
    let bursts: [(&str, Vec<u8>); 7] = [
        ("a long line", [b"data: ", &vec![b'x'; 4 * MIB][..], b"\n\n"].concat()),
        ("joined lines", [&b"data: 23456789\n".repeat(MIB / 4)[..], b"\n"].concat()),
        ("an id", [b"id: ", &vec![b'x'; 4 * MIB][..], b"\n\n"].concat()),
        ("a type", [b"event: ", &vec![b'x'; 4 * MIB][..], b"\ndata\n\n"].concat()),
        ("small events", b"data\n\n".repeat(MIB / 2)),
        ("small events beyond ASCII", "data:é\n\n".as_bytes().repeat(MIB / 2)),
        ("small events of broken bytes", b"data:\xFF\n\n".repeat(MIB / 2)),
    ];
    for (name, bytes) in &bursts {
        for (length, way) in [(bytes.len(), 0), (64 * KIB, 0), (bytes.len(), 1), (64 * KIB, 1)] {
            let burst = ways[way];
            let mut parser = Parser::default();
            let cost = cost(|| {
                for piece in bytes.chunks(length) {
                    burst(&mut parser, piece);
                }
                burst(&mut parser, b"id\n\ndata: a\n\n");
                burst(&mut parser, b"data: b\n\n");
                burst(&mut parser, b"data: c\n\n");
            });
            assert!(cost.held < KEPT as isize, "{name} in pieces of {length} bytes, way {way}: {cost:?}");
        }
    }
}

#[test]
fn a_reset_gives_back_what_was_unfinished() {
    for long in LONG {
        let mut parser = Parser::default();
        let cost = cost(|| {
            parser.feed(long.head);
            for _ in 0..3 * MIB / long.body.len() {
                parser.feed(long.body);
            }
            parser.reset();
        });
        assert!(cost.held < KEPT as isize, "{}: {cost:?}", long.name);
    }
}

#[test]
fn a_stream_of_ever_new_types_does_not_grow() {
    let mut parser = Parser::default();
    let mut types = |numbers: std::ops::Range<usize>| {
        let mut block = Vec::with_capacity(KIB);
        for number in numbers {
            use std::io::Write;
            block.clear();
            write!(block, "event: type-{number:08}\nid: {number:08}\ndata: a\n\n").unwrap();
            assert_eq!(parser.feed(&block).events().count(), 1);
        }
    };
    types(0..1000);
    let cost = cost(|| types(1000..100_000));
    assert!(cost.most_held < 4 * KIB, "{cost:?}");
}
