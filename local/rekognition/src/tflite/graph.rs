//! The graph of a model: operations in order, and the constants they read.

use super::error::{ModelError, Result};
use super::operation::Operation;
use super::options::{Context, DEQUANTIZE};
use super::schema::{StoredOperator, StoredTensor, Subgraph};
use super::shape::Shape;

/// The most constant values a model may unpack to (256 MiB of floats).
const MAX_CONSTANT_VALUES: usize = 1 << 26;

/// What is left of [`MAX_CONSTANT_VALUES`]. Every copy counts: a file may name one buffer many times.
struct Budget(usize);

impl Budget {
    fn spend(&mut self, constant: Option<&Vec<f32>>) -> Result<()> {
        let left = self.0.checked_sub(constant.map_or(0, Vec::len));
        self.0 = left.ok_or(ModelError::TooLarge("constants"))?;
        Ok(())
    }
}

/// One step: an operation, the tensors it reads at run time and the one it writes.
pub(super) struct Node {
    pub(super) operation: Operation,
    pub(super) inputs: Vec<usize>,
    pub(super) output: usize,
}

/// A model's operations and tensors; tensors are named by index.
pub(super) struct Graph {
    /// Each tensor's shape as the file declares it.
    pub(super) shapes: Vec<Shape>,
    /// The values of the constants that are read at run time.
    pub(super) constants: Vec<Option<Vec<f32>>>,
    /// The steps in order.
    pub(super) nodes: Vec<Node>,
    /// The one tensor the caller fills.
    pub(super) input: usize,
    /// The tensors the caller reads.
    pub(super) outputs: Vec<usize>,
}

impl Graph {
    /// Builds the graph of a file's subgraph.
    pub(super) fn build(subgraph: &Subgraph<'_>) -> Result<Self> {
        let [input] = subgraph.inputs[..] else {
            return Err(ModelError::Inconsistent("a model without exactly one input"));
        };
        let mut budget = Budget(MAX_CONSTANT_VALUES);
        let mut constants = constants(subgraph, &mut budget)?;
        let mut nodes = Vec::new();
        for operator in &subgraph.operators {
            operator.inputs.iter().try_for_each(|&input| budget.spend(constants[input].as_ref()))?;
            if operator.code == DEQUANTIZE {
                let index = dequantized(operator, &subgraph.tensors)?;
                constants[operator.output] = constants[index].clone();
            } else {
                nodes.push(node(operator, &subgraph.tensors, &constants)?);
            }
        }
        keep_only(&mut constants, &nodes);
        let shapes = subgraph.tensors.iter().map(|tensor| tensor.shape.clone()).collect();
        Ok(Self { shapes, constants, nodes, input, outputs: subgraph.outputs.clone() })
    }
}

/// The float constants among a subgraph's tensors. Whole numbers (paddings, sizes) are read where they are used.
fn constants(subgraph: &Subgraph<'_>, budget: &mut Budget) -> Result<Vec<Option<Vec<f32>>>> {
    let mut constants = Vec::with_capacity(subgraph.tensors.len());
    for tensor in &subgraph.tensors {
        let floats = if tensor.is_whole() { None } else { tensor.floats()? };
        budget.spend(floats.as_ref())?;
        constants.push(floats);
    }
    Ok(constants)
}

/// The constant a dequantisation reads; both tensors have the same shape.
fn dequantized(operator: &StoredOperator<'_>, tensors: &[StoredTensor<'_>]) -> Result<usize> {
    match operator.inputs[..] {
        [index] if tensors[index].shape == tensors[operator.output].shape => Ok(index),
        _ => Err(ModelError::Inconsistent("a dequantisation")),
    }
}

fn node(
    operator: &StoredOperator<'_>,
    tensors: &[StoredTensor<'_>],
    constants: &[Option<Vec<f32>>],
) -> Result<Node> {
    let (operation, computed) = Context { operator, tensors, constants }.operation()?;
    let inputs = operator.inputs.get(..computed).filter(|inputs| !inputs.is_empty());
    let inputs = inputs.ok_or(ModelError::Inconsistent("a missing input"))?.to_vec();
    Ok(Node { operation, inputs, output: operator.output })
}

/// Drops the constants that already live in an operation.
fn keep_only(constants: &mut [Option<Vec<f32>>], nodes: &[Node]) {
    let mut read = vec![false; constants.len()];
    nodes.iter().flat_map(|node| &node.inputs).for_each(|&input| read[input] = true);
    for (constant, read) in constants.iter_mut().zip(read) {
        if !read {
            *constant = None;
        }
    }
}
