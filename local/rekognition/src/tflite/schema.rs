//! The tables of a TFLite file, with names instead of field numbers.
//!
//! Field numbers follow TensorFlow's `lite/schema/schema.fbs`, which only ever appends.

use super::error::{ModelError, Result};
use super::flatbuffer::{Reader, Table};
use super::half;
use super::shape::Shape;

/// The identifier of a TFLite file, at bytes 4 to 8.
const IDENTIFIER: &[u8] = b"TFL3";

/// A file's first subgraph (the face models have no other).
pub(super) struct Subgraph<'a> {
    /// Every tensor the operators name by index.
    pub(super) tensors: Vec<StoredTensor<'a>>,
    /// The tensors the caller fills.
    pub(super) inputs: Vec<usize>,
    /// The tensors the caller reads.
    pub(super) outputs: Vec<usize>,
    /// The operators in the order they run.
    pub(super) operators: Vec<StoredOperator<'a>>,
}

/// One operator: what it does and on which tensors.
pub(super) struct StoredOperator<'a> {
    /// The number of the built-in operator.
    pub(super) code: i32,
    /// The tensors it reads.
    pub(super) inputs: Vec<usize>,
    /// The one tensor it writes.
    pub(super) output: usize,
    /// Its options table, where it has one.
    pub(super) options: Option<Table<'a>>,
}

/// One tensor; `data` is empty for those computed at run time.
pub(super) struct StoredTensor<'a> {
    /// Its dimensions.
    pub(super) shape: Shape,
    kind: u8,
    data: &'a [u8],
}

impl StoredTensor<'_> {
    /// Whether it holds 32-bit whole numbers (paddings, sizes).
    pub(super) fn is_whole(&self) -> bool {
        self.kind == 2
    }

    /// The constant's values as floats, `None` for a computed tensor.
    pub(super) fn floats(&self) -> Result<Option<Vec<f32>>> {
        if self.data.is_empty() {
            return Ok(None);
        }
        let floats: Vec<f32> = match self.kind {
            0 => self.data.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect(),
            1 => self.data.as_chunks().0.iter().copied().map(u16::from_le_bytes).map(half::to_f32).collect(),
            kind => return Err(ModelError::Unsupported { what: "weight type", code: kind.into() }),
        };
        if floats.len() != self.shape.values() {
            return Err(ModelError::Inconsistent("a constant's size"));
        }
        Ok(Some(floats))
    }

    /// The constant's values as counts (paddings, sizes); they are stored as 32-bit numbers.
    pub(super) fn counts(&self) -> Result<Vec<usize>> {
        if !self.is_whole() || self.data.len() != 4 * self.shape.values() {
            return Err(ModelError::Inconsistent("a constant of whole numbers"));
        }
        let numbers = self.data.as_chunks().0.iter().copied().map(i32::from_le_bytes);
        let counts: Option<Vec<usize>> = numbers.map(|number| usize::try_from(number).ok()).collect();
        counts.ok_or(ModelError::Inconsistent("a negative count"))
    }
}

/// Reads the first subgraph of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Subgraph<'_>> {
    if bytes.get(4..8) != Some(IDENTIFIER) {
        return Err(ModelError::NotAModel);
    }
    let model = Reader::new(bytes).root()?;
    let codes = model.tables(1)?.into_iter().map(operator_code).collect::<Result<Vec<_>>>()?;
    let buffers = model.tables(4)?;
    let subgraph = *model.tables(2)?.first().ok_or(ModelError::Inconsistent("no subgraph"))?;
    let tensors = subgraph.tables(0)?.into_iter().map(|table| tensor(table, &buffers));
    let tensors = tensors.collect::<Result<Vec<_>>>()?;
    let operators = subgraph.tables(3)?.into_iter().map(|table| operator(table, &codes, tensors.len()));
    Ok(Subgraph {
        inputs: indices(subgraph, 1, tensors.len())?,
        outputs: indices(subgraph, 2, tensors.len())?,
        operators: operators.collect::<Result<_>>()?,
        tensors,
    })
}

/// The operator's number: once a byte, since extended by a second field; the larger one counts.
fn operator_code(table: Table<'_>) -> Result<i32> {
    Ok(i32::from(table.byte(0, 0)?).max(table.int(3, 0)?))
}

fn tensor<'a>(table: Table<'a>, buffers: &[Table<'a>]) -> Result<StoredTensor<'a>> {
    let buffer = buffers.get(table.count(2, 0)?).ok_or(ModelError::Inconsistent("a buffer's index"))?;
    Ok(StoredTensor { shape: Shape::new(table.counts(0)?)?, kind: table.byte(1, 0)?, data: buffer.bytes(0)? })
}

fn operator<'a>(table: Table<'a>, codes: &[i32], tensors: usize) -> Result<StoredOperator<'a>> {
    let code = codes.get(table.count(0, 0)?).ok_or(ModelError::Inconsistent("an operator's index"))?;
    let [output] = indices(table, 2, tensors)?[..] else {
        return Err(ModelError::Inconsistent("an operator without exactly one output"));
    };
    Ok(StoredOperator { code: *code, inputs: indices(table, 1, tensors)?, output, options: table.table(4)? })
}

/// A vector of tensor indices, each of which exists.
fn indices(table: Table<'_>, field: usize, tensors: usize) -> Result<Vec<usize>> {
    let indices = table.counts(field)?;
    if indices.iter().any(|&index| index >= tensors) {
        return Err(ModelError::Inconsistent("a tensor's index"));
    }
    Ok(indices)
}
