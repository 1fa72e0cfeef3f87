"""Of which of the two HTTP libraries something is."""

import anthropic
import httpx2
import pytest

from inspector.net.http_library import is_a, library_of, sdk_http


class OwnClient(httpx2.Client):
    """A client as an application may derive it."""


def test_what_is_derived_is_of_the_library_of_its_base() -> None:
    with OwnClient() as client:
        request = client.build_request("GET", "http://nowhere.invalid")
        assert [library_of(it) for it in (OwnClient, client, request, httpx2.Response(200))] == [httpx2] * 4


def test_the_sdks_library_is_that_of_its_client() -> None:
    with anthropic.DefaultHttpxClient() as client:
        assert library_of(client) is sdk_http
        assert isinstance(client, sdk_http.Client)


def test_what_is_of_neither() -> None:
    class ReadTimeout(Exception):
        """A name of theirs, elsewhere."""

    assert not is_a(ReadTimeout(), "ReadTimeout", "TimeoutException")
    with pytest.raises(TypeError, match="ReadTimeout is neither"):
        library_of(ReadTimeout())


def test_an_exception_is_what_it_is_derived_from() -> None:
    assert is_a(httpx2.ReadTimeout(""), "ReadTimeout")
    assert is_a(httpx2.ReadTimeout(""), "ReadError", "TimeoutException")
    assert not is_a(httpx2.ReadTimeout(""), "ReadError", "WriteTimeout")
    assert not is_a(TimeoutError(), "TimeoutError", "TimeoutException")
