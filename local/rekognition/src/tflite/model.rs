//! A loaded model and how it is run.

use std::borrow::Cow;

use super::error::{ModelError, Result};
use super::graph::Graph;
use super::operation::Operation;
use super::shape::Shape;
use super::{kernels, plan, schema};

/// A model that has been checked and is ready to run, any number of times and from any thread.
pub struct Model {
    graph: Graph,
    /// For each step, the tensors nothing reads after it.
    finished: Vec<Vec<usize>>,
}

/// A result of a model: its dimensions, outermost first, and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// The dimensions.
    pub shape: Vec<usize>,
    /// The values, the last dimension's side by side.
    pub values: Vec<f32>,
}

impl Model {
    /// Reads a TFLite file and checks that it can run.
    ///
    /// # Errors
    /// Whatever [`ModelError`] names; no input makes this panic.
    pub fn load(bytes: &[u8]) -> std::result::Result<Self, ModelError> {
        let graph = Graph::build(&schema::read(bytes)?)?;
        plan::check(&graph)?;
        let finished = finished(&graph);
        Ok(Self { graph, finished })
    }

    /// The dimensions of the input; an image is `[1, height, width, channels]`.
    #[must_use]
    pub fn input_shape(&self) -> &[usize] {
        self.graph.shapes[self.graph.input].dimensions()
    }

    /// Runs the model on `input` and returns its outputs in the model's order.
    ///
    /// # Errors
    /// If `input` does not have the input's number of values.
    pub fn run(&self, input: &[f32]) -> std::result::Result<Vec<Tensor>, ModelError> {
        let graph = &self.graph;
        let expected = graph.shapes[graph.input].values();
        if input.len() != expected {
            return Err(ModelError::Input { expected, actual: input.len() });
        }
        let mut values: Vec<Option<Cow<'_, [f32]>>> =
            graph.constants.iter().map(|constant| constant.as_deref().map(Cow::Borrowed)).collect();
        values[graph.input] = Some(Cow::Borrowed(input));
        for (node, finished) in graph.nodes.iter().zip(&self.finished) {
            let output = step(&node.operation, &inputs(graph, &values, &node.inputs)?)?;
            values[node.output] = Some(Cow::Owned(output));
            finished.iter().for_each(|&index| values[index] = None);
        }
        graph.outputs.iter().map(|&index| output(graph, &values, index)).collect()
    }
}

/// A tensor as an operation reads it.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) shape: &'a Shape,
    pub(super) values: &'a [f32],
}

/// What [`plan::check`] has ruled out.
const NOT_READY: ModelError = ModelError::Inconsistent("a tensor read before it is written");

fn inputs<'a>(
    graph: &'a Graph,
    values: &'a [Option<Cow<'_, [f32]>>],
    indices: &[usize],
) -> Result<Vec<Input<'a>>> {
    let input = |&index: &usize| {
        let values = values[index].as_deref().ok_or(NOT_READY)?;
        Ok(Input { shape: &graph.shapes[index], values })
    };
    indices.iter().map(input).collect()
}

fn output(graph: &Graph, values: &[Option<Cow<'_, [f32]>>], index: usize) -> Result<Tensor> {
    let values = values[index].as_deref().ok_or(NOT_READY)?.to_vec();
    Ok(Tensor { shape: graph.shapes[index].dimensions().to_vec(), values })
}

/// Runs one operation on its inputs, of which there is at least one.
fn step(operation: &Operation, inputs: &[Input<'_>]) -> Result<Vec<f32>> {
    let first = inputs[0];
    match operation {
        Operation::Convolution(convolution) => {
            kernels::convolve(convolution, first.shape.image()?, first.values)
        }
        Operation::Depthwise(depthwise) => {
            kernels::convolve_by_channel(depthwise, first.shape.image()?, first.values)
        }
        Operation::MaxPool(window) => kernels::max_pool(window, first.shape.image()?, first.values),
        Operation::Add(activation) => Ok(kernels::add(first.values, inputs[1].values, *activation)),
        Operation::Relu => Ok(kernels::relu(first.values)),
        Operation::Prelu(slopes) => Ok(kernels::prelu(first.values, slopes)),
        Operation::Pad(margins) => Ok(kernels::pad(margins, first.shape.image()?, first.values)),
        Operation::Reshape(_) => Ok(first.values.to_vec()),
        Operation::Concatenation { axis } => Ok(kernels::concatenate(*axis, inputs)),
        Operation::Resize(resize) => Ok(kernels::resize(resize, first.shape.image()?, first.values)),
    }
}

/// For each step, which of its inputs no later step reads; the model's outputs are kept.
fn finished(graph: &Graph) -> Vec<Vec<usize>> {
    let mut seen: Vec<bool> = graph.constants.iter().map(Option::is_some).collect();
    graph.outputs.iter().for_each(|&index| seen[index] = true);
    let backwards = graph.nodes.iter().rev().map(|node| {
        let last = |&&index: &&usize| !std::mem::replace(&mut seen[index], true);
        node.inputs.iter().filter(last).copied().collect()
    });
    let mut finished: Vec<Vec<usize>> = backwards.collect();
    finished.reverse();
    finished
}
