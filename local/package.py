"""Deployment packages of the functions: one zip with ``bootstrap`` per binary, made once per content."""

import hashlib
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.exceptions import ClientError

WORKERS = 8


def packages(binaries: set, folder: Path, out: Path) -> dict:
    """Zips the binaries found in ``folder`` into ``out``; answers binary name to zip, named by its content."""
    missing = sorted(name for name in binaries if not (folder / name).is_file())
    if missing:
        raise SystemExit(f"no binary in {folder} for: {', '.join(missing)}")
    out.mkdir(parents=True, exist_ok=True)
    names = sorted(binaries)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(names, pool.map(lambda name: package(folder / name, out), names)))
    kept = set(made.values())
    for old in out.glob("*.zip"):
        if old not in kept:
            old.unlink()
    return made


def package(binary: Path, out: Path) -> Path:
    """One binary's zip; an existing one of the same content is kept."""
    content = binary.read_bytes()
    target = out / f"{binary.name}-{hashlib.sha256(content).hexdigest()[:20]}.zip"
    if target.exists():
        return target
    # A fixed date and mode: the same binary gives the same zip.
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o100755 << 16
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w") as archive:
        archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=1)
    partial.replace(target)
    return target


def upload(s3, bucket: str, files: list) -> int:
    """Uploads files under their names unless they are there; answers how many were sent."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(lambda each: upload_one(s3, bucket, each), files))


def upload_one(s3, bucket: str, path: Path) -> bool:
    """Uploads one file whose name tells its content; answers whether it had to be sent."""
    try:
        s3.head_object(Bucket=bucket, Key=path.name)
        return False
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    s3.put_object(Bucket=bucket, Key=path.name, Body=path.read_bytes())
    return True
