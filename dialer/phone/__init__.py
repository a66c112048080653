"""The webhooks through which the telephone network answers."""

from dialer.phone.app import create_phone_app

__all__ = ["create_phone_app"]
