//! `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`: one encrypted value.

use crate::error::Problem;
use crate::scalar;
use crate::tree::{Scalar, Text};
use aes_gcm::aead::generic_array::typenum::{U12, U16, U32};
use aes_gcm::aead::rand_core::RngCore;
use aes_gcm::aead::{AeadInPlace, KeyInit, OsRng};
use aes_gcm::{AesGcm, aes::Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The key that encrypts the values of one file. Zeroed when dropped, never formatted.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Takes over the plaintext of a recipient's copy; `None` when it is not 32 bytes.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// Makes a new key; `None` when the operating system gives no random numbers.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(key.as_mut_slice()).ok()?;
        Some(Self(key))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Returns the same key once more.
    pub(crate) fn copy(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The type that an encrypted value carries. It is not authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// `str`.
    Text,
    /// `int`.
    Int,
    /// `float`.
    Float,
    /// `bool`.
    Bool,
    /// `bytes`, which old versions wrote.
    Bytes,
    /// `time`.
    Time,
    /// `comment`.
    Comment,
}

impl ValueType {
    fn parse(tag: &str) -> Option<Self> {
        Some(match tag {
            "str" => Self::Text,
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            "bytes" => Self::Bytes,
            "time" => Self::Time,
            "comment" => Self::Comment,
            _ => return None,
        })
    }
}

/// Why one value cannot be decrypted. Says nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The rule of the file says encrypted, and this is not.
    #[error("is not encrypted, though the file's rule says that it is")]
    NotEncrypted,
    /// It begins as an encrypted value does and does not go on as one.
    #[error("is a damaged encrypted value: a field is missing or not base64")]
    Malformed,
    /// AES-GCM takes other nonces, SOPS writes 32 bytes.
    #[error("has an initialisation vector of a size that SOPS never writes")]
    Iv,
    /// The tag is no tag.
    #[error("has a damaged authentication tag")]
    Tag,
    /// The value, its place or the key is another.
    #[error(
        "does not decrypt: it was changed, moved to another key, or encrypted with another data key"
    )]
    Authentication,
    /// The type tag is none of SOPS's.
    #[error("has a type tag that SOPS does not know")]
    UnknownType,
    /// The plaintext does not read as the type tag says.
    #[error("does not read as the type that its tag names; the tag was changed")]
    WrongType,
}

const PREFIX: &str = "ENC[AES256_GCM,";

/// An encrypted value, split into its fields; still encoded.
struct Encrypted<'a> {
    data: &'a str,
    iv: &'a str,
    tag: &'a str,
    value_type: &'a str,
}

impl<'a> Encrypted<'a> {
    fn parse(text: &'a str) -> Result<Self, ValueError> {
        let fields = text.strip_prefix(PREFIX).ok_or(ValueError::NotEncrypted)?;
        let parse = || {
            let fields = fields.strip_suffix(']')?;
            let (data, rest) = fields.strip_prefix("data:")?.split_once(",iv:")?;
            let (iv, rest) = rest.split_once(",tag:")?;
            let (tag, value_type) = rest.split_once(",type:")?;
            Some(Self {
                data,
                iv,
                tag,
                value_type,
            })
        };
        parse()
            .filter(|value| !value.data.is_empty())
            .ok_or(ValueError::Malformed)
    }
}

/// Tells whether a text begins as an encrypted value does.
pub(crate) fn looks_encrypted(text: &[u8]) -> bool {
    text.starts_with(PREFIX.as_bytes())
}

/// Returns the type tag of an encrypted value without decrypting it.
pub(crate) fn declared_type(text: &str) -> Option<ValueType> {
    Encrypted::parse(text)
        .ok()
        .and_then(|value| ValueType::parse(value.value_type))
}

/// What an encrypted text decrypts to.
pub(crate) enum Decrypted {
    Value(Scalar),
    Comment(Text),
}

/// Decrypts one value; `additional_data` is its place.
///
/// An empty text is an encrypted empty text: only the MAC protects it.
pub(crate) fn decrypt(
    text: &[u8],
    key: &DataKey,
    additional_data: &str,
) -> Result<Decrypted, ValueError> {
    if text.is_empty() {
        return Ok(Decrypted::Value(Scalar::Text(Text::default())));
    }
    let text = std::str::from_utf8(text).map_err(|_| ValueError::NotEncrypted)?;
    let value = Encrypted::parse(text)?;
    let value_type = ValueType::parse(value.value_type).ok_or(ValueError::UnknownType)?;
    let decode = |field: &str| STANDARD.decode(field).map_err(|_| ValueError::Malformed);
    let iv = decode(value.iv)?;
    let tag = decode(value.tag)?;
    let mut data = Zeroizing::new(decode(value.data)?);
    open(key, &iv, &tag, additional_data.as_bytes(), &mut data)?;
    let plaintext = Text::from(data.as_slice());
    Ok(Decrypted::Value(match value_type {
        ValueType::Comment => return Ok(Decrypted::Comment(plaintext)),
        ValueType::Text | ValueType::Bytes => Scalar::Text(plaintext),
        typed => {
            let text = plaintext.as_str().ok_or(ValueError::WrongType)?;
            match typed {
                ValueType::Int => text.parse().ok().map(Scalar::Int),
                ValueType::Float => text.parse().ok().map(Scalar::Float),
                ValueType::Bool => scalar::parse_bool(text).map(Scalar::Bool),
                _ => scalar::parse_time(text)
                    .filter(|_| text.contains('T'))
                    .map(|time| Scalar::Time(time.as_str().into())),
            }
            .ok_or(ValueError::WrongType)?
        }
    }))
}

/// Encrypts one value under a nonce of its own; `additional_data` is its place.
///
/// An empty text and null have no encrypted form.
pub(crate) fn encrypt(
    scalar: &Scalar,
    key: &DataKey,
    additional_data: &str,
) -> Result<String, Problem> {
    let value_type = match scalar {
        Scalar::Null | Scalar::Text(_) => "str",
        Scalar::Bool(_) => "bool",
        Scalar::Int(_) => "int",
        Scalar::Float(_) => "float",
        Scalar::Time(_) => "time",
    };
    seal(&scalar.mac_bytes(), value_type, key, additional_data)
}

/// Encrypts a comment under a nonce of its own; `additional_data` is the place of the map or list that
/// it is in.
pub(crate) fn encrypt_comment(
    text: &Text,
    key: &DataKey,
    additional_data: &str,
) -> Result<String, Problem> {
    seal(text, "comment", key, additional_data)
}

fn seal(
    text: &Text,
    value_type: &str,
    key: &DataKey,
    additional_data: &str,
) -> Result<String, Problem> {
    let mut iv = [0; 32];
    OsRng
        .try_fill_bytes(&mut iv)
        .map_err(|_| Problem::NoRandomness)?;
    let mut data = text.clone().into_inner();
    let tag = AesGcm::<Aes256, U32>::new(key.0.as_slice().into())
        .encrypt_in_place_detached(&iv.into(), additional_data.as_bytes(), &mut data)
        .map_err(|_| Problem::Limit("holds a value that is too large to encrypt"))?;
    Ok(format!(
        "{PREFIX}data:{},iv:{},tag:{},type:{value_type}]",
        STANDARD.encode(&*data),
        STANDARD.encode(iv),
        STANDARD.encode(tag)
    ))
}

fn open(
    key: &DataKey,
    iv: &[u8],
    tag: &[u8],
    additional_data: &[u8],
    data: &mut [u8],
) -> Result<(), ValueError> {
    if tag.len() != 16 {
        return Err(ValueError::Tag);
    }
    // GCM takes a nonce of any size, the crate one fixed by its type. SOPS writes 32 bytes; 12 and 16
    // are what other writers of the format use.
    macro_rules! open_with {
        ($size:ty) => {
            AesGcm::<Aes256, $size>::new(key.0.as_slice().into())
                .decrypt_in_place_detached(iv.into(), additional_data, data, tag.into())
                .map_err(|_| ValueError::Authentication)
        };
    }
    match iv.len() {
        32 => open_with!(U32),
        16 => open_with!(U16),
        12 => open_with!(U12),
        _ => Err(ValueError::Iv),
    }
}
