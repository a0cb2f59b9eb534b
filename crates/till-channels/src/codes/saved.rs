//! Drawing a code as a picture, to be saved and sent on.

use std::io::Cursor;

use image::{GrayImage, ImageError, ImageFormat, Luma};
use qrcode::Color;

use super::drawn::{DrawError, QUIET, code};

/// Pixels on a side, at most: enough for a phone that scans another phone's screen.
const PICTURE: u32 = 640;

/// Draws a payload as a PNG of some 600 pixels on a side.
pub fn png(payload: &str) -> Result<Vec<u8>, DrawError> {
    picture(payload, ImageFormat::Png)
}

/// Draws a payload as a JPEG of some 600 pixels on a side.
pub fn jpeg(payload: &str) -> Result<Vec<u8>, DrawError> {
    picture(payload, ImageFormat::Jpeg)
}

fn picture(payload: &str, format: ImageFormat) -> Result<Vec<u8>, DrawError> {
    let code = code(payload)?;
    let (width, modules) = (code.width(), code.to_colors());
    let size = u32::try_from(width).unwrap_or(177) + 2 * QUIET;
    let scale = (PICTURE / size).max(1);
    let image = GrayImage::from_fn(size * scale, size * scale, |x, y| {
        let [column, row] = [x, y].map(|at| (at / scale).wrapping_sub(QUIET) as usize);
        let dark = column < width && row < width && modules[row * width + column] == Color::Dark;
        Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).map_err(|cause: ImageError| DrawError::Picture(cause.to_string()))?;
    Ok(bytes.into_inner())
}
