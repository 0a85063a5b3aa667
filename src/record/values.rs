//! How single values stand in the stored form: secrets as bytes, read without a copy in between.

/// A secret as CBOR bytes, read without a copy in between.
pub(super) mod secret {
    use serde::{Deserializer, Serializer, de::Error as _};

    use crate::primitives::secret::Secret;

    pub(in crate::record) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(secret.expose())
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        let bytes = <&[u8] as serde::Deserialize>::deserialize(from)?;
        Secret::from_stored(bytes).map_err(D::Error::custom)
    }
}

/// Texts that are secret.
pub(super) mod texts {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use zeroize::Zeroizing;

    pub(in crate::record) fn serialize<S: Serializer>(
        texts: &[Zeroizing<String>],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().serialize(to)
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Zeroizing<String>>, D::Error> {
        let texts = Vec::<&str>::deserialize(from)?;
        Ok(texts.into_iter().map(|text| Zeroizing::new(text.to_owned())).collect())
    }
}

/// The root key, likewise.
pub(super) mod root {
    use serde::{Deserializer, Serializer, de::Error as _};

    pub(in crate::record) fn serialize<S: Serializer>(root: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(root)
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let bytes = <&[u8] as serde::Deserialize>::deserialize(from)?;
        bytes.try_into().map_err(D::Error::custom)
    }
}
