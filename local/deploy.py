"""Deploys the committed templates to the emulator and completes what it leaves out.

Prints one line per step. Ends with 1 and the reason if a resource fails or a difference from the templates remains.
"""

import argparse
import json
import sys
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import complete
import package
import stacks as deployed
import templates

BUCKET = "visage-packages"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
DEPLOY_SECONDS = 300


class Clients:
    """boto3 clients of the emulator, made when first used."""

    def __init__(self, endpoint: str):
        self.endpoint = endpoint
        self.session = boto3.session.Session("test", "test", region_name=templates.REGION)
        path_style = {"addressing_style": "path"}
        self.config = Config(retries={"total_max_attempts": 2}, s3=path_style, max_pool_connections=16)
        self.made = {}
        self.lock = threading.Lock()

    def __call__(self, service: str):
        # Sessions, unlike clients, are not for several threads.
        with self.lock:
            if service not in self.made:
                self.made[service] = self.session.client(service, endpoint_url=self.endpoint, config=self.config)
            return self.made[service]


def main() -> int:
    """Deploys, completes, compares, and writes what was deployed to ``--out``."""
    options = arguments()
    clients = Clients(options.endpoint)
    template = step("templates expanded", lambda: templates.load(options.template.resolve()))
    prepare(template, options, clients)
    step("stack deployed", lambda: deploy(clients("cloudformation"), options))
    found = deployed.stacks(clients, options.stack, template)
    differences = step("completed and compared with the templates", lambda: complete.complete(clients, found))
    for difference in differences:
        print(f"  differs: {difference}", file=sys.stderr)
    options.out.write_text(json.dumps(deployment(found), indent=2) + "\n")
    return 1 if differences else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True, help="URL of the emulator")
    parser.add_argument("--template", type=Path, required=True, help="root template")
    parser.add_argument("--stack", default="visage", help="name of the root stack")
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the built functions")
    parser.add_argument("--packages", type=Path, required=True, help="folder for their zips")
    parser.add_argument("--out", type=Path, required=True, help="file for what was deployed, as JSON")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    return parser.parse_args()


def step(done: str, work):
    """Runs one step and prints how long it took."""
    start = time.monotonic()
    result = work()
    print(f"{done} ({time.monotonic() - start:.1f} s)", flush=True)
    return result


def prepare(template: templates.Template, options: argparse.Namespace, clients: Clients) -> None:
    """Zips and uploads the functions and the templates that name them."""
    binaries = {binary for each in template.walk() for binary in each.functions().values()}
    folders = (options.binaries, options.packages)
    zips = step(f"{len(binaries)} functions zipped", lambda: package.packages(binaries, *folders))
    s3 = clients("s3")
    try:
        s3.create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
    step("functions uploaded", lambda: package.upload(s3, BUCKET, list(zips.values())))
    publish(s3, options.endpoint, "root.json", template, zips)


def publish(s3, endpoint: str, key: str, template: templates.Template, zips: dict) -> str:
    """Uploads a template, its nested ones first, with the addresses of code and templates put in; answers its URL."""
    body = json.loads(json.dumps(template.body))
    for name, binary in template.functions().items():
        body["Resources"][name]["Properties"]["Code"] = {"S3Bucket": BUCKET, "S3Key": zips[binary].name}
    for name, child in template.nested.items():
        body["Resources"][name]["Properties"]["TemplateURL"] = publish(s3, endpoint, f"{name}-{key}", child, zips)
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(body).encode())
    return f"{endpoint}/{BUCKET}/{key}"


def deploy(cloudformation, options: argparse.Namespace) -> None:
    """Creates or updates the root stack and waits for it."""
    status = stack_status(cloudformation, options.stack)
    if status and ("ROLLBACK" in status or "FAILED" in status):
        cloudformation.delete_stack(StackName=options.stack)
        wait(cloudformation, options.stack)
        status = None
    parameters = [dict(zip(("ParameterKey", "ParameterValue"), each.split("=", 1))) for each in options.parameter]
    call = cloudformation.update_stack if status else cloudformation.create_stack
    try:
        call(
            StackName=options.stack,
            TemplateURL=f"{options.endpoint}/{BUCKET}/root.json",
            Parameters=parameters,
            Capabilities=CAPABILITIES,
        )
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        raise SystemExit(f"the stack is refused: {error}") from error
    status = wait(cloudformation, options.stack)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise SystemExit(f"the stack ended as {status}:\n" + "\n".join(failures(cloudformation, options.stack)))


def stack_status(cloudformation, name: str):
    """The status of a stack, None if there is none."""
    try:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if status == "DELETE_COMPLETE" else status


def wait(cloudformation, name: str):
    """Waits until nothing is in progress; answers the status, None once the stack is gone."""
    end = time.monotonic() + DEPLOY_SECONDS
    while (status := stack_status(cloudformation, name)) and "IN_PROGRESS" in status:
        if time.monotonic() > end:
            raise SystemExit(f"the stack is still {status} after {DEPLOY_SECONDS} s")
        time.sleep(0.2)
    return status


def failures(cloudformation, root: str) -> list:
    """The failed resources of a stack and of the stacks below it, with their reasons, oldest first."""
    lines = []
    for summary in cloudformation.list_stacks()["StackSummaries"]:
        if summary["StackName"] != root and not summary["StackName"].startswith(f"{root}-"):
            continue
        for event in reversed(cloudformation.describe_stack_events(StackName=summary["StackId"])["StackEvents"]):
            reason = event.get("ResourceStatusReason", "")
            if event["ResourceStatus"].endswith("FAILED") and "cancelled" not in reason:
                which = f"{event['LogicalResourceId']} ({event['ResourceType']})"
                lines.append(f"  {summary['StackName']}: {which}: {reason}")
    return lines


def deployment(stacks: list) -> dict:
    """What xtask needs to know: every resource's physical id, the functions by binary, the outputs."""
    resources = [
        {"stack": each.name, "logical": logical, "type": each.type_of(logical), "physical": physical}
        for each in stacks
        for logical, physical in each.physical.items()
    ]
    functions = {
        binary: each.physical[logical] for each in stacks for logical, binary in each.template.functions().items()
    }
    return {"resources": resources, "functions": functions, "outputs": stacks[0].outputs}


if __name__ == "__main__":
    sys.exit(main())
