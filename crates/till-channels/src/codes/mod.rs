//! Receiving codes: reading them from pictures, telling what they are, drawing them.

mod drawn;
mod finder;
mod jpeg;
mod kind;
mod luma;
mod picture;

pub use drawn::{DrawError, Drawn, draw};
pub use jpeg::jpeg;
pub use kind::{CodeKind, Warning, classify};
pub use picture::{LARGEST_PICTURE, MOST_PIXELS, PictureError, read_picture};

#[cfg(test)]
mod tests;
