"""Does what an administrator of the AWS account does once: the first platform operator, the mail domain.

The second factor is enrolled by the operator's own client, through Cognito's calls. The sign-in is added to the
deployment's description.
"""

import argparse
import json
import secrets
from pathlib import Path

from deploy import Clients

EMAIL = "operator@visage.example"


def main() -> None:
    """Creates the operator, or gives the one that is there a new password."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True, help="URL of the emulator")
    parser.add_argument("--deployment", type=Path, required=True, help="what deploy.py wrote; is added to")
    parser.add_argument("--mail-from", required=True, help="sender of mails, whose domain is verified")
    options = parser.parse_args()
    deployment = json.loads(options.deployment.read_text())
    clients = Clients(options.endpoint)
    clients("ses").verify_domain_identity(Domain=options.mail_from.rpartition("@")[2])
    password = register(clients("cognito-idp"), deployment["outputs"]["OperatorPoolId"])
    deployment["operator"] = {"email": EMAIL, "password": password}
    options.deployment.write_text(json.dumps(deployment, indent=2) + "\n")


def register(cognito, pool: str) -> str:
    """Makes the user with a permanent random password; answers the password."""
    attributes = [{"Name": "email", "Value": EMAIL}, {"Name": "email_verified", "Value": "true"}]
    try:
        cognito.admin_create_user(
            UserPoolId=pool, Username=EMAIL, UserAttributes=attributes, MessageAction="SUPPRESS")
    except cognito.exceptions.UsernameExistsException:
        pass
    # One character of each kind that the pool's policy asks for.
    password = secrets.token_urlsafe(24) + "aA1!"
    cognito.admin_set_user_password(UserPoolId=pool, Username=EMAIL, Password=password, Permanent=True)
    return password


if __name__ == "__main__":
    main()
