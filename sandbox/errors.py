"""The carrier's error codes, in its own JSON form."""

from __future__ import annotations

from starlette.responses import JSONResponse

REASONS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20403: (403, "Forbidden"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too many requests"),
    20500: (500, "An internal server error has occurred"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url parameter is required, or is not a valid URL"),
    21211: (400, "The 'To' number is not a valid phone number"),
    21212: (400, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID"),
    21213: (400, "A 'From' phone number is required"),
    21214: (400, "'To' phone number cannot be reached"),
    21217: (400, "Phone number does not appear to be valid"),
    21220: (400, "Call is not in-progress. Cannot redirect"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    30008: (400, "Message could not be canceled"),
}


class CarrierError(Exception):
    """A refusal; of a code that only a test asks for, without its own words."""

    def __init__(self, code: int, detail: str = "", retry_after: float = 0.0) -> None:
        self.code = code
        self.retry_after = retry_after
        self.status, reason = REASONS.get(code, (400, "The request was refused"))
        self.message = f"{reason}: {detail}" if detail else reason
        super().__init__(f"{code} {reason}")

    def response(self) -> JSONResponse:
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else {}
        if self.retry_after:
            headers |= {"Retry-After": f"{self.retry_after:.0f}"}
        return JSONResponse(
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            status_code=self.status,
            headers=headers,
        )
