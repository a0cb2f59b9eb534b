#![allow(clippy::float_arithmetic, reason = "pictures are warped here, no money is near")]

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::{EcLevel, QrCode};

use super::*;

const WX: &str = "wxp://f2f0KQyJcAvGTpZ4yGDs9n8vB1sQwMzXcVbNm";
const ALI: &str = "https://qr.alipay.com/fkx05638zbuqwlowcz8ora8";

fn code(payload: &str, scale: u32) -> GrayImage {
    let code = QrCode::with_error_correction_level(payload, EcLevel::M).unwrap();
    let (width, modules) = (code.width() as u32, code.to_colors());
    let side = (width + 8) * scale;
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = ((x / scale).wrapping_sub(4), (y / scale).wrapping_sub(4));
        let dark = x < width && y < width && modules[(y * width + x) as usize] == qrcode::Color::Dark;
        Luma([if dark { 0 } else { 255 }])
    })
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// The code as a plane seen by a camera: turned, tilted, placed on a table of another grey.
fn photo(code: &GrayImage, size: (u32, u32), fill: f32, turn: f32, tilt: (f32, f32), table: u8) -> GrayImage {
    let (sin, cos) = turn.to_radians().sin_cos();
    let half = size.0.min(size.1) as f32 * fill / 2.0;
    GrayImage::from_fn(size.0, size.1, |px, py| {
        let (x, y) = ((px as f32 - size.0 as f32 / 2.0) / half, (py as f32 - size.1 as f32 / 2.0) / half);
        let depth = 1.0 + tilt.0 * x + tilt.1 * y;
        let (x, y) = (x / depth, y / depth);
        let (u, v) = (cos * x + sin * y, cos * y - sin * x);
        let at = |c: f32| (c + 1.0) / 2.0 * code.width() as f32 - 0.5;
        let (u, v) = (at(u), at(v));
        if u < 0.0 || v < 0.0 || u >= code.width() as f32 - 1.0 || v >= code.height() as f32 - 1.0 {
            return Luma([table]);
        }
        let (iu, iv, fu, fv) = (u as u32, v as u32, u.fract(), v.fract());
        let p = |x: u32, y: u32| f32::from(code.get_pixel(x, y)[0]);
        let top = p(iu, iv) * (1.0 - fu) + p(iu + 1, iv) * fu;
        let bottom = p(iu, iv + 1) * (1.0 - fu) + p(iu + 1, iv + 1) * fu;
        Luma([(top * (1.0 - fv) + bottom * fv) as u8])
    })
}

fn light(picture: &GrayImage, low: u8, high: u8, noise: u8, shadow: bool, seed: u64) -> GrayImage {
    let mut random = Random(seed);
    let width = picture.width().max(1);
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let own = i64::from(low) + i64::from(picture.get_pixel(x, y)[0]) * i64::from(high - low) / 255;
        let own = if shadow { own * i64::from(40 + 60 * x / width) / 100 } else { own };
        let shake = if noise == 0 { 0 } else { random.next(u64::from(noise) * 2 + 1) as i64 - i64::from(noise) };
        Luma([(own + shake).clamp(0, 255) as u8])
    })
}

fn with_logo(mut picture: GrayImage, share: u32) -> GrayImage {
    let side = picture.width() * share / 100;
    let start = (picture.width() - side) / 2;
    for y in start..start + side {
        for x in start..start + side {
            picture.put_pixel(x, y, Luma([if (x + y) / 5 % 2 == 0 { 90 } else { 200 }]));
        }
    }
    picture
}

fn file(picture: &GrayImage, format: ImageFormat, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    if format == ImageFormat::Jpeg {
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    } else {
        image::DynamicImage::from(picture.clone()).into_rgb8().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    }
    bytes
}

/// Everything a shop may hand us, with a name each.
fn gallery(payload: &'static str) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    {
        let plain = code(payload, 8);
        let mut add = |what: &str, bytes: Vec<u8>| out.push((what.to_owned(), bytes));
        for (format, kind) in [
            (ImageFormat::Png, "png"),
            (ImageFormat::Bmp, "bmp"),
            (ImageFormat::Gif, "gif"),
            (ImageFormat::WebP, "webp"),
        ] {
            add(kind, file(&plain, format, 0));
        }
        add("jpeg 30", file(&plain, ImageFormat::Jpeg, 30));
        add("tiny", file(&code(payload, 2), ImageFormat::Png, 0));
        add("one pixel a module", file(&code(payload, 1), ImageFormat::Png, 0));
        add("inverted", file(&luma::negated(&plain), ImageFormat::Png, 0));
        add("logo", file(&with_logo(plain.clone(), 22), ImageFormat::Png, 0));
        add("low contrast", file(&light(&plain, 110, 135, 0, false, 1), ImageFormat::Png, 0));
        add("dim", file(&light(&plain, 5, 35, 2, false, 2), ImageFormat::Jpeg, 70));
        add("noise", file(&light(&plain, 20, 235, 60, false, 3), ImageFormat::Jpeg, 70));
        add("much noise", file(&light(&plain, 30, 225, 110, false, 3), ImageFormat::Jpeg, 80));
        add("shadow", file(&light(&plain, 20, 230, 8, true, 4), ImageFormat::Jpeg, 70));
        for sigma in [2.0, 3.0, 4.0] {
            add(&format!("blur {sigma}"), file(&image::imageops::blur(&plain, sigma), ImageFormat::Jpeg, 70));
        }
        let sharp = code(payload, 12);
        for (i, turn) in [0.0, 5.0, 15.0, 30.0, 45.0, 90.0, 137.0, 180.0].into_iter().enumerate() {
            let shot = photo(&sharp, (1080, 1440), 0.6, turn, (0.1, -0.08), 140);
            add(&format!("turned {turn}"), file(&light(&shot, 25, 215, 12, i % 2 == 0, 5), ImageFormat::Jpeg, 60));
        }
        for tilt in [0.15, 0.22, 0.3, 0.38] {
            let shot = photo(&sharp, (1200, 1200), 0.6, 8.0, (tilt, 0.1), 90);
            add(&format!("tilted {tilt}"), file(&light(&shot, 25, 215, 10, false, 6), ImageFormat::Jpeg, 60));
        }
        for (fill, size) in [(0.5, (1800, 2400)), (0.25, (1800, 2400)), (0.15, (3000, 4000)), (0.1, (1800, 2400))] {
            let shot = photo(&sharp, size, fill, 12.0, (0.08, 0.05), 120);
            add(&format!("large, code {fill}"), file(&light(&shot, 30, 210, 10, true, 7), ImageFormat::Jpeg, 60));
        }
        let shot = photo(&with_logo(sharp.clone(), 20), (1080, 1440), 0.7, 20.0, (0.12, 0.1), 60);
        add("logo, tilted, dim", file(&light(&shot, 10, 90, 8, true, 8), ImageFormat::Jpeg, 50));
    }
    out
}

fn missed(payload: &str, gallery: Vec<(String, Vec<u8>)>) -> (usize, Vec<String>) {
    let total = gallery.len();
    let missed: Vec<String> = gallery
        .into_iter()
        .filter_map(|(name, bytes)| match read_picture(&bytes) {
            Ok(found) if found.iter().all(|f| f == payload) => None,
            Ok(found) => panic!("{name}: a wrong payload {found:?}"),
            Err(why) => Some(format!("{name} ({why})")),
        })
        .collect();
    println!("hit rate: {} of {total}; missed: {missed:?}", total - missed.len());
    (total, missed)
}

#[test]
fn the_gallery_is_read_wechat() {
    assert_eq!(missed(WX, gallery(WX)).1, Vec::<String>::new());
}

#[test]
fn the_gallery_is_read_alipay() {
    assert_eq!(missed(ALI, gallery(ALI)).1, Vec::<String>::new());
}

/// Worse than a careful person would hand in: half of them is good enough, a wrong payload never is.
#[test]
fn hard_ones() {
    let sharp = code(WX, 12);
    let mut out: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |what: String, picture: &GrayImage| out.push((what, file(picture, ImageFormat::Jpeg, 60)));
    for share in [26, 30] {
        add(format!("logo {share}"), &with_logo(sharp.clone(), share));
    }
    for tilt in [0.42, 0.48] {
        add(
            format!("tilted {tilt}"),
            &light(&photo(&sharp, (1200, 1200), 0.6, 8.0, (tilt, 0.15), 90), 25, 215, 10, false, 6),
        );
    }
    for sigma in [5.0, 6.0] {
        add(format!("blur {sigma}"), &image::imageops::blur(&code(WX, 8), sigma));
    }
    for length in [6u32, 10, 14] {
        let moved = GrayImage::from_fn(sharp.width(), sharp.height(), |x, y| {
            let sum: u32 = (0..length).map(|d| u32::from(sharp.get_pixel((x + d).min(sharp.width() - 1), y)[0])).sum();
            Luma([(sum / length) as u8])
        });
        add(format!("moved {length} of 12"), &light(&moved, 30, 220, 10, false, 9));
    }
    for period in [3, 5, 9] {
        let shot = photo(&sharp, (1080, 1440), 0.7, 6.0, (0.05, 0.05), 90);
        let screen = GrayImage::from_fn(shot.width(), shot.height(), |x, y| {
            let line = if (x + y / 3) % period < period / 2 { 70 } else { 0 };
            Luma([shot.get_pixel(x, y)[0].saturating_sub(line)])
        });
        add(format!("screen lines {period}"), &light(&screen, 40, 220, 10, false, 10));
    }
    for (low, high) in [(118, 128), (0, 12)] {
        add(format!("greys {low} to {high}"), &light(&sharp, low, high, 1, false, 11));
    }
    let glare = GrayImage::from_fn(sharp.width(), sharp.height(), |x, y| {
        let (dx, dy) = (i64::from(x) - 330, i64::from(y) - 330);
        let add = (200 - (dx * dx + dy * dy) / 60).clamp(0, 200) as u8;
        Luma([(sharp.get_pixel(x, y)[0] / 2 + 30).saturating_add(add)])
    });
    add("glare".into(), &glare);
    let (total, missed) = missed(WX, out);
    assert!(missed.len() * 2 <= total, "{missed:?}");
}

#[test]
fn two_codes_in_one_picture() {
    let (a, b) = (code(WX, 6), code(ALI, 6));
    let mut poster = GrayImage::from_pixel(a.width() + b.width() + 60, a.height().max(b.height()) + 40, Luma([240]));
    image::imageops::replace(&mut poster, &a, 20, 20);
    image::imageops::replace(&mut poster, &b, i64::from(a.width()) + 40, 20);
    let mut found = read_picture(&file(&poster, ImageFormat::Png, 0)).unwrap();
    found.sort();
    assert_eq!(found, [ALI, WX]);
}

#[test]
fn transparent_background() {
    let plain = code(WX, 6);
    let clear = image::RgbaImage::from_fn(plain.width(), plain.height(), |x, y| {
        image::Rgba([0, 0, 0, 255 - plain.get_pixel(x, y)[0]])
    });
    let mut bytes = Vec::new();
    clear.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    assert_eq!(read_picture(&bytes).unwrap(), [WX]);
}

#[test]
fn reasons() {
    assert_eq!(read_picture(b""), Err(PictureError::NotAPicture));
    assert_eq!(read_picture(b"hello"), Err(PictureError::NotAPicture));
    assert_eq!(read_picture(b"\x89PNG\r\n\x1a\nbroken"), Err(PictureError::NotAPicture));
    assert_eq!(read_picture(b"\0\0\0\x20ftypheic\0\0\0\0"), Err(PictureError::Unsupported("HEIC")));
    assert_eq!(read_picture(&vec![0; LARGEST_PICTURE + 1]), Err(PictureError::FileTooLarge));
    let grey = GrayImage::from_pixel(300, 300, Luma([128]));
    assert_eq!(read_picture(&file(&grey, ImageFormat::Png, 0)), Err(PictureError::NoCode));
    let torn = with_logo(code(WX, 8), 60);
    assert_eq!(read_picture(&file(&torn, ImageFormat::Png, 0)), Err(PictureError::Unreadable));
    // A header alone that promises 60000 x 60000.
    let mut bomb = file(&grey, ImageFormat::Bmp, 0);
    bomb[18..22].copy_from_slice(&60_000u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&60_000u32.to_le_bytes());
    assert_eq!(read_picture(&bomb), Err(PictureError::TooManyPixels));
}

#[test]
fn what_is_drawn_can_be_read() {
    for payload in [WX, ALI, "HTTPS://QR.ALIPAY.COM/FKX00000ABCDEF", "中文 payload"] {
        let drawn = draw(payload).unwrap();
        let scale = 4;
        let mut picture = GrayImage::from_pixel(drawn.size * scale, drawn.size * scale, Luma([255]));
        for run in drawn.path.split('z').filter(|r| !r.is_empty()) {
            let numbers: Vec<u32> = run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
            assert_eq!(length, back);
            for dy in 0..scale {
                for dx in 0..length * scale {
                    picture.put_pixel(x * scale + dx, y * scale + dy, Luma([0]));
                }
            }
        }
        assert_eq!(read_picture(&file(&picture, ImageFormat::Png, 0)).unwrap(), [payload]);
    }
    assert_eq!(draw(""), Err(DrawError::Empty));
    assert_eq!(draw(&"x".repeat(4000)), Err(DrawError::TooLong));
}

#[test]
fn a_picture_of_a_code_reads_as_the_code() {
    for payload in [WX, ALI, &"长".repeat(300)] {
        for (picture, magic) in [(png(payload), &b"\x89PNG"[..]), (jpeg(payload), &b"\xff\xd8\xff"[..])] {
            let picture = picture.unwrap();
            assert!(picture.starts_with(magic));
            assert_eq!(read_picture(&picture).unwrap(), [payload.to_owned()]);
        }
    }
    assert_eq!(png(""), Err(DrawError::Empty));
    assert_eq!(jpeg(&"x".repeat(5_000)), Err(DrawError::TooLong));
}
