"""Runs the pinned emulator of AWS on 127.0.0.1 with an environment of our own.

The functions inherit the emulator's whole environment, so it starts from an empty one. State is kept under
``--state`` and saved on SIGTERM. The process also ends when its standard input closes, so that it cannot outlive
the command which started it.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

REGION = "us-east-1"


def main() -> int:
    """Parses the arguments, prepares the environment, runs the emulator until SIGTERM."""
    options = arguments()
    os.environ.clear()
    os.environ.update(environment(options))
    for folder in ("state", "objects", "tmp"):
        (options.state / folder).mkdir(parents=True, exist_ok=True)
    if options.follow_stdin:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    # Imported only now: the emulator reads its environment while it is imported.
    from ministack.app import main as serve

    import substitutes

    substitutes.install()
    sys.argv = sys.argv[:1]
    return serve() or 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--state", type=Path, required=True, help="folder for everything the emulator stores")
    parser.add_argument("--rekognition", help="URL of the Rekognition stand-in that the functions are sent to")
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input closes")
    options = parser.parse_args()
    options.state = options.state.resolve()
    return options


def environment(options: argparse.Namespace) -> dict:
    """The whole environment of the emulator, and so of every function it runs."""
    state = options.state
    values = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(state / "tmp"),
        # IAM policies, signatures and token revocation are enforced; the keys test/test are the account's root.
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Without these the functions would call the real AWS.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{options.port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(options.port),
        # lambda_http can't build a URL from a host that is an address with a prefix in front.
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "objects"),
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        # Two more listeners that nothing here needs.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    if options.rekognition:
        values["AWS_ENDPOINT_URL_REKOGNITION"] = options.rekognition
    return values


def end_with_stdin() -> None:
    """Sends ourselves SIGTERM once standard input closes: the one who started us is gone."""
    # Not through sys.stdin: the interpreter can't shut down while a thread waits in it.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
