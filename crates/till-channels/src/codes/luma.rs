//! Grey pictures and what can be done to them, in whole numbers.

use image::GrayImage;
use image::imageops::{self, FilterType};

/// Scales down so that the longer side is at most `side`; averages, so fine noise goes too. `None` if already smaller.
pub(super) fn at_most(picture: &GrayImage, side: u32) -> Option<GrayImage> {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return None;
    }
    let scaled = |n: u32| u32::try_from(u64::from(n) * u64::from(side) / u64::from(longest)).unwrap_or(side).max(1);
    Some(imageops::thumbnail(picture, scaled(width), scaled(height)))
}

/// Scales up by a whole factor.
pub(super) fn enlarged(picture: &GrayImage, times: u32) -> GrayImage {
    imageops::resize(picture, picture.width() * times, picture.height() * times, FilterType::Triangle)
}

/// Spreads the greys between the 2nd and the 98th percentile over the whole range.
pub(super) fn stretched(picture: &GrayImage) -> GrayImage {
    let mut counts = [0u32; 256];
    for pixel in picture.as_raw() {
        counts[usize::from(*pixel)] += 1;
    }
    let edge = u32::try_from(picture.as_raw().len() / 50).unwrap_or(u32::MAX);
    let reach = |mut levels: Box<dyn Iterator<Item = usize>>| {
        let mut sum = 0;
        levels.by_ref().find(|l| {
            sum += counts[*l];
            sum > edge
        })
    };
    let low = i32::try_from(reach(Box::new(0..256)).unwrap_or(0)).unwrap_or(0);
    let high = i32::try_from(reach(Box::new((0..256).rev())).unwrap_or(255)).unwrap_or(255);
    let span = (high - low).max(1);
    mapped(picture, |p| u8::try_from(((i32::from(p) - low) * 255 / span).clamp(0, 255)).unwrap_or(0))
}

/// Black for white.
pub(super) fn negated(picture: &GrayImage) -> GrayImage {
    mapped(picture, |p| 255 - p)
}

fn mapped(picture: &GrayImage, by: impl Fn(u8) -> u8) -> GrayImage {
    let table: Vec<u8> = (0..=255).map(by).collect();
    let mut out = picture.clone();
    for pixel in out.iter_mut() {
        *pixel = table[usize::from(*pixel)];
    }
    out
}

/// Averages over `2 * radius + 1` squares: takes noise and screen patterns away.
pub(super) fn smoothed(picture: &GrayImage, radius: u32) -> GrayImage {
    around(picture, radius, |_, mean| u8::try_from(mean).unwrap_or(255))
}

/// Black or white by comparison with the neighbourhood: shadows and bright spots go.
pub(super) fn thresholded(picture: &GrayImage, radius: u32) -> GrayImage {
    around(picture, radius, |own, mean| if u32::from(own) * 100 < mean * 93 { 0 } else { 255 })
}

/// Calls `by(pixel, mean of the square around it)` for every pixel, through an integral picture.
fn around(picture: &GrayImage, radius: u32, by: impl Fn(u8, u32) -> u8) -> GrayImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let radius = radius as usize;
    let stride = width + 1;
    let mut sums = vec![0u32; stride * (height + 1)];
    for (y, row) in picture.as_raw().chunks(width).enumerate() {
        let mut line = 0u32;
        for (x, pixel) in row.iter().enumerate() {
            line += u32::from(*pixel);
            // 100 MP of white would overflow; working pictures are far smaller, and wrapping differences stay right.
            sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1].wrapping_add(line);
        }
    }
    let mut out = picture.clone();
    for (y, row) in out.chunks_mut(width).enumerate() {
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(height));
        for (x, pixel) in row.iter_mut().enumerate() {
            let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(width));
            let sum = sums[bottom * stride + right]
                .wrapping_sub(sums[top * stride + right])
                .wrapping_sub(sums[bottom * stride + left])
                .wrapping_add(sums[top * stride + left]);
            let count = u32::try_from((bottom - top) * (right - left)).unwrap_or(1);
            *pixel = by(*pixel, sum / count);
        }
    }
    out
}

/// A part of the picture.
pub(super) fn cropped(picture: &GrayImage, x: u32, y: u32, width: u32, height: u32) -> GrayImage {
    imageops::crop_imm(picture, x, y, width, height).to_image()
}
