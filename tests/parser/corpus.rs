//! The fuzz target's corpus, read here too, so that what fuzzing found once stays found without a fuzzer.

use std::path::PathBuf;
use std::{env, fs};

use super::observed::{cut, observe};
use super::reference::interpret;
use super::tables;

/// Bytes at the beginning of a fuzz input that say how long the pieces are.
const LENGTHS: usize = 4;
/// Seeds at most of streams that are UTF-8, and of streams that are not: a fuzzer finds the rest by itself.
const MOST_SEEDS: (usize, usize) = (44, 16);

fn directory() -> PathBuf {
    PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap()).join("fuzz/corpus/parser")
}

#[test]
fn every_file_of_the_corpus_does_what_the_reference_says() {
    let files: Vec<_> = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let input = fs::read(&file).unwrap();
        let (lengths, stream) = input.split_at(LENGTHS.min(input.len()));
        let lengths: Vec<usize> = lengths.iter().copied().map(usize::from).collect();
        assert_eq!(observe(cut(stream, &lengths)), interpret(stream), "{}", file.display());
    }
}

/// `cargo test --test parser -- --ignored seeds`
#[test]
#[ignore = "writes into the tree"]
fn seeds_are_written_from_the_tables() {
    let short = tables::all().into_iter().filter(|case| case.stream.len() <= 120);
    let (whole, broken): (Vec<_>, Vec<_>) = short.partition(|case| str::from_utf8(&case.stream).is_ok());
    fs::create_dir_all(directory()).unwrap();
    for (cases, most) in [(whole, MOST_SEEDS.0), (broken, MOST_SEEDS.1)] {
        for case in cases.iter().step_by(cases.len().div_ceil(most)) {
            let words = case.name.split(|character: char| !character.is_ascii_alphanumeric());
            let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase();
            fs::write(directory().join(name), [&[3, 1, 17, 0][..], &case.stream].concat()).unwrap();
        }
    }
}
