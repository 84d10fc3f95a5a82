"""A local stand-in for the far end of the WhatsApp Cloud API: Meta's server, and the phones of the posts.

It speaks Meta's protocol over HTTP (messages endpoint, error codes, signed webhooks), so that the notifier runs against it as
it runs against Meta. `control` documents the extra API for tests and the demonstration.
"""

from siaga_ops.sandbox.app import create_app
from siaga_ops.sandbox.server import serve
from siaga_ops.sandbox.settings import SandboxSettings

__all__ = ["SandboxSettings", "create_app", "serve"]
