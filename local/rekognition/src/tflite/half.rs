//! Half precision numbers, in which some models store their weights.

/// The value of an IEEE 754 binary16 number given by its bits.
pub(super) fn to_f32(bits: u16) -> f32 {
    /// The weight of a subnormal's last bit, 2⁻²⁴.
    const SUBNORMAL_UNIT: f32 = 1.0 / 16_777_216.0;
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = bits & 0x3ff;
    let magnitude = match exponent {
        0 => (f32::from(fraction) * SUBNORMAL_UNIT).to_bits(),
        31 => 0x7f80_0000 | u32::from(fraction) << 13,
        // The biases are 15 and 127.
        _ => (exponent + 112) << 23 | u32::from(fraction) << 13,
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::to_f32;

    #[test]
    fn known_values() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (0x0001, 5.960_464_5e-8),
            (0x8001, -5.960_464_5e-8),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, value) in cases {
            assert!((to_f32(bits) - value).abs() <= 0.0 || to_f32(bits) == value, "{bits:#06x}");
        }
        assert!(to_f32(0x7e00).is_nan());
    }
}
