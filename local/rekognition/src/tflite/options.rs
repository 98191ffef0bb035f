//! From an operator as stored to an [`Operation`].
//!
//! The numbers of operators, activations and option fields are those of TensorFlow's `lite/schema/schema.fbs`.

use super::error::{ModelError, Result};
use super::flatbuffer::Table;
use super::operation::{Activation, Convolution, Depthwise, Margins, Operation, Resize, Window};
use super::schema::{StoredOperator, StoredTensor};

/// The operator that turns stored half precision weights into floats; they are floats here from the start.
pub(super) const DEQUANTIZE: i32 = 6;

/// An operator together with the tensors it reads.
pub(super) struct Context<'a, 'file> {
    /// The operator.
    pub(super) operator: &'a StoredOperator<'file>,
    /// All tensors of the graph.
    pub(super) tensors: &'a [StoredTensor<'file>],
    /// The values of those tensors that are constant.
    pub(super) constants: &'a [Option<Vec<f32>>],
}

impl<'file> Context<'_, 'file> {
    /// The operation and how many of the operator's inputs are computed ones.
    pub(super) fn operation(&self) -> Result<(Operation, usize)> {
        let operation = match self.operator.code {
            0 => return Ok((Operation::Add(self.activation(0)?), 2)),
            2 => return Ok((self.concatenation()?, self.operator.inputs.len())),
            3 => Operation::Convolution(self.convolution()?),
            4 => Operation::Depthwise(self.depthwise()?),
            17 => Operation::MaxPool(self.pool()?),
            19 => Operation::Relu,
            22 => Operation::Reshape(self.tensors[self.operator.output].shape.clone()),
            23 => Operation::Resize(self.resize()?),
            34 => Operation::Pad(self.margins()?),
            54 => Operation::Prelu(self.weights(1)?.to_vec()),
            code => return Err(ModelError::Unsupported { what: "operator", code }),
        };
        Ok((operation, 1))
    }

    fn convolution(&self) -> Result<Convolution> {
        let [channels_out, height, width, channels_in] = self.weight_shape()?;
        let stored = self.weights(1)?;
        let depth = stored.len() / channels_out;
        let mut weights = vec![0.0; stored.len()];
        // Stored one output channel after the other; the kernel wants all outputs of one input side by side.
        for (output, column) in stored.chunks_exact(depth).enumerate() {
            for (row, &weight) in column.iter().enumerate() {
                weights[row * channels_out + output] = weight;
            }
        }
        Ok(Convolution {
            window: self.window([height, width], Some([5, 4]))?,
            channels_in,
            weights,
            bias: self.bias(channels_out)?,
            activation: self.activation(3)?,
        })
    }

    fn depthwise(&self) -> Result<Depthwise> {
        let [1, height, width, channels] = self.weight_shape()? else {
            return Err(ModelError::Inconsistent("depthwise weights"));
        };
        if self.options()?.int(3, 0)? != 1 {
            return Err(ModelError::Inconsistent("a depth multiplier other than 1"));
        }
        Ok(Depthwise {
            window: self.window([height, width], Some([6, 5]))?,
            weights: self.weights(1)?.to_vec(),
            bias: self.bias(channels)?,
            activation: self.activation(4)?,
        })
    }

    fn pool(&self) -> Result<Window> {
        let options = self.options()?;
        if self.activation(5)? != Activation::Identity {
            return Err(ModelError::Unsupported { what: "activation of a pool", code: 0 });
        }
        self.window([options.count(4, 0)?, options.count(3, 0)?], None)
    }

    /// A window with the padding and strides all windowed operators keep in the same fields, and the dilation in
    /// the `[vertical, horizontal]` fields named, where the operator has any.
    fn window(&self, size: [usize; 2], dilation: Option<[usize; 2]>) -> Result<Window> {
        let options = self.options()?;
        let padded = match options.byte(0, 0)? {
            0 => true,
            1 => false,
            code => return Err(ModelError::Unsupported { what: "padding", code: code.into() }),
        };
        let stride = [options.count(2, 0)?, options.count(1, 0)?];
        let dilation = match dilation {
            Some([vertical, horizontal]) => [options.count(vertical, 1)?, options.count(horizontal, 1)?],
            None => [1, 1],
        };
        Ok(Window { size, stride, dilation, padded })
    }

    fn concatenation(&self) -> Result<Operation> {
        if self.activation(1)? != Activation::Identity {
            return Err(ModelError::Unsupported { what: "activation of a concatenation", code: 0 });
        }
        let rank = self.tensors[self.operator.output].shape.dimensions().len();
        let axis = isize::try_from(self.options()?.int(0, 0)?).ok();
        // A negative axis counts from the innermost.
        let axis = axis.and_then(|axis| match axis {
            0.. => usize::try_from(axis).ok(),
            _ => rank.checked_add_signed(axis),
        });
        let axis = axis.filter(|&axis| axis < rank).ok_or(ModelError::Inconsistent("an axis"))?;
        Ok(Operation::Concatenation { axis })
    }

    fn resize(&self) -> Result<Resize> {
        let [height, width] = self.input(1)?.counts()?[..] else {
            return Err(ModelError::Inconsistent("a size to scale to"));
        };
        let options = self.options()?;
        let (align_corners, half_pixels) = (options.byte(2, 0)? != 0, options.byte(3, 0)? != 0);
        Ok(Resize { height, width, align_corners, half_pixels })
    }

    fn margins(&self) -> Result<Margins> {
        let [0, 0, top, bottom, left, right, before, after] = self.input(1)?.counts()?[..] else {
            return Err(ModelError::Inconsistent("margins"));
        };
        Ok(Margins { rows: [top, bottom], columns: [left, right], channels: [before, after] })
    }

    fn activation(&self, field: usize) -> Result<Activation> {
        let code = self.operator.options.map_or(Ok(0), |options| options.byte(field, 0))?;
        match code {
            0 => Ok(Activation::Identity),
            1 => Ok(Activation::Relu),
            3 => Ok(Activation::Relu6),
            code => Err(ModelError::Unsupported { what: "activation", code: code.into() }),
        }
    }

    fn options(&self) -> Result<Table<'file>> {
        self.operator.options.ok_or(ModelError::Inconsistent("an operator without options"))
    }

    fn input_index(&self, position: usize) -> Result<usize> {
        self.operator.inputs.get(position).copied().ok_or(ModelError::Inconsistent("a missing input"))
    }

    fn input(&self, position: usize) -> Result<&StoredTensor<'file>> {
        Ok(&self.tensors[self.input_index(position)?])
    }

    fn weight_shape(&self) -> Result<[usize; 4]> {
        let shape = self.input(1)?.shape.dimensions();
        shape.try_into().map_err(|_| ModelError::Inconsistent("the shape of weights"))
    }

    fn weights(&self, position: usize) -> Result<&[f32]> {
        let constant = self.constants[self.input_index(position)?].as_deref();
        constant.ok_or(ModelError::Inconsistent("weights that are not constant"))
    }

    fn bias(&self, channels: usize) -> Result<Vec<f32>> {
        let bias = self.weights(2)?;
        if bias.len() != channels {
            return Err(ModelError::Inconsistent("the size of a bias"));
        }
        Ok(bias.to_vec())
    }
}
