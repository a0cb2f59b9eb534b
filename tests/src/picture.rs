//! Pictures of codes, made and read.

use anyhow::{Context, Result, ensure};
use image::{DynamicImage, ImageFormat, Luma};
use qrcode::{EcLevel, QrCode};

/// A picture as an owner would save it from the wallet: the code on a white card. PNG bytes.
pub fn of_code(payload: &str) -> Result<Vec<u8>> {
    let code = QrCode::with_error_correction_level(payload, EcLevel::M)?;
    let (modules, side, scale) = (code.to_colors(), code.width(), 8);
    let quiet = 6;
    let size = u32::try_from((side + 2 * quiet) * scale)?;
    let picture = image::GrayImage::from_fn(size, size, |x, y| {
        let (x, y) = (x as usize / scale, y as usize / scale);
        let inside = (quiet..quiet + side).contains(&x) && (quiet..quiet + side).contains(&y);
        let dark = inside && modules[(y - quiet) * side + (x - quiet)] == qrcode::Color::Dark;
        Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(picture).write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Every code in a screenshot, as text, sorted.
pub fn codes_in(png: &[u8]) -> Result<Vec<String>> {
    let picture = image::load_from_memory_with_format(png, ImageFormat::Png).context("no PNG")?.into_luma8();
    let mut prepared = rqrr::PreparedImage::prepare(picture);
    let mut found: Vec<String> =
        prepared.detect_grids().into_iter().filter_map(|grid| grid.decode().ok().map(|(_, text)| text)).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// Fails unless the screenshot shows exactly these codes.
pub fn shows(png: &[u8], payloads: &[&str]) -> Result<()> {
    let mut wanted: Vec<&str> = payloads.to_vec();
    wanted.sort_unstable();
    let found = codes_in(png)?;
    ensure!(found == wanted, "the picture shows {found:?}, wanted {wanted:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_made_picture_reads_back() {
        let png = super::of_code("wxp://f2f0abcdefGHIJ").unwrap();
        super::shows(&png, &["wxp://f2f0abcdefGHIJ"]).unwrap();
    }
}
