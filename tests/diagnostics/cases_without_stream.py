"""What is no stream: the rules about HTTP hold for it, those about streams do not."""

from tests.diagnostics.cases import must, must_not
from tests.diagnostics.streams import GOOD, recorded
from tests.replies import JSON, MESSAGE, replied

COUNT = "/v1/messages/count_tokens"
REFUSED = {"type": "error", "error": {"type": "invalid_request_error", "message": "messages: required"}}
HTML = (("content-type", "text/html"),)
LOST = ("ReadError", "[Errno 104] Connection reset by peer")

must("T01", "a reply of which half came", lambda: replied("GET", "/v1/models", b'{"da', end="reset"), "error")
must("T02", "a count that was reset", lambda: replied("POST", COUNT, b"{", end="reset", error=LOST), "error")
must_not("T02", "a count that came", lambda: replied("POST", COUNT, {"input_tokens": 5}))
must_not("T04", "an unstreamed message", lambda: replied("POST", "/v1/messages", MESSAGE))
must_not(
    "T04", "one whose request is not known", lambda: replied("POST", "/v1/messages", MESSAGE, request={"stream": None})
)
must_not("T04", "models", lambda: replied("GET", "/v1/models", {"data": []}))
must(
    "T04",
    "a page for an EventSource that asked",
    lambda: replied("GET", "/chat", b"<html>", headers=HTML, sent_headers=[("accept", "text/event-stream")]),
)
must_not("T05", "a file that holds an event", lambda: replied("GET", "/v1/files/f/content", GOOD, headers=HTML))
must_not("T09", "whether somebody is there", lambda: replied("HEAD", "/", headers=()))
must("T09", "models without a request-id", lambda: replied("GET", "/v1/models", {}, headers=JSON[:1]), "info")
must(
    "T11", "no models in time", lambda: replied("GET", "/v1/models", end="timeout", error=("ReadTimeout", "")), "error"
)
must("T11", "nobody there", lambda: replied("HEAD", "/", end="error", error=("ConnectError", "refused")), "error")
must_not("T11", "a reply", lambda: replied("GET", "/v1/models", {"data": []}))
must_not("T11", "a stream that broke off, which P01 has", lambda: recorded(b"", end="timeout"))
must_not("P01", "no models in time", lambda: replied("GET", "/v1/models", end="timeout"))
must_not("F05", "JSON with blank lines", lambda: replied("GET", "/v1/models", b'{\n\n"data":\n\n[]}\n\n'))
must_not(
    "B04",
    "an unstreamed answer with a pause",
    lambda: recorded([(300, b"{"), (90_300, b"}")], headers=JSON, request={"stream": False}),
)
must("E06", "a count that was refused", lambda: replied("POST", COUNT, REFUSED, status=400), "error")
must("E06", "a 404 for HEAD", lambda: replied("HEAD", "/", status=404), "info")
must("E06", "a 502 for HEAD", lambda: replied("HEAD", "/", status=502), "error")
must_not("E06", "a redirect", lambda: replied("GET", "/v1/models", status=308))
must("E09", "the client did not wait for a reply", lambda: replied("GET", "/v1/models", end="cancelled"), "info")
must_not("D04", "JSON of somebody's own server", lambda: replied("POST", "/api/chat", {"text": "hi"}))
must_not("F18", "a page of somebody's own server", lambda: replied("GET", "/", b"id: 1\n\n<html>\n\n", headers=HTML))
