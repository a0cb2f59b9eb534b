//! Receiving codes: reading them from pictures, telling what they are, drawing them.

mod drawn;
mod finder;
mod kind;
mod luma;
mod picture;

pub use drawn::{DrawError, Drawn, draw, jpeg, png};
pub use kind::{CodeKind, Warning, classify};
pub use picture::{LARGEST_PICTURE, MOST_PIXELS, PictureError, read_picture};

#[cfg(test)]
mod tests;
