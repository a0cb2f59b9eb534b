//! Codes out of pictures: screenshots, and photos that are dim, tilted, noisy or too big.
//!
//! A ladder of attempts from cheap to dear, bounded by a budget of pixels looked at: there is no clock in this crate.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{DynamicImage, GrayImage, ImageFormat, ImageReader};
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::qrcode::QRCodeReader;
use rxing::{Binarizer, BinaryBitmap, DecodeHints, Exceptions, Luma8LuminanceSource, Reader};

use super::kind::classify;
use super::{finder, luma};

/// The largest file, in bytes.
pub const LARGEST_PICTURE: usize = 20 * 1024 * 1024;
/// The largest picture, in pixels.
pub const MOST_PIXELS: u64 = 100_000_000;

/// Why no payload came out of a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More than 20 MB.
    #[error("the file is larger than 20 MB")]
    FileTooLarge,
    /// More than 100 million pixels, or more memory than such a picture needs.
    #[error("the picture is too large: at most 100 million pixels")]
    TooManyPixels,
    /// Not a picture at all, or a broken one.
    #[error("this is not a picture, or it is damaged")]
    NotAPicture,
    /// A picture of a kind we do not read. Carries its name.
    #[error("pictures of the kind {0} cannot be read: save it as PNG or JPEG")]
    Unsupported(&'static str),
    /// There is no code to be seen.
    #[error("no code found in the picture")]
    NoCode,
    /// There is a code, but it cannot be made out.
    #[error(
        "there is a code in the picture, but it cannot be read: take the photo closer, straight and in better light"
    )]
    Unreadable,
}

/// Payload texts found in a picture, receiving codes first. PNG, JPEG, WebP, BMP, GIF.
pub fn read_picture(bytes: &[u8]) -> Result<Vec<String>, PictureError> {
    let picture = grey(bytes)?;
    let mut search = Search { found: Vec::new(), seen: false, pixels_left: 90_000_000 };
    search.run(&picture);
    let Search { mut found, seen, .. } = search;
    if found.is_empty() {
        return Err(if seen { PictureError::Unreadable } else { PictureError::NoCode });
    }
    found.sort_by_key(|payload| {
        let kind = classify(payload);
        (kind.channel.is_none(), kind.warning.is_some())
    });
    Ok(found)
}

fn grey(bytes: &[u8]) -> Result<GrayImage, PictureError> {
    if bytes.len() > LARGEST_PICTURE {
        return Err(PictureError::FileTooLarge);
    }
    let format = match image::guess_format(bytes) {
        Ok(f @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Bmp | ImageFormat::Gif)) => f,
        Ok(ImageFormat::Tiff) => return Err(PictureError::Unsupported("TIFF")),
        Ok(ImageFormat::Avif) => return Err(PictureError::Unsupported("AVIF")),
        Ok(_) => return Err(PictureError::Unsupported("unknown")),
        Err(_) => return Err(other_kind(bytes).map_or(PictureError::NotAPicture, PictureError::Unsupported)),
    };
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().map_err(|_| PictureError::NotAPicture)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureError::TooManyPixels);
    }
    let mut reader = reader();
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(40_000);
    limits.max_image_height = Some(40_000);
    limits.max_alloc = Some(640 << 20);
    reader.limits(limits);
    let decoded = quietly(|| reader.decode()).ok_or(PictureError::NotAPicture)?;
    match decoded {
        Ok(picture) if picture.width() > 0 && picture.height() > 0 => Ok(on_white(picture)),
        Err(image::ImageError::Limits(_)) => Err(PictureError::TooManyPixels),
        _ => Err(PictureError::NotAPicture),
    }
}

/// Kinds that phones and chat programs hand out and `image` does not know.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    match (bytes.get(4..12), bytes.get(..4)) {
        (Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftyphevc" | b"ftypmsf1"), _) => Some("HEIC"),
        (Some(b"ftypavif" | b"ftypavis"), _) => Some("AVIF"),
        (_, Some(b"%PDF")) => Some("PDF"),
        (_, Some(b"<svg" | b"<?xm")) => Some("SVG"),
        _ => None,
    }
}

/// Transparent parts become white: a code with a transparent background is meant for paper.
fn on_white(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let with_alpha = picture.into_luma_alpha8();
    let (width, height) = with_alpha.dimensions();
    let grey = with_alpha.as_raw().chunks_exact(2).map(|p| {
        let (own, alpha) = (u32::from(p[0]), u32::from(p[1]));
        u8::try_from((own * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
    });
    GrayImage::from_raw(width, height, grey.collect()).unwrap_or_default()
}

/// The decoders are foreign code fed with foreign pictures: a panic in one of them is a failed attempt.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

struct Search {
    found: Vec<String>,
    seen: bool,
    pixels_left: u64,
}

#[derive(Clone, Copy)]
enum With {
    Rqrr,
    /// rxing with local thresholds.
    Local,
    /// rxing with one threshold for the whole picture: better on blur.
    Global,
}

impl Search {
    /// Climbs the ladder. Stops after the first rung on which something was read.
    fn run(&mut self, whole: &GrayImage) {
        use With::{Global, Local, Rqrr};
        let small_code = whole.width().max(whole.height()) < 400;
        let base = luma::at_most(whole, 1200);
        let base = base.as_ref().unwrap_or(whole);
        if self.rung(base, &[Rqrr, Local]) {
            return;
        }
        let clear = luma::stretched(base);
        if self.rung(&clear, &[Global, Local, Rqrr]) || self.rung(&luma::negated(&clear), &[Local, Global]) {
            return;
        }
        if small_code && self.rung(&luma::enlarged(base, 3), &[Local, Global, Rqrr]) {
            return;
        }
        for side in [700, 450] {
            let Some(less) = luma::at_most(&clear, side) else { continue };
            if self.rung(&less, &[Local, Global, Rqrr]) {
                return;
            }
        }
        if let Some(more) =
            luma::at_most(whole, 2600).or_else(|| (whole.width().max(whole.height()) > 1200).then(|| whole.clone()))
            && (self.rung(&more, &[Local, Rqrr]) || self.tiles(&more))
        {
            return;
        }
        for radius in [1, 2, 4] {
            if self.rung(&luma::stretched(&luma::smoothed(base, radius)), &[Local, Global, Rqrr]) {
                return;
            }
        }
        for radius in [15, 40] {
            let sharp = luma::thresholded(&luma::smoothed(base, 1), radius);
            if self.rung(&sharp, &[Global, Rqrr]) || self.rung(&luma::negated(&sharp), &[Global]) {
                return;
            }
        }
        if !self.centres(base) && !small_code {
            self.rung(&luma::enlarged(&luma::at_most(&clear, 450).unwrap_or(clear), 3), &[Local, Global]);
        }
    }

    /// A small code in a large picture: overlapping thirds.
    fn tiles(&mut self, more: &GrayImage) -> bool {
        let (width, height) = (more.width() / 2, more.height() / 2);
        if width < 100 || height < 100 {
            return false;
        }
        for (i, j) in [(1, 1), (1, 0), (1, 2), (0, 1), (2, 1), (0, 0), (2, 0), (0, 2), (2, 2)] {
            let tile = luma::cropped(more, i * width / 2, j * height / 2, width, height);
            if self.rung(&luma::stretched(&tile), &[With::Local]) {
                return true;
            }
        }
        false
    }

    /// The middle of the picture alone, larger: where people put the code.
    fn centres(&mut self, base: &GrayImage) -> bool {
        let (width, height) = base.dimensions();
        for share in [4, 3, 2] {
            let (w, h) = (width * share / 5, height * share / 5);
            if w < 40 || h < 40 {
                continue;
            }
            let middle = luma::stretched(&luma::cropped(base, (width - w) / 2, (height - h) / 2, w, h));
            let middle = if w.max(h) < 700 { luma::enlarged(&middle, 2) } else { middle };
            if self.rung(&middle, &[With::Local, With::Global, With::Rqrr]) {
                return true;
            }
        }
        false
    }

    /// Every reader given, on one picture. Several readers may each find another code.
    fn rung(&mut self, picture: &GrayImage, readers: &[With]) -> bool {
        let before = self.found.len();
        for with in readers {
            let pixels = u64::from(picture.width()) * u64::from(picture.height());
            // rqrr looks about ten times as long at a pixel.
            let cost = if matches!(with, With::Rqrr) { pixels * 4 } else { pixels };
            if picture.width() < 21 || picture.height() < 21 || self.pixels_left < cost {
                continue;
            }
            self.pixels_left -= cost;
            let payloads = match with {
                With::Rqrr => self.rqrr(picture),
                With::Local => self.rxing(picture, true),
                With::Global => self.rxing(picture, false),
            };
            for payload in payloads {
                if !payload.is_empty() && !self.found.contains(&payload) {
                    self.found.push(payload);
                }
            }
        }
        self.found.len() > before
    }

    fn rqrr(&mut self, picture: &GrayImage) -> Vec<String> {
        let read = quietly(|| {
            let mut prepared = rqrr::PreparedImage::prepare(picture.clone());
            let grids = prepared.detect_grids();
            grids.iter().filter_map(|g| g.decode().ok()).map(|(_, text)| text).collect()
        });
        read.unwrap_or_default()
    }

    fn rxing(&mut self, picture: &GrayImage, local: bool) -> Vec<String> {
        let source = || Luma8LuminanceSource::new(picture.as_raw().clone(), picture.width(), picture.height());
        let read = quietly(|| match local {
            true => look(&mut BinaryBitmap::new(HybridBinarizer::new(source()?))),
            false => look(&mut BinaryBitmap::new(GlobalHistogramBinarizer::new(source()?))),
        });
        match read {
            Some(Ok(payload)) => vec![payload],
            Some(Err(Exceptions::ChecksumException(_) | Exceptions::FormatException(_))) => {
                self.seen = true;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

fn look<B: Binarizer>(bitmap: &mut BinaryBitmap<B>) -> Result<String, Exceptions> {
    if finder::marks(bitmap.get_black_matrix()) > finder::NOISE {
        return Err(Exceptions::NOT_FOUND);
    }
    let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    QRCodeReader.decode_with_hints(bitmap, &hints).map(|result| result.getText().to_owned())
}
