//! Receiving codes: reading them from pictures, telling what they are, drawing them.

mod drawn;
#[cfg(feature = "pictures")]
mod finder;
mod kind;
#[cfg(feature = "pictures")]
mod luma;
#[cfg(feature = "pictures")]
mod picture;
#[cfg(feature = "pictures")]
mod saved;

pub use drawn::{DrawError, Drawn, draw};
pub use kind::{CodeKind, Warning, classify};
#[cfg(feature = "pictures")]
pub use picture::{LARGEST_PICTURE, MOST_PIXELS, PictureError, read_picture};
#[cfg(feature = "pictures")]
pub use saved::{jpeg, png};

#[cfg(test)]
#[cfg(feature = "pictures")]
mod tests;
