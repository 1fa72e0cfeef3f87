"""What a command is told in its environment."""

from pathlib import Path

import pytest

from inspector.capture.client_environment import is_signed, platform_upstreams, with_base_urls, with_forward_proxy

BEDROCK = "https://bedrock-runtime.eu-west-1.amazonaws.com"
AUTHORITY = b"-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n"
THEIRS = b"-----BEGIN CERTIFICATE-----\ntheirs\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, {}),
        (
            {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"},
            {
                "ANTHROPIC_BEDROCK_BASE_URL": BEDROCK,
                "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": BEDROCK,
                "ANTHROPIC_BEDROCK_MANTLE_BASE_URL": "https://bedrock-mantle.eu-west-1.api.aws/anthropic",
                "ANTHROPIC_AWS_BASE_URL": "https://aws-external-anthropic.eu-west-1.api.aws",
            },
        ),
        ({"ANTHROPIC_BEDROCK_BASE_URL": "http://gw"}, {"ANTHROPIC_BEDROCK_BASE_URL": "http://gw"}),
        ({"CLOUD_ML_REGION": "us-east5"}, {"ANTHROPIC_VERTEX_BASE_URL": "https://us-east5-aiplatform.googleapis.com/v1"}),
        ({"CLOUD_ML_REGION": "global"}, {"ANTHROPIC_VERTEX_BASE_URL": "https://aiplatform.googleapis.com/v1"}),
        ({"CLOUD_ML_REGION": "eu"}, {"ANTHROPIC_VERTEX_BASE_URL": "https://aiplatform.eu.rep.googleapis.com/v1"}),
        ({"CLOUD_ML_REGION": "us-east5", "VERTEX_REGION_CLAUDE_HAIKU_4_5": "global"}, {}),
        (
            {"CLOUD_ML_REGION": "us-east5", "ANTHROPIC_VERTEX_BASE_URL": "https://gw/v1"},
            {"ANTHROPIC_VERTEX_BASE_URL": "https://gw/v1"},
        ),
        (
            {"ANTHROPIC_FOUNDRY_RESOURCE": "claude"},
            {"ANTHROPIC_FOUNDRY_BASE_URL": "https://claude.services.ai.azure.com/anthropic"},
        ),
    ],
)  # fmt: skip
def test_where_other_platforms_are(environment: dict[str, str], expected: dict[str, str]) -> None:
    assert platform_upstreams(environment) == expected


def test_they_are_where_the_sdk_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    anthropic = pytest.importorskip("anthropic")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("CLOUD_ML_REGION", "us-east5")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_RESOURCE", "claude")
    import os

    found = platform_upstreams(os.environ)
    clients = {
        "ANTHROPIC_BEDROCK_BASE_URL": anthropic.AnthropicBedrock(),
        "ANTHROPIC_VERTEX_BASE_URL": anthropic.AnthropicVertex(project_id="p", access_token="x"),
        "ANTHROPIC_FOUNDRY_BASE_URL": anthropic.AnthropicFoundry(api_key="x"),
    }
    for name, client in clients.items():
        assert str(client.base_url).rstrip("/") == found[name]
        told = with_base_urls(os.environ, {name: "http://127.0.0.1:1"})
        with monkeypatch.context() as patched:
            for gone in set(os.environ) - set(told):
                patched.delenv(gone)
            patched.setenv(name, told[name])
            options = {"api_key": "x"} if "FOUNDRY" in name else {}
            options = {"project_id": "p", "access_token": "x"} if "VERTEX" in name else options
            assert str(type(client)(**options).base_url).startswith("http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("url", "environment", "signed"),
    [
        (BEDROCK, {}, True),
        (BEDROCK, {"AWS_BEARER_TOKEN_BEDROCK": "x"}, False),
        ("https://gateway.example", {}, False),
        ("https://us-east5-aiplatform.googleapis.com/v1", {}, False),
    ],
)
def test_what_is_signed_holds_for_its_host_only(url: str, environment: dict[str, str], signed: bool) -> None:
    assert is_signed(url, environment) is signed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "a.example", "no_proxy": "b.example"}, "b.example,127.0.0.1,localhost"),
        ({"NO_PROXY": "localhost,,x"}, "localhost,x,127.0.0.1"),
    ],
)
def test_the_loopback_is_reached_directly(given: dict[str, str], expected: str) -> None:
    told = with_base_urls(given, {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"})
    assert told["NO_PROXY"] == told["no_proxy"] == expected
    assert told["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x.example, api.anthropic.com", "x.example"),
        ("*", ""),
        (".anthropic.com,*.gateway.example:8443,corp", "corp"),
        ("anthropic.com,notgateway.example", "notgateway.example"),
    ],
)
def test_what_is_to_be_seen_is_not_left_out(tmp_path: Path, given: str, kept: str) -> None:
    told = with_forward_proxy({"NO_PROXY": given}, "http://p", ["a.gateway.example"], AUTHORITY, tmp_path)
    assert told["NO_PROXY"] == told["no_proxy"] == kept


def test_each_variable_trusts_what_it_did_and_us(tmp_path: Path) -> None:
    folder, given = tmp_path / "new", tmp_path / "given"
    folder.mkdir()
    given.mkdir()
    (given / "a.pem").write_bytes(THEIRS)
    (given / "readme").write_bytes(b"nothing")
    environment = {
        "REQUESTS_CA_BUNDLE": str(given),
        "NODE_EXTRA_CA_CERTS": str(given / "a.pem"),
        "CURL_CA_BUNDLE": "/none",
        "X": "y",
    }
    told = with_forward_proxy(environment, "http://inspector:x@127.0.0.1:1", [], AUTHORITY, folder)
    assert told["HTTPS_PROXY"] == told["https_proxy"] == "http://inspector:x@127.0.0.1:1"
    assert told["X"] == "y"
    trusted = {name: Path(value).read_bytes() for name, value in told.items() if value.startswith(str(folder))}
    assert {name for name in trusted if AUTHORITY in trusted[name]} == {
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "DENO_CERT",
    }  # fmt: skip
    assert trusted["REQUESTS_CA_BUNDLE"] == trusted["NODE_EXTRA_CA_CERTS"] == THEIRS + b"\n" + AUTHORITY
    assert trusted["DENO_CERT"].strip() == trusted["CURL_CA_BUNDLE"].strip() == AUTHORITY.strip()
    assert trusted["SSL_CERT_FILE"].endswith(AUTHORITY)
