//! Works out every shape of a graph before it runs, and refuses graphs whose parts do not fit together.
//!
//! After [`check`] each operation meets inputs of exactly the shape it was checked with: the kernels need no
//! checks of their own.

use super::error::{ModelError, Result};
use super::graph::{Graph, Node};
use super::operation::{Convolution, Depthwise, Margins, Operation, Resize, Window};
use super::shape::{Image, Shape};

/// The most multiplications one run may take; the largest face model takes 0.3 billion.
const MAX_WORK: usize = 1 << 31;

/// The most values all tensors of a run may have together (1 GiB of floats); the face models stay under 20 million.
const MAX_TOTAL_VALUES: usize = 1 << 28;

/// Checks a graph from its input to its outputs.
///
/// # Errors
/// If a tensor is read before it is written or written twice, if shapes do not fit or differ from those the file
/// declares, or if a run would exceed the limits.
pub(super) fn check(graph: &Graph) -> Result<()> {
    let mut ready: Vec<bool> = graph.constants.iter().map(Option::is_some).collect();
    let (mut work, mut values) = (0_usize, 0_usize);
    mark(&mut ready, graph.input)?;
    for node in &graph.nodes {
        let inputs = node.inputs.iter().map(|&input| ready[input].then(|| &graph.shapes[input]));
        let inputs: Option<Vec<&Shape>> = inputs.collect();
        let inputs = inputs.ok_or(ModelError::Inconsistent("a tensor read before it is written"))?;
        let shape = output(node, &inputs)?;
        if shape != graph.shapes[node.output] {
            return Err(ModelError::Inconsistent("a declared shape"));
        }
        values += shape.values();
        work = work.saturating_add(cost(&node.operation, &shape)?);
        if work > MAX_WORK || values > MAX_TOTAL_VALUES {
            return Err(ModelError::TooLarge("work"));
        }
        mark(&mut ready, node.output)?;
    }
    let mut outputs = graph.outputs.iter();
    if !outputs.all(|&index| ready[index] && graph.nodes.iter().any(|node| node.output == index)) {
        return Err(ModelError::Inconsistent("an output nothing computes"));
    }
    Ok(())
}

fn mark(ready: &mut [bool], index: usize) -> Result<()> {
    if std::mem::replace(&mut ready[index], true) {
        return Err(ModelError::Inconsistent("a tensor written twice"));
    }
    Ok(())
}

/// The shape an operation makes of its inputs' shapes; there is at least one.
fn output(node: &Node, inputs: &[&Shape]) -> Result<Shape> {
    let first = inputs[0];
    match &node.operation {
        Operation::Convolution(convolution) => convolved(convolution, first.image()?),
        Operation::Depthwise(depthwise) => convolved_by_channel(depthwise, first.image()?),
        Operation::MaxPool(window) => windowed(window, first.image()?, first.channels()),
        Operation::Add(_) => match inputs {
            [a, b] if a == b => Ok(first.clone()),
            _ => Err(ModelError::Inconsistent("a sum of different shapes")),
        },
        Operation::Relu => Ok(first.clone()),
        Operation::Prelu(slopes) if slopes.len() == first.channels() => Ok(first.clone()),
        Operation::Prelu(_) => Err(ModelError::Inconsistent("the number of slopes")),
        Operation::Pad(margins) => padded(margins, first.image()?),
        Operation::Reshape(shape) if shape.values() == first.values() => Ok(shape.clone()),
        Operation::Reshape(_) => Err(ModelError::Inconsistent("a reshape to another size")),
        Operation::Concatenation { axis } => joined(*axis, inputs),
        Operation::Resize(resize) => resized(resize, first.image()?),
    }
}

fn convolved(convolution: &Convolution, image: Image) -> Result<Shape> {
    let Convolution { window, channels_in, weights, bias, .. } = convolution;
    let expected = window.area()?.checked_mul(*channels_in).and_then(|n| n.checked_mul(bias.len()));
    if image.channels != *channels_in || expected != Some(weights.len()) {
        return Err(ModelError::Inconsistent("the channels of a convolution"));
    }
    // The kernel lays out the windows of one row side by side.
    let [_, columns] = window.steps(image)?;
    Shape::new(vec![columns.count, window.size[0], window.size[1], *channels_in])?;
    windowed(window, image, bias.len())
}

fn convolved_by_channel(depthwise: &Depthwise, image: Image) -> Result<Shape> {
    let Depthwise { window, weights, bias, .. } = depthwise;
    if image.channels != bias.len() || window.area()?.checked_mul(image.channels) != Some(weights.len()) {
        return Err(ModelError::Inconsistent("the channels of a depthwise convolution"));
    }
    windowed(window, image, image.channels)
}

fn windowed(window: &Window, image: Image, channels: usize) -> Result<Shape> {
    let [rows, columns] = window.steps(image)?;
    Image { height: rows.count, width: columns.count, channels }.shape()
}

fn padded(margins: &Margins, image: Image) -> Result<Shape> {
    let grown = |length: usize, [before, after]: [usize; 2]| {
        length.checked_add(before).and_then(|n| n.checked_add(after)).ok_or(ModelError::TooLarge("margins"))
    };
    let height = grown(image.height, margins.rows)?;
    let width = grown(image.width, margins.columns)?;
    Image { height, width, channels: grown(image.channels, margins.channels)? }.shape()
}

fn joined(axis: usize, inputs: &[&Shape]) -> Result<Shape> {
    let mut dimensions = inputs[0].dimensions().to_vec();
    for input in &inputs[1..] {
        let other = input.dimensions();
        let same = other.len() == dimensions.len()
            && (0..other.len()).all(|index| index == axis || other[index] == dimensions[index]);
        if !same || axis >= other.len() {
            return Err(ModelError::Inconsistent("a concatenation of different shapes"));
        }
        dimensions[axis] += other[axis];
    }
    Shape::new(dimensions)
}

fn resized(resize: &Resize, image: Image) -> Result<Shape> {
    Image { height: resize.height, width: resize.width, channels: image.channels }.shape()
}

/// The multiplications an operation takes to make `output`.
fn cost(operation: &Operation, output: &Shape) -> Result<usize> {
    let per_value = match operation {
        Operation::Convolution(Convolution { weights, bias, .. }) => weights.len() / bias.len().max(1),
        Operation::Depthwise(Depthwise { window, .. }) | Operation::MaxPool(window) => window.area()?,
        Operation::Resize(_) => 4,
        _ => 1,
    };
    output.values().checked_mul(per_value).ok_or(ModelError::TooLarge("work"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::tflite::operation::Activation;

    fn shape(dimensions: &[usize]) -> Shape {
        Shape::new(dimensions.to_vec()).unwrap()
    }

    fn graph(operation: Operation, inputs: Vec<usize>, shapes: Vec<Shape>) -> Graph {
        let output = shapes.len() - 1;
        let constants = shapes.iter().map(|_| None).collect();
        let nodes = vec![Node { operation, inputs, output }];
        Graph { shapes, constants, nodes, input: 0, outputs: vec![output] }
    }

    #[test]
    fn a_declared_shape_must_be_the_computed_one() {
        let window = Window { size: [2, 2], stride: [2, 2], dilation: [1, 1], padded: false };
        let pooled = |out| graph(Operation::MaxPool(window), vec![0], vec![shape(&[1, 5, 4, 3]), out]);
        assert_eq!(check(&pooled(shape(&[1, 2, 2, 3]))), Ok(()));
        assert!(check(&pooled(shape(&[1, 3, 2, 3]))).is_err());
    }

    #[test]
    fn tensors_are_written_before_they_are_read() {
        let shapes = vec![shape(&[1, 2]), shape(&[1, 2]), shape(&[1, 2])];
        let early = graph(Operation::Add(Activation::Identity), vec![0, 1], shapes);
        assert_eq!(check(&early), Err(ModelError::Inconsistent("a tensor read before it is written")));
    }

    #[test]
    fn a_window_larger_than_its_image_is_refused() {
        let window = Window { size: [9, 1], stride: [1, 1], dilation: [1, 1], padded: false };
        let pooled =
            graph(Operation::MaxPool(window), vec![0], vec![shape(&[1, 5, 4, 3]), shape(&[1, 1, 4, 3])]);
        assert!(check(&pooled).is_err());
    }
}
