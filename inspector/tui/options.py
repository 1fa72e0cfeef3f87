from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How streams are opened; see `inspector.tui.run`. `waits_for`: a recording that is yet to come; `folders`: what is
    watched for further ones.
    """

    follow: bool = False
    play: bool = False
    speed: float | None = 1.0
    idle_limit: float | None = None
    waits_for: str | None = None
    folders: tuple[str, ...] = ()
