//! Reading FlatBuffers: tables, fields and vectors, every access checked against the file's length.
//!
//! Layout: <https://flatbuffers.dev/internals/>. A table starts with a signed offset back to its vtable; the vtable
//! holds its own length, the table's length, then one 16-bit offset per field, 0 meaning the field is absent.

use super::error::{ModelError, Result};

/// The most entries a vector of tables or numbers may have; the face models stay under a thousand. Vectors may name
/// the same bytes many times, so the file's length is no limit on what they unpack to.
const MAX_ENTRIES: usize = 1 << 12;

/// The bytes of a file.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads `bytes`, whatever they hold.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The table the file's first offset points to.
    pub(super) fn root(self) -> Result<Table<'a>> {
        Table::at(self, self.follow(0)?)
    }

    fn array<const N: usize>(self, at: usize) -> Result<[u8; N]> {
        self.0.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(ModelError::Truncated)
    }

    fn u16(self, at: usize) -> Result<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    fn u32(self, at: usize) -> Result<usize> {
        let value = u32::from_le_bytes(self.array(at)?);
        usize::try_from(value).map_err(|_| ModelError::Truncated)
    }

    fn i32(self, at: usize) -> Result<i32> {
        self.array(at).map(i32::from_le_bytes)
    }

    /// The position an unsigned offset stored at `at` points to.
    fn follow(self, at: usize) -> Result<usize> {
        shifted(at, self.u32(at)?)
    }
}

/// A table: its own position and that of its vtable.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    reader: Reader<'a>,
    at: usize,
    vtable: usize,
    vtable_length: usize,
}

impl<'a> Table<'a> {
    fn at(reader: Reader<'a>, at: usize) -> Result<Self> {
        let back = isize::try_from(reader.i32(at)?).map_err(|_| ModelError::Truncated)?;
        let signed = isize::try_from(at).ok().and_then(|at| at.checked_sub(back));
        let vtable = signed.and_then(|at| usize::try_from(at).ok()).ok_or(ModelError::Truncated)?;
        let vtable_length = usize::from(reader.u16(vtable)?);
        Ok(Self { reader, at, vtable, vtable_length })
    }

    /// Where field `index` is stored, `None` where it is left at its default.
    fn field(self, index: usize) -> Result<Option<usize>> {
        let entry = 4 + 2 * index;
        if entry + 2 > self.vtable_length {
            return Ok(None);
        }
        match self.reader.u16(shifted(self.vtable, entry)?)? {
            0 => Ok(None),
            offset => shifted(self.at, usize::from(offset)).map(Some),
        }
    }

    /// Field `index` as a byte, `default` where absent.
    pub(super) fn byte(self, index: usize, default: u8) -> Result<u8> {
        self.field(index)?.map_or(Ok(default), |at| self.reader.array::<1>(at).map(|[byte]| byte))
    }

    /// Field `index` as a signed number, `default` where absent.
    pub(super) fn int(self, index: usize, default: i32) -> Result<i32> {
        self.field(index)?.map_or(Ok(default), |at| self.reader.i32(at))
    }

    /// Field `index` as a count or an index: a number that must not be negative.
    pub(super) fn count(self, index: usize, default: i32) -> Result<usize> {
        unsigned(self.int(index, default)?)
    }

    /// Field `index` as a table.
    pub(super) fn table(self, index: usize) -> Result<Option<Self>> {
        self.field(index)?.map(|at| Self::at(self.reader, self.reader.follow(at)?)).transpose()
    }

    /// Field `index` as a vector of tables, empty where absent.
    pub(super) fn tables(self, index: usize) -> Result<Vec<Self>> {
        self.entries(index)?.into_iter().map(|at| Self::at(self.reader, self.reader.follow(at)?)).collect()
    }

    /// Field `index` as a vector of signed numbers, empty where absent.
    pub(super) fn ints(self, index: usize) -> Result<Vec<i32>> {
        self.entries(index)?.into_iter().map(|at| self.reader.i32(at)).collect()
    }

    /// Field `index` as a vector of indices or lengths, none of them negative.
    pub(super) fn counts(self, index: usize) -> Result<Vec<usize>> {
        self.ints(index)?.into_iter().map(unsigned).collect()
    }

    /// Field `index` as bytes, empty where absent.
    pub(super) fn bytes(self, index: usize) -> Result<&'a [u8]> {
        let Some((start, length)) = self.vector(index)? else { return Ok(&[]) };
        let end = shifted(start, length)?;
        self.reader.0.get(start..end).ok_or(ModelError::Truncated)
    }

    /// The start and length of the vector in field `index`.
    fn vector(self, index: usize) -> Result<Option<(usize, usize)>> {
        let Some(field) = self.field(index)? else { return Ok(None) };
        let at = self.reader.follow(field)?;
        Ok(Some((shifted(at, 4)?, self.reader.u32(at)?)))
    }

    /// The positions of a vector's four-byte entries.
    fn entries(self, index: usize) -> Result<Vec<usize>> {
        let Some((start, length)) = self.vector(index)? else { return Ok(Vec::new()) };
        if length > MAX_ENTRIES {
            return Err(ModelError::TooLarge("vector length"));
        }
        (0..length).map(|entry| shifted(start, 4 * entry)).collect()
    }
}

fn shifted(at: usize, by: usize) -> Result<usize> {
    at.checked_add(by).ok_or(ModelError::Truncated)
}

fn unsigned(value: i32) -> Result<usize> {
    usize::try_from(value).map_err(|_| ModelError::Inconsistent("a negative count"))
}
