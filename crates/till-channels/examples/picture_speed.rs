//! How long a picture takes: `cargo run --release -p till-channels --example picture_speed [files…]`.
//! Without files: twelve-megapixel photos drawn here, one with a code, one of noise without any (the whole ladder).
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::Instant;

use image::{GrayImage, Luma, codecs::jpeg::JpegEncoder};
use till_channels::codes::{draw, read_picture};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        timed(&path, &std::fs::read(&path)?);
    }
    let drawn = draw("wxp://f2f0KQyJcAvGTpZ4yGDs9n8vB1sQwMzXcVbNm")?;
    for (what, scale) in [("a code of half the height", 40), ("a small code", 10), ("no code, noise", 0)] {
        let mut state = 7u32;
        let mut picture = GrayImage::from_fn(3000, 4000, |x, y| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let spots = if scale == 0 && (x / 31 + y / 17) % 2 == 0 { 90 } else { 0 };
            Luma([100 + spots + u8::try_from(state >> 27).unwrap_or(0)])
        });
        for run in drawn.path.split('z').filter(|r| !r.is_empty()) {
            let numbers: Vec<u32> = run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            let (x, y, length) = (numbers[0], numbers[1], numbers[2]);
            for dy in 0..scale {
                for dx in 0..length * scale {
                    picture.put_pixel(700 + x * scale + dx, 900 + y * scale + dy, Luma([30]));
                }
            }
        }
        let mut bytes = Vec::new();
        let colour = image::DynamicImage::from(picture).into_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&colour)?;
        timed(what, &bytes);
    }
    Ok(())
}

fn timed(what: &str, bytes: &[u8]) {
    let start = Instant::now();
    let found = read_picture(bytes);
    println!("{what} ({} KB): {:?} → {found:?}", bytes.len() / 1024, start.elapsed());
}
