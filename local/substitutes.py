"""Where the pinned emulator differs from AWS in a way that would keep the templates from working, put right.

Each function replaces one place in the emulator and says what AWS does there. Nothing here weakens a refusal that the
emulator would make for a reason AWS has too.
"""

import contextlib
import inspect
import json
import queue
import re
import secrets
import socket
import socketserver
import threading
from contextvars import ContextVar
from types import SimpleNamespace

SESSION_ARN = re.compile(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")
IDLE_SECONDS = 5
ADDRESS = re.compile(r".*<([^<>]+)>\s*|([^<>]+)")


def install() -> None:
    """Applies all, once the emulator is imported and before it serves."""
    shorten_waits()
    quiet_idlers()
    transport()
    condition_keys()
    mail_identity()
    temporary_passwords()
    user_pools_in_turn()
    busy_numbers()


def shorten_waits() -> None:
    """Takes about 90 ms of waiting out of every call.

    The emulator waits 50 ms for log lines of a function that wrote none, and its runtime API sends headers and body
    as two packets, which Nagle's algorithm and delayed acknowledgement stretch by 40 ms.
    A line written after the answer then appears with the next call's.
    """
    from ministack.core.lambda_runtime import Worker

    drain = Worker._drain_stderr_bounded
    names = drain.__code__.co_varnames[1 : drain.__code__.co_argcount]
    if names != ("first_line_wait", "idle_confirm", "hard_cap"):
        raise SystemExit("the pinned emulator has changed: local/substitutes.py no longer knows its log wait")
    drain.__defaults__ = (0.002, 0.001, 0.250)
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def quiet_idlers() -> None:
    """Lets a process that waits for its next event wait.

    The emulator looks ten times a second after each function's process, and as often after its server: with a hundred of
    them it does little else. An event wakes whoever waits for it, and so does the end of a server.
    """
    from ministack.core import lambda_runtime

    class Pending(queue.Queue):
        def get(self, block=True, timeout=None):
            return super().get(block, timeout and IDLE_SECONDS)

    class Serving(socketserver.ThreadingTCPServer):
        def serve_forever(self, poll_interval=0.5):
            super().serve_forever(max(poll_interval, IDLE_SECONDS))

        def shutdown(self):
            ended = threading.Thread(target=super().shutdown)
            ended.start()
            # A visitor wakes the server, which then sees that it is to end. It may have ended already.
            with contextlib.suppress(OSError):
                socket.create_connection(self.server_address, timeout=1).close()
            ended.join()

    source = inspect.getsource(lambda_runtime)
    for name in ("queue.Queue(maxsize=1)", "socketserver.ThreadingTCPServer"):
        if name not in source:
            raise SystemExit(f"the pinned emulator has changed: local/substitutes.py no longer knows its {name}")
    lambda_runtime.queue = SimpleNamespace(**{**vars(queue), "Queue": Pending})
    socketserver.ThreadingTCPServer = Serving


def transport() -> None:
    """``aws:SecureTransport`` is true: plain HTTP on the loopback interface stands for TLS.

    Under the templates' TLS-only policies nothing would be reachable otherwise, not even a queue by the bucket that
    notifies it.
    """
    from ministack import app
    from ministack.core import iam_evaluator

    origin = ContextVar("request_origin", default=("127.0.0.1", True))

    def pin(address: str, _secure: bool) -> None:
        origin.set((address, True))

    iam_evaluator._request_origin = origin
    app.pin_request_origin = pin


def condition_keys() -> None:
    """Fills condition keys that AWS fills: the role's ARN, the encryption context, the sender of a mail."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator

    resolve = iam_evaluator._resolve_condition_key
    tag_context = iam_actions.request_tag_context
    enforce_mail = app._enforce_ses_v2
    mail_sender = ContextVar("mail_sender", default=None)

    def resolve_more(key: str, context):
        if key.lower() == "ses:fromaddress":
            return mail_sender.get()
        session = SESSION_ARN.fullmatch(context.principal_arn)
        if session and key.lower() == "aws:principalarn":
            return "arn:{}:iam::{}:role/{}".format(*session.groups())
        return resolve(key, context)

    def request_context(service: str, action: str, body: bytes, params: dict) -> dict:
        found = dict(tag_context(service, action, body, params))
        if action.startswith("kms:"):
            context = json_field(body, "EncryptionContext") or {}
            found.update({f"kms:encryptioncontext:{key.lower()}": value for key, value in context.items()})
        return found

    # Mail is authorised on a way of its own, which takes no context.
    def enforce_with_sender(method: str, path: str, headers: dict, body: bytes, *rest):
        mail_sender.set(sender(body))
        return enforce_mail(method, path, headers, body, *rest)

    iam_evaluator._resolve_condition_key = resolve_more
    iam_actions.request_tag_context = request_context
    app._enforce_ses_v2 = enforce_with_sender


def mail_identity() -> None:
    """``ses:SendEmail`` is authorised on the sender's domain; the emulator asks for leave on everything."""
    from ministack.core import iam_actions

    resource_arn = iam_actions._ses_v2_resource_arn

    def with_identity(method: str, path: str, body: bytes, region: str, account: str) -> str:
        if method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
            return f"arn:aws:ses:{region}:{account}:identity/{sender(body).rpartition('@')[2]}"
        return resource_arn(method, path, body, region, account)

    iam_actions._ses_v2_resource_arn = with_identity


def temporary_passwords() -> None:
    """AdminCreateUser without a password makes one that any pool's policy takes; the emulator's are too short."""
    from ministack.services import cognito

    # One character of each kind that a policy may ask for.
    cognito._generate_temp_password = lambda: secrets.token_urlsafe(24) + "aA1!"


def user_pools_in_turn() -> None:
    """Calls of user pools one after another.

    The emulator serves each in a thread of its own, and finds a user by a walk over a dictionary that another thread
    may be writing to: under load a sign-in was then answered 500. Nothing here makes a user pool call a function, so
    no call waits for itself.
    """
    from ministack.services import cognito

    run = cognito._run_idp_handler
    turn = threading.Lock()

    def run_in_turn(handler, action: str, data: dict):
        with turn:
            return run(handler, action, data)

    cognito._run_idp_handler = run_in_turn


def busy_numbers() -> None:
    """SNS throttles text messages; the emulator never does. Here it throttles every other one to numbers of area 201,
    the first of two, as AWS answers it: with 429, and nothing sent."""
    from ministack.services import sns

    publish = sns._publish
    asked: dict[str, int] = {}

    def publish_unless_busy(params):
        number = sns._p(params, "PhoneNumber") or ""
        if number.startswith("+1201"):
            asked[number] = asked.get(number, 0) + 1
            if asked[number] % 2 == 1:
                return sns._error("Throttled", "Rate exceeded", 429)
        return publish(params)

    sns._publish = publish_unless_busy


def sender(body: bytes) -> str:
    """The address a mail is sent from, without the name before it."""
    match = ADDRESS.fullmatch(json_field(body, "FromEmailAddress") or "")
    return (match[1] or match[2]).strip() if match else ""


def json_field(body: bytes, name: str):
    """A field of a JSON request, None if there is none."""
    try:
        return json.loads(body or b"{}").get(name)
    except (ValueError, AttributeError):
        return None
