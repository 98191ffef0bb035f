"""Looks for weak settings in the templates, as AWS gets to see them, with checkov.

A finding is mended, or its resource says in ``Metadata: {checkov: {skip: [{id, comment}]}}`` why it is none, or its check
asks every resource of a type for what we don't want, and stands in ``UNWANTED``. Prints what is left and ends with 1.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import templates

FUNCTION = "AWS::Lambda::Function"
UNWANTED = {
    ("CKV_AWS_115", FUNCTION): "workers are limited where their messages come from, and the API by its throttling; what is"
    " reserved for one function is taken from all others",
    ("CKV_AWS_116", FUNCTION): "Lambda's own dead-letter queue is for asynchronous invocations: those of queues have their"
    " queue's, the stream's its own, and what runs by the clock runs again",
    ("CKV_AWS_117", FUNCTION): "functions talk to AWS and to nobody else; in a VPC they would reach it by endpoints that cost"
    " by the hour, and nothing listens there that a network could protect",
    ("CKV_AWS_173", FUNCTION): "variables hold names and addresses, no secret; Lambda encrypts them with its own key",
}


def main() -> int:
    """Expands the templates, has them checked, prints what is wrong."""
    checkov, root = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        expanded = expand(root, Path(folder))
        report = run(checkov, Path(folder))
    problems = judge(report, expanded)
    print("\n".join(problems) or f"{report['summary']['passed']} checks passed")
    return 1 if problems else 0


def expand(root: Path, folder: Path) -> dict:
    """Writes every template in plain CloudFormation into ``folder``; answers file name to template."""
    top = templates.load(root / "template.yaml")
    found = {each.path.resolve(): each for each in top.walk()}
    for path in sorted((root / "infra").glob("*.yaml")):
        if path not in found:
            found[path] = templates.load(path)
    for path, each in found.items():
        (folder / f"{path.stem}.json").write_text(json.dumps(each.body, indent=1))
    return {f"/{path.stem}.json": each for path, each in found.items()}


def run(checkov: Path, folder: Path) -> dict:
    """Checkov's report. It asks nobody on the network, and keeps nothing."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "LOG_LEVEL": "ERROR"}
    environment["CKV_SKIP_PACKAGE_UPDATE_CHECK"] = "true"
    command = [checkov, "--directory", folder, "--framework", "cloudformation", "--skip-download", "--compact"]
    done = subprocess.run([*command, "--output", "json"], env=environment, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
        assert report["check_type"] == "cloudformation"
    except (ValueError, TypeError, KeyError, AssertionError) as error:
        raise SystemExit(f"checkov ended with {done.returncode} and no report:\n{done.stdout}{done.stderr}") from error
    return report


def judge(report: dict, expanded: dict) -> list:
    """What is wrong: findings, files that weren't read, and excuses that are needed no more."""
    results = report["results"]
    problems = [f"not read: {name}" for name in results["parsing_errors"]]
    needed = set()
    for each in results["failed_checks"]:
        kind, name = each["resource"].rsplit(".", 1)
        key = (each["check_id"], kind)
        needed.add(key)
        if key not in UNWANTED:
            problems.append(f"{each['file_path']} {name}: {each['check_id']} {each['check_name']}")
    problems += [f"UNWANTED has {check} of {kind}, which nothing fails" for check, kind in sorted(UNWANTED.keys() - needed)]
    used = {(each["file_path"], each["resource"].rsplit(".", 1)[1], each["check_id"]) for each in results["skipped_checks"]}
    for file, template in expanded.items():
        for name, resource in template.resources().items():
            for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
                if not skip.get("comment"):
                    problems.append(f"{file} {name}: {skip['id']} is skipped without a reason")
                if (file, name, skip["id"]) not in used:
                    problems.append(f"{file} {name}: {skip['id']} is skipped, but it is not failed")
    return problems


if __name__ == "__main__":
    sys.exit(main())
