//! Codes in pictures. Input: a picture; or, where it is printable text, a payload that is drawn, coloured and read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use till_channels::codes::{draw, read_picture};
use till_fuzz::let_unwind;

/// Pixels of one module.
const MODULE: usize = 4;

/// A drawn code as an uncompressed BMP of 24 bits.
fn bmp(size: usize, path: &str) -> Vec<u8> {
    let side = size * MODULE;
    let mut dark = vec![false; size * size];
    // `M<x> <y>h<w>v1h-<w>z`, one unit a module.
    for run in path.split('M').skip(1) {
        let numbers: Vec<usize> = run
            .split(|c: char| !c.is_ascii_digit())
            .filter(|n| !n.is_empty())
            .map(|n| n.parse().expect("digits"))
            .collect();
        let (x, y, width) = (numbers[0], numbers[1], numbers[2]);
        dark[y * size + x..y * size + x + width].fill(true);
    }
    let row = (side * 3).next_multiple_of(4);
    let number = |n: usize| u32::try_from(n).expect("a small picture").to_le_bytes();
    let mut out = b"BM".to_vec();
    for n in [54 + row * side, 0, 54, 40, side, side, 0x18_0001, 0, row * side, 2835, 2835, 0, 0] {
        out.extend_from_slice(&number(n));
    }
    for y in (0..side).rev() {
        let start = out.len();
        for x in 0..side {
            let tone = if dark[y / MODULE * size + x / MODULE] { 20 } else { 235 };
            out.extend_from_slice(&[tone; 3]);
        }
        out.resize(start + row, 0);
    }
    out
}

fuzz_target!(
    init: let_unwind(),
    |data: &[u8]| {
        match std::str::from_utf8(data) {
            Ok(payload) if payload.len() <= 200 && payload.bytes().all(|b| b.is_ascii_graphic()) => {
                let Ok(drawn) = draw(payload) else { return };
                let found = read_picture(&bmp(drawn.size as usize, &drawn.path));
                assert_eq!(found.as_deref(), Ok([payload.to_owned()].as_slice()));
            }
            _ => match read_picture(data) {
                Ok(payloads) => assert!(!payloads.is_empty() && payloads.iter().all(|payload| !payload.is_empty())),
                Err(error) => assert!(!error.to_string().is_empty()),
            },
        }
    }
);
