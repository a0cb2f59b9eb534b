//! Drawing a code as one SVG path, crisp at every size.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules on each side, as the standard asks.
pub(super) const QUIET: u32 = 4;

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

pub(super) fn code(payload: &str) -> Result<QrCode, DrawError> {
    if payload.is_empty() {
        return Err(DrawError::Empty);
    }
    QrCode::with_error_correction_level(payload, EcLevel::M).map_err(|_| DrawError::TooLong)
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
