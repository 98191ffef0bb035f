//! The keys that drawing a page asks for (ISO 32000-1, chapters 7 to 11). What isn't listed isn't kept.

/// Keys of dictionaries and streams, by what they belong to; the order is that of the standard's tables.
const KEYS: [&[&str]; 11] = [
    // All
    &["Type", "Subtype", "BBox", "Matrix", "Group"],
    // Streams
    &["Filter", "DecodeParms", "Predictor", "Colors", "BitsPerComponent", "Columns", "EarlyChange", "K"],
    &["EndOfLine", "EncodedByteAlign", "Rows", "EndOfBlock", "BlackIs1", "JBIG2Globals", "ColorTransform"],
    // Graphics states, groups and soft masks
    &[
        "LW", "LC", "LJ", "ML", "D", "RI", "OP", "op", "OPM", "FL", "SM", "SA", "BM", "SMask", "CA", "ca",
        "AIS", "TK", "S", "CS", "I", "G", "BC",
    ],
    // Colour spaces and functions
    &[
        "WhitePoint",
        "BlackPoint",
        "Gamma",
        "Range",
        "N",
        "Alternate",
        "Process",
        "Components",
        "FunctionType",
        "Domain",
        "C0",
        "C1",
        "Functions",
        "Bounds",
        "Encode",
        "Size",
        "BitsPerSample",
        "Order",
        "Decode",
    ],
    // Patterns and shadings
    &[
        "PatternType",
        "PaintType",
        "TilingType",
        "XStep",
        "YStep",
        "ShadingType",
        "Background",
        "AntiAlias",
        "Function",
        "Coords",
        "Extend",
        "BitsPerCoordinate",
        "BitsPerFlag",
        "VerticesPerRow",
    ],
    // Pictures and drawings
    &["Width", "Height", "ImageMask", "Mask", "Interpolate", "SMaskInData", "Matte", "Intent", "FormType"],
    // Fonts
    &[
        "BaseFont",
        "FirstChar",
        "LastChar",
        "Widths",
        "FontDescriptor",
        "Encoding",
        "ToUnicode",
        "DescendantFonts",
        "CIDSystemInfo",
        "DW",
        "W",
        "DW2",
        "W2",
        "CIDToGIDMap",
        "FontMatrix",
        "BaseEncoding",
        "Differences",
    ],
    &["Registry", "Ordering", "Supplement", "CMapName", "WMode", "UseCMap"],
    &[
        "FontName",
        "FontFamily",
        "FontStretch",
        "FontWeight",
        "Flags",
        "FontBBox",
        "ItalicAngle",
        "Ascent",
        "Descent",
        "Leading",
        "CapHeight",
        "XHeight",
        "StemV",
        "StemH",
        "AvgWidth",
        "MaxWidth",
        "MissingWidth",
    ],
    &["FontFile", "FontFile2", "FontFile3", "Length1", "Length2", "Length3"],
];
/// What a drawing's resources are listed by, each kind under freely chosen names.
const LISTS: [&str; 6] = ["Font", "XObject", "ExtGState", "ColorSpace", "Pattern", "Shading"];
/// The types, subtypes and other kinds that say something to who draws.
const KINDS: [&str; 24] = [
    "Font",
    "FontDescriptor",
    "XObject",
    "ExtGState",
    "Pattern",
    "Group",
    "Mask",
    "Encoding",
    "CMap",
    "Type0",
    "Type1",
    "MMType1",
    "Type3",
    "TrueType",
    "CIDFontType0",
    "CIDFontType2",
    "Type1C",
    "CIDFontType0C",
    "OpenType",
    "Image",
    "Form",
    "Transparency",
    "Alpha",
    "Luminosity",
];

/// How a value is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// Its keys are known ones.
    Known,
    /// It lists resources by their kinds.
    Resources,
    /// Its keys are names that a drawing uses; each value is a thing by itself.
    List,
}

impl Role {
    /// How the value of `key` is taken over from a dictionary of this role, if it is.
    pub(super) fn of_value(self, key: &[u8]) -> Option<Self> {
        let is = |known: &&str| known.as_bytes() == key;
        match (self, key) {
            (Self::List, _) => Some(Self::Known),
            (Self::Resources, _) => LISTS.iter().any(is).then_some(Self::List),
            (Self::Known, b"Resources") => Some(Self::Resources),
            // A font's drawn letters, and the inks of a colour space, by their names.
            (Self::Known, b"CharProcs" | b"Colorants") => Some(Self::List),
            (Self::Known, _) => {
                let known = KEYS.iter().flat_map(|keys| keys.iter()).chain(&LISTS).any(is);
                known.then_some(Self::Known)
            }
        }
    }
}

/// Whether the name is a type or subtype of something drawn.
pub(super) fn is_drawn(name: &[u8]) -> bool {
    KINDS.iter().any(|kind| kind.as_bytes() == name)
}
