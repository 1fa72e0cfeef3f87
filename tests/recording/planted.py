"""Requests and responses full of secrets: every place, in every spelling. What is no secret says `kept`."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

NAMES = (
    "password", "db_password", "userPassword", "token", "access_token", "refreshToken", "id-token", "authToken", "api_key",
    "apiKey", "x-api-key", "APIKEY", "openai_api_key", "client_secret", "clientSecret", "secret", "private_key",
    "ssh-private-key", "AWS_SECRET_ACCESS_KEY", "authorization", "authorization_token", "Cookie", "session", "sessionId",
    "jwt", "credentials", "passphrase", "signature_key", "webhook.secret", "csrfToken", "accesstoken",
)  # fmt: skip


def plain(value: object) -> str:
    """As JavaScript writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def careful(value: object) -> str:
    """As writers do that expect it to land in HTML."""
    text = json.dumps(value)
    for character in "&=<>'/":
        text = text.replace(character, "\\/" if character == "/" else f"\\u{ord(character):04x}")
    return text.replace('\\"', "\\u0022")


@dataclass
class Planted:
    """Everything that is sent, and what must not be found again."""

    secrets: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def secret(self) -> str:
        """Another one."""
        self.secrets.append(f"Plant{next(self._numbers)}ed")
        return self.secrets[-1]

    def key(self) -> str:
        """One of the API's."""
        return f"sk-ant-api03-{self.secret()}-_x"

    def url(self) -> str:
        """With a user, and secrets in the path, the query and the fragment."""
        inner = quote(f"https://kept/?token={self.secret()}", safe="")
        return (
            f"https://kept:{self.secret()}@kept.example/a;jsessionid={self.secret()}?kept=kept&api_key={self.secret()}"
            f";token={self.secret()}&X-Amz-Signature={self.secret()}&code={self.secret()}&a%5Fsecret={self.secret()}"
            f"&next={inner}#access_token={self.secret()}&kept=kept"
        )

    def members(self) -> dict[str, Any]:
        """A JSON object, several deep."""
        return {
            "kept": "kept",
            **{name: self.secret() for name in NAMES},
            "deeper": [
                {"token": {"value": self.secret()}, "keys": [self.secret()], "kept_count": 1, "password": 12345678}
            ],
            "env": [{"name": "API_KEY", "value": self.secret()}, {"value": self.secret(), "name": "DB_PASSWORD"}],
            "args": [f"--api-key={self.secret()}", f"TOKEN={self.secret()}", "--kept=kept"],
            "headers": [["authorization", f"Bearer {self.secret()}"], ["x", f"Basic {self.secret()}=="]],
            "text": f"my key is {self.key()}, kept",
            "urls": [self.url(), f"see <{self.url()}> kept", f"/v1/x?kept=kept&key={self.secret()}"],
            "form": f"kept=kept&client_secret={self.secret()}&a=kept",
        }

    def body(self) -> str:
        """A request to the Messages API."""
        inner = plain(self.members())
        request = {
            "model": "kept-model",
            "max_tokens": 64,
            "metadata": {"user_id": "kept-user"},
            "mcp_servers": [
                {"type": "url", "name": "kept", "url": self.url(), "authorization_token": self.secret(),
                 "headers": {"Authorization": f"Bearer {self.secret()}", "X-Api-Key": self.secret()}},
            ],
            "tools": [{"name": "login", "input_schema": {"type": "object", "properties": {
                "password": {"type": "string", "description": "kept", "default": self.secret()},
            }}}],
            "messages": [
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "kept", "signature": "kept-signature"},
                    {"type": "tool_use", "id": "toolu_kept", "name": "login", "input": self.members()},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_kept", "content": inner},
                    {"type": "text", "text": plain({"twice": plain(self.members())})},
                    {"type": "text", "text": "The word token: kept. A password is kept, too."},
                ]},
            ],
        }  # fmt: skip
        careless = plain(request)
        spaced = json.dumps(self.members(), indent=2).replace('": ', '"  : ')
        return f'{careless[:-1]},"spaced":{spaced},"careful":{careful({"inner": careful(self.members())})}}}'

    def headers(self) -> dict[str, str]:
        """Of a request or a response."""
        return {
            "X-Api-Key": self.secret(),
            "Authorization": f"Bearer {self.secret()}",
            "Proxy-Authorization": f"Basic {self.secret()}",
            "Cookie": f"a={self.secret()}",
            "Set-Cookie": f"a={self.secret()}; Path=/",
            "X-Auth-Token": self.secret(),
            "x-amz-security-token": self.secret(),
            "X-Note": f"kept {self.key()} kept",
            "Location": f"/kept?code={self.secret()}#id_token={self.secret()}",
            "Content-Location": self.url(),
            "Link": f'<{self.url()}>; rel="next"',
            "Referer": self.url(),
            "Origin": f"https://{self.secret()}@kept.example",
            "X-Kept": "kept",
        }

    def target(self) -> str:
        """Of a request."""
        return f"/v1/messages?beta=kept&api_key={self.secret()}&next={quote(self.url(), safe='')}"

    def form(self) -> str:
        """As a browser sends it."""
        fields = {"kept": "kept", **{name: self.secret() for name in NAMES}}
        return urlencode({**fields, "payload": plain({"token": self.secret()}), "kept2": "kept", "a": self.key()})

    def parts(self, boundary: str) -> str:
        """A form in several parts."""
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{self.secret()}' for name in NAMES]
        parts += [
            'Content-Disposition: form-data; name="kept"\r\n\r\nkept',
            f'Content-Disposition: form-data; name="data"\r\nContent-Type: application/json\r\n\r\n{plain(self.members())}',
            f'Content-Disposition: form-data; name="file"; filename="kept.txt"\r\n\r\nkept\0{self.key()}',
        ]
        return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
