//! No file, however damaged, makes the interpreter panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use visage_rekognition::tflite::{Model, ModelError};

use crate::assets::folder;

static FILES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    ["face_detection_full_range", "face_landmark", "iris_landmark"]
        .map(|name| std::fs::read(folder().join(format!("models/{name}.tflite"))).unwrap())
});

/// Changes to a file: four bytes at places counted from its start or its end, where the tables are, or anywhere.
fn changes() -> impl Strategy<Value = Vec<(f64, bool, u32)>> {
    let value = prop_oneof![any::<u32>(), 0..16_u32, Just(u32::MAX), Just(1 << 31)];
    // The square of a number near 0 is nearer still: most changes fall on the tables.
    let place = (0.0..1.0_f64).prop_map(|x| x.powi(6));
    prop::collection::vec((place, any::<bool>(), value), 1..6)
}

fn changed(file: &[u8], changes: &[(f64, bool, u32)]) -> Vec<u8> {
    let mut file = file.to_vec();
    for &(place, from_end, value) in changes {
        let room = file.len() - 4;
        let at = (place * room as f64) as usize;
        let at = if from_end { room - at } else { at };
        file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    file
}

#[test]
fn whole_files_run() {
    for file in &*FILES {
        let model = Model::load(file).unwrap();
        let values = model.input_shape().iter().product();
        let outputs = model.run(&vec![0.5; values]).unwrap();
        assert!(outputs.iter().all(|tensor| tensor.values.iter().all(|value| value.is_finite())));
        assert_eq!(model.run(&[]), Err(ModelError::Input { expected: values, actual: 0 }));
    }
}

#[test]
fn other_files_are_no_models() {
    for bytes in [&b""[..], b"TFL3", b"\x00\x00\x00\x00TFL4", &[0; 64]] {
        assert_eq!(Model::load(bytes).err(), Some(ModelError::NotAModel));
    }
    assert_eq!(Model::load(b"\xff\xff\xff\xffTFL3").err(), Some(ModelError::Truncated));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn truncated_files_are_refused(index in 0..3_usize, kept in 0.0..1.0_f64) {
        let file = &FILES[index];
        let kept = (kept * file.len() as f64) as usize;
        // The last bytes may be padding; everything before is needed.
        prop_assert!(Model::load(&file[..kept]).is_err() || kept + 16 > file.len());
    }

    #[test]
    fn changed_files_never_panic(index in 0..3_usize, changes in changes()) {
        if let Ok(model) = Model::load(&changed(&FILES[index], &changes)) {
            let values = model.input_shape().iter().product();
            prop_assert!(model.run(&vec![0.5; values]).is_ok());
        }
    }

    #[test]
    fn noise_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 8..400)) {
        bytes[4..8].copy_from_slice(b"TFL3");
        // Offsets that stay inside the file lead deeper than random ones.
        bytes.iter_mut().step_by(4).skip(2).for_each(|byte| *byte %= 64);
        bytes[1..4].fill(0);
        let _ = Model::load(&bytes);
    }
}
