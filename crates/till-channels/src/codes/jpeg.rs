//! A code as a JPEG, for protocols that promise one.

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma};
use qrcode::{Color, EcLevel, QrCode};

use super::DrawError;

const MODULE: u32 = 8;
const QUIET: u32 = 4;

/// A payload as a black and white JPEG, eight pixels a module, with four light modules around.
pub fn jpeg(payload: &str) -> Result<Vec<u8>, DrawError> {
    if payload.is_empty() {
        return Err(DrawError::Empty);
    }
    let code = QrCode::with_error_correction_level(payload, EcLevel::M).map_err(|_| DrawError::TooLong)?;
    let width = u32::try_from(code.width()).map_err(|_| DrawError::TooLong)?;
    let side = (width + 2 * QUIET) * MODULE;
    let modules = code.to_colors();
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let (column, row) = ((x / MODULE).wrapping_sub(QUIET), (y / MODULE).wrapping_sub(QUIET));
        let inside = column < width && row < width;
        let dark = inside && modules.get((row * width + column) as usize) == Some(&Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture).map_err(|_| DrawError::TooLong)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_reads_back() {
        let jpeg = super::jpeg("wxp://f2f0TEST").unwrap();
        assert_eq!(crate::codes::read_picture(&jpeg).unwrap(), ["wxp://f2f0TEST"]);
        assert!(super::jpeg("").is_err() && super::jpeg(&"x".repeat(9_000)).is_err());
    }
}
