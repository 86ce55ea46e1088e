//! Pictures: decoded within limits, put upright, and encoded again.

use super::{Clean, length, refused};
use crate::domain::ImageRules;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    metadata::Orientation,
};
use kernel::Refusal;
use register::{MediaType, Stored};
use std::io::Cursor;

/// The picture in `bytes`, of type `kind`, and nothing else that is in them.
///
/// # Errors
/// When it is damaged, too large in pixels, or too large once encoded.
pub(super) fn clean(kind: MediaType, bytes: &[u8], rules: &ImageRules) -> Result<Clean, Refusal> {
    let picture = decode(kind, bytes, rules)?;
    let (width, height) = (picture.width(), picture.height());
    let bytes = encode(kind, picture, rules.jpeg_quality).map_err(damaged)?;
    if length(&bytes) > rules.most_bytes {
        return Err(refused(
            "图片重新编码后过大，请以 JPEG 上传",
            "the picture is too large once encoded; send a JPEG",
        ));
    }
    let stored = Stored { bytes: length(&bytes), width: Some(width), height: Some(height) };
    Ok(Clean { bytes, stored })
}

fn decode(kind: MediaType, bytes: &[u8], rules: &ImageRules) -> Result<DynamicImage, Refusal> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(rules.most_memory);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(kind));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    // Known from the header, before memory is taken for the pixels.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > rules.most_pixels || decoder.total_bytes() > rules.most_memory {
        return Err(flood());
    }
    // How the camera was held; it goes with the rest of what the camera wrote.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn encode(kind: MediaType, picture: DynamicImage, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    if kind == MediaType::Jpeg {
        let color = picture.color().has_color();
        let picture: DynamicImage = if color { picture.into_rgb8().into() } else { picture.into_luma8().into() };
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
    } else {
        picture.write_to(&mut bytes, format(kind))?;
    }
    Ok(bytes.into_inner())
}

fn format(kind: MediaType) -> ImageFormat {
    match kind {
        MediaType::Png => ImageFormat::Png,
        MediaType::Webp => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    }
}

fn flood() -> Refusal {
    refused("图片像素过多，请缩小后上传", "the picture has too many pixels")
}

#[expect(clippy::needless_pass_by_value, reason = "an error is mapped by value")]
fn damaged(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => flood(),
        _ => refused("图片已损坏或无法解码", "the picture is damaged"),
    }
}
