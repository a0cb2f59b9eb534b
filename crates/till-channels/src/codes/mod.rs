//! Receiving codes: reading them from pictures, telling what they are, drawing them.

mod drawn;
#[cfg(feature = "pictures")]
mod finder;
#[cfg(feature = "pictures")]
mod jpeg;
mod kind;
#[cfg(feature = "pictures")]
mod luma;
#[cfg(feature = "pictures")]
mod picture;

pub use drawn::{DrawError, Drawn, draw};
#[cfg(feature = "pictures")]
pub use jpeg::jpeg;
pub use kind::{CodeKind, Warning, classify};
#[cfg(feature = "pictures")]
pub use picture::{LARGEST_PICTURE, MOST_PIXELS, PictureError, read_picture};

#[cfg(all(test, feature = "pictures"))]
mod tests;
