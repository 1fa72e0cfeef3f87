import pytest

from inspector.replay.fixture import replay_client as replay_client


@pytest.fixture(autouse=True)
def straight_to_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is not for these tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
