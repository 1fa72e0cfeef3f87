"""What a command is told in its environment, so that what it asks the API comes to a proxy of ours.

Each SDK and each tool has its own variable. Only those are set of which it is known where their requests are to go.
"""

import ssl
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from inspector.protocol.endpoints import API_HOST

BASE_URL: Final = "ANTHROPIC_BASE_URL"

_PLATFORMS: Final = (
    "ANTHROPIC_BEDROCK_BASE_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
    "ANTHROPIC_AWS_BASE_URL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "ANTHROPIC_FOUNDRY_BASE_URL",
)
_LOOPBACK: Final = ("127.0.0.1", "localhost")
# Whatever signs its requests for these hosts signs the name of the host, too: behind another one they are refused.
_SIGNED: Final = (".amazonaws.com", ".api.aws")
_BEARERS: Final = ("AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY")
# With a base URL, the SDK refuses this one.
_REPLACED: Final = {"ANTHROPIC_FOUNDRY_BASE_URL": "ANTHROPIC_FOUNDRY_RESOURCE"}
# Who reads which: OpenSSL and Python's ssl; requests; curl; Node and Bun; AWS's SDKs; Deno.
_TRUST: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
_FURTHER_TRUST: Final = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")


def platform_upstreams(environment: Mapping[str, str]) -> dict[str, str]:
    """Where the clients of AWS, Google and Azure send their requests: a URL for each variable that could say otherwise.

    What stands in the variable, else what the SDK makes of a region or a resource; variables of neither are left out.
    """
    found: dict[str, str] = {}
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if region:
        bedrock = f"https://bedrock-runtime.{region}.amazonaws.com"
        found["ANTHROPIC_BEDROCK_BASE_URL"] = found["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = bedrock
        found["ANTHROPIC_BEDROCK_MANTLE_BASE_URL"] = f"https://bedrock-mantle.{region}.api.aws/anthropic"
        found["ANTHROPIC_AWS_BASE_URL"] = f"https://aws-external-anthropic.{region}.api.aws"
    # Claude Code may have a region for each model, and one variable for all of them would send it astray.
    region = environment.get("CLOUD_ML_REGION")
    if region and not any(name.startswith("VERTEX_REGION_") for name in environment):
        found["ANTHROPIC_VERTEX_BASE_URL"] = f"https://{_vertex_host(region)}/v1"
    if resource := environment.get("ANTHROPIC_FOUNDRY_RESOURCE"):
        found["ANTHROPIC_FOUNDRY_BASE_URL"] = f"https://{resource}.services.ai.azure.com/anthropic"
    return found | {name: environment[name] for name in _PLATFORMS if environment.get(name)}


def is_signed(url: str, environment: Mapping[str, str]) -> bool:
    """Whether requests to this upstream hold only for its own host, as AWS's signatures do."""
    host = urlsplit(url).hostname or ""
    return host.endswith(_SIGNED) and not any(environment.get(name) for name in _BEARERS)


def with_base_urls(environment: Mapping[str, str], base_urls: Mapping[str, str]) -> dict[str, str]:
    """The environment with these base URLs, by their variables, and the loopback in NO_PROXY."""
    replaced = {_REPLACED[name] for name in base_urls if name in _REPLACED}
    kept = {name: value for name, value in environment.items() if name not in replaced}
    hosts = _unproxied(environment)
    without = ",".join([*hosts, *(host for host in _LOOPBACK if host not in hosts)])
    return {**kept, **base_urls, "NO_PROXY": without, "no_proxy": without}


def with_forward_proxy(
    environment: Mapping[str, str], proxy_url: str, hosts: Iterable[str], authority: bytes, folder: Path
) -> dict[str, str]:
    """The environment with HTTPS_PROXY, and with trust in this authority, a PEM, beside the one that there was.

    `hosts`: those that must not be in NO_PROXY, besides the API's. `folder` gets a file for each variable that names
    one, and must last as long as the command.
    """
    kept = [entry for entry in _unproxied(environment) if not any(_covers(entry, host) for host in (API_HOST, *hosts))]
    told = {"HTTPS_PROXY": proxy_url, "https_proxy": proxy_url, "NODE_USE_ENV_PROXY": "1"}
    told |= {"NO_PROXY": ",".join(kept), "no_proxy": ",".join(kept)}
    roots = _roots()
    for name in (*_TRUST, *_FURTHER_TRUST):
        given = environment.get(name)
        trusted = _certificates(Path(given)) if given else b"" if name in _FURTHER_TRUST else roots
        path = folder / f"{name}.pem"
        path.write_bytes(trusted.rstrip() + b"\n" + authority)
        told[name] = str(path)
    return {**environment, **told}


def _vertex_host(region: str) -> str:
    if region == "global":
        return "aiplatform.googleapis.com"
    return (
        f"aiplatform.{region}.rep.googleapis.com" if region in ("us", "eu") else f"{region}-aiplatform.googleapis.com"
    )


def _unproxied(environment: Mapping[str, str]) -> list[str]:
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return [host for host in given.split(",") if host.strip()]


def _covers(entry: str, host: str) -> bool:
    """Whether an entry of NO_PROXY is about this host."""
    name = entry.strip().lower().removeprefix("*").removeprefix(".").partition(":")[0]
    return not name or host == name or host.endswith(f".{name}")


def _roots() -> bytes:
    """The authorities that programs here trust who are told nothing."""
    paths = ssl.get_default_verify_paths()
    if found := _certificates(Path(paths.openssl_cafile)):
        return found
    try:
        return Path(import_module("certifi").where()).read_bytes()
    except ImportError:
        return _certificates(Path(paths.openssl_capath))


def _certificates(path: Path) -> bytes:
    """Those in a file, or in the files of a folder; none where it cannot be read."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        texts = [file.read_bytes() for file in files if file.is_file()]
    except OSError:
        return b""
    return b"\n".join(text.rstrip() for text in texts if b"-----BEGIN CERTIFICATE-----" in text)
