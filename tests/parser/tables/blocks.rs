//! Lines together: what a block dispatches, and what goes on from block to block.

use super::super::reference::Happening::Retry;
use super::{Case, case, event, message};

pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("data lines are joined by LF", "data: a\ndata: b\ndata: c\n\n", [message("a\nb\nc")], ""),
        case("empty data lines are joined too", "data: \ndata: \ndata:\n\n", [message("\n\n")], ""),
        case("a trailing empty data line stays", "data: a\ndata:\n\n", [message("a\n")], ""),
        case("data after joined data", "data: a\ndata: b\n\ndata: c\n\n", [message("a\nb"), message("c")], ""),
        case("joined data after data", "data: a\n\ndata: b\ndata: c\n\n", [message("a"), message("b\nc")], ""),
        case("joined data twice", "data: a\ndata: b\n\ndata: c\ndata: d\n\n", [message("a\nb"), message("c\nd")], ""),
        case("the last type counts", "event: a\nevent: b\ndata: x\n\n", [event("b", "x", "")], ""),
        case("an empty type is the default", "event: a\nevent:\ndata: x\n\n", [message("x")], ""),
        case(
            "a type is its block's alone",
            "event: a\ndata: x\n\ndata: y\n\n",
            [event("a", "x", ""), message("y")],
            "",
        ),
        case("a type without data goes with its block", "event: a\n\ndata: x\n\n", [message("x")], ""),
        case(
            "a type that comes again",
            "event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: a\ndata: 3\n\n",
            [event("a", "1", ""), event("b", "2", ""), event("a", "3", "")],
            "",
        ),
        case("the last id counts", "id: 1\nid: 2\ndata: x\n\n", [event("message", "x", "2")], "2"),
        case(
            "an id stays until the next",
            "id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n",
            [event("message", "a", "1"), event("message", "b", "1"), event("message", "c", "2")],
            "2",
        ),
        case("an id counts without data", "id: 1\n\n", [], "1"),
        case("an id without data goes with later events", "id: 1\n\ndata: a\n\n", [event("message", "a", "1")], "1"),
        case(
            "an id counts from the end of its block on",
            "data: a\n\nid: 1\ndata: b\n\n",
            [message("a"), event("message", "b", "1")],
            "1",
        ),
        case("ids without data in a row", "id: 1\n\nid: 2\n\nid: 3\n\n", [], "3"),
        case("an id with a type and no data", "id: 1\nevent: t\n\ndata: a\n\n", [event("message", "a", "1")], "1"),
        case("an id with a comment alone", "id: 1\n: c\n\n", [], "1"),
        case("an id with a retry alone", "id: 1\nretry: 2\n\n", [Retry(2)], "1"),
        case("an id between data lines", "data: a\nid: 1\ndata: b\n\n", [event("message", "a\nb", "1")], "1"),
        case("a type between data lines", "data: a\nevent: t\ndata: b\n\n", [event("t", "a\nb", "")], ""),
        case("a retry between data lines", "data: a\nretry: 1\ndata: b\n\n", [Retry(1), message("a\nb")], ""),
        case(
            "an id beyond ASCII between data lines",
            "data: é\nid: 中\ndata: 😀\n\n",
            [event("message", "é\n😀", "中")],
            "中",
        ),
        case(
            "single and joined data in turn, beyond ASCII",
            "data: é\n\ndata: 中\ndata: 😀\n\ndata: 文\n\ndata: 😀\ndata: é\n\ndata: x\n\n",
            ["é", "中\n😀", "文", "😀\né", "x"].map(message),
            "",
        ),
        case(
            "ids, types and joined data, beyond ASCII",
            "id: é\nevent: 中\ndata: 😀\ndata: 1\n\nevent: 中\ndata: 文\nid: 😀\n\nevent: 文\ndata: é\ndata: 2\nid:\n\n",
            [event("中", "😀\n1", "é"), event("中", "文", "😀"), event("文", "é\n2", "")],
            "",
        ),
        case(
            "an ignored line beyond ASCII between data lines",
            "data: a\n: é中😀\ndata: b\nébè: 1\n\ndata: 😀\n\n",
            ["a\nb", "😀"].map(message),
            "",
        ),
        case(
            "a type longer than any that is kept",
            format!("event: {0}\ndata: a\n\nevent: {0}\ndata: b\n\n", "t".repeat(65)),
            [event(&"t".repeat(65), "a", ""), event(&"t".repeat(65), "b", "")],
            "",
        ),
        case("long data", format!("data: {}\n\n", "0123456789".repeat(30)), [message(&"0123456789".repeat(30))], ""),
    ];
    cases.extend(orders());
    cases.push(more_types_than_are_kept());
    cases
}

/// Data, id and type in every order, once and twice in a stream.
fn orders() -> Vec<Case> {
    let lines = ["data: é", "id: 1", "event: t"];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    orders
        .map(|order| {
            let block: String = order.iter().map(|&line| format!("{}\n", lines[line])).collect();
            case(
                &format!("fields in the order {order:?}"),
                format!("{block}\n{block}\n"),
                vec![event("t", "é", "1"); 2],
                "1",
            )
        })
        .into()
}

fn more_types_than_are_kept() -> Case {
    let names = || (0..70).chain(0..70).map(|number| format!("t{number}"));
    let stream: String = names().map(|name| format!("event:{name}\ndata\n\n")).collect();
    case("more types than are kept", stream, names().map(|name| event(&name, "", "")).collect::<Vec<_>>(), "")
}
