"""Errors that are answers: one clear sentence, and the HTTP status that an edge gives with it."""


class BusinessError(Exception):
    """Something that cannot be done, said in one sentence without personal data."""

    status = 409


class NotFound(BusinessError):
    status = 404


class Refused(BusinessError):
    status = 403


class BadInput(BusinessError):
    status = 422
