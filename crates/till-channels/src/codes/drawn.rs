//! Drawing a code: as one SVG path, crisp at every size, or as a picture to be saved and sent on.

use std::fmt::Write;
use std::io::Cursor;

use image::{GrayImage, ImageError, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode};

/// Light modules on each side, as the standard asks.
const QUIET: u32 = 4;
/// Pixels on the side of a picture, at most: enough for a phone that scans another phone's screen.
const PICTURE: u32 = 640;

/// A code, drawn. Use `viewBox="0 0 size size"` and `shape-rendering="crispEdges"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Modules on a side, with four light ones around.
    pub size: u32,
    /// The `d` of an SVG path, one unit a module: the dark modules, merged along each row.
    pub path: String,
}

/// Why a payload cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// Nothing to draw.
    #[error("there is nothing to draw")]
    Empty,
    /// More than a code of the largest size holds.
    #[error("the text is too long for a code")]
    TooLong,
    /// The picture could not be written.
    #[error("the picture could not be written: {0}")]
    Picture(String),
}

fn code(payload: &str) -> Result<QrCode, DrawError> {
    if payload.is_empty() {
        return Err(DrawError::Empty);
    }
    QrCode::with_error_correction_level(payload, EcLevel::M).map_err(|_| DrawError::TooLong)
}

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

/// Draws a payload with error correction level M.
pub fn draw(payload: &str) -> Result<Drawn, DrawError> {
    let code = code(payload)?;
    let width = code.width();
    let modules = code.to_colors();
    let mut path = String::new();
    for (row, line) in modules.chunks(width).enumerate() {
        let mut column = 0;
        while column < width {
            let start = column;
            while column < width && line[column] == Color::Dark {
                column += 1;
            }
            if column > start {
                let run = column - start;
                let (x, y) = (start + QUIET as usize, row + QUIET as usize);
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            column += 1;
        }
    }
    Ok(Drawn { size: u32::try_from(width).unwrap_or(177) + 2 * QUIET, path })
}
